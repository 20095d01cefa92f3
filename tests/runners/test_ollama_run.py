"""A run against a real HTTP server that says what Ollama says, right and wrong."""

import asyncio
import base64
import json
import time
from contextlib import aclosing

import pytest

from edgetui.errors import LinkDown
from edgetui.model import NA, Options, known
from edgetui.runners import Entered, Finished, Piece
from edgetui.runners.ollama import OllamaRunner, survey, unload
from edgetui.runners.ollama_server import LONG

from .fake import (
    DIGEST,
    FINAL,
    LOADED,
    PNG,
    board,
    events,
    finished,
    head,
    ps,
    recordings,
    replay,
    request,
    said,
    stream,
    tags,
    whole,
)


@pytest.fixture
async def pi(tmp_path):
    async with board(tmp_path) as made:
        yield made


def text(got) -> str:
    return "".join(e.text for e in got if isinstance(e, Piece) and not e.thinking)


async def test_a_run_goes_through_its_phases_and_adds_up(pi):
    pi.chat = [LOADED, stream(said(" Three"), said(" potholes."), FINAL)]
    started = time.monotonic()
    got = await events(pi)
    wall = time.monotonic() - started
    assert [e.phase for e in got if isinstance(e, Entered)] == ["load", "upload", "encode", "decode", "done"]
    assert text(got) == " Three potholes."
    last = got[-1]
    assert isinstance(last, Finished)
    assert (last.outcome, last.reason, last.done_reason) == ("ok", "", "stop")
    assert (last.version, last.era, last.digest) == ("0.24.0", "B", DIGEST)
    assert (last.size_bytes, last.size_vram_bytes) == (2_000_000_000, 0)
    spent = last.phases
    parts = [spent.load_s, spent.upload_s, spent.encode_s, spent.prefill_s, spent.decode_s, spent.net_s]
    assert all(known(p) and p >= 0 for p in parts)
    assert sum(parts) == pytest.approx(spent.total_s)
    assert spent.total_s <= wall
    assert last.metrics.tok_per_s == pytest.approx(2 / 0.001)
    assert isinstance(spent.queue_s, NA)


async def test_what_is_sent(pi):
    asked = request(options=Options(num_ctx=2048, num_predict=99, seed=7, temperature=0.0, keep_alive="3m"))
    await finished(pi, stream(said("x"), FINAL), asked=asked)
    load, timed = (call.json for call in pi.chats())
    options = {"num_ctx": 2048, "num_predict": 99, "seed": 7, "temperature": 0.0}
    assert load == {"model": "moondream", "messages": [], "keep_alive": "3m", "options": options}
    message = {"role": "user", "content": "?", "images": [base64.b64encode(PNG).decode()]}
    assert timed == {**load, "messages": [message], "stream": True}
    assert {call.headers["host"] for call in pi.calls} == {"127.0.0.1:11434"}


async def test_the_hosts_key_proxies_and_address_do_not_reach_the_board(pi, monkeypatch):
    monkeypatch.setenv("OLLAMA_API_KEY", "secret")
    monkeypatch.setenv("OLLAMA_HOST", "http://example.invalid:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    last = await finished(pi, stream(said("x"), FINAL))
    assert last.outcome == "ok"
    assert all("authorization" not in call.headers for call in pi.calls)


async def test_thinking_is_switched_off_where_a_model_has_it(pi):
    pi.routes["/api/show"] = whole({"details": {}, "model_info": {}, "capabilities": ["vision", "thinking"]})
    await finished(pi, stream(said("x"), FINAL))
    assert [call.json["think"] for call in pi.chats()] == [False, False]


async def test_thinking_counts_for_the_first_token_and_an_answer_of_thoughts_alone_is_empty(pi):
    pi.chat = [LOADED, stream(said("", thinking="hm"), {**FINAL, "done_reason": "length"})]
    got = await events(pi)
    assert Piece("hm", thinking=True) in got
    last = got[-1]
    assert last.outcome == "empty"
    assert "thinking-only" in last.marks
    assert known(last.metrics.ttft_s)


async def test_capabilities_are_asked_once_for_each_digest(pi):
    runner = OllamaRunner()
    for _ in range(2):
        pi.chat = [LOADED, stream(said("x"), FINAL)]
        await events(pi, runner=runner)
    assert sum(call.path == "/api/show" for call in pi.calls) == 1


async def test_one_connection_serves_the_whole_run_until_the_stream(pi, tmp_path):
    opened = []
    serve = pi.serve

    async def counted(reader, out):
        opened.append(out)
        await serve(reader, out)

    pi.serve = counted
    await finished(pi, stream(said("x"), FINAL))
    assert len(opened) <= 2  # the stream is closed at its final line; the question after it needs another


# what is not there


async def test_a_model_that_is_not_installed(pi):
    pi.routes["/api/tags"] = whole(tags("llava:7b"))
    last = (await events(pi))[-1]
    assert last.outcome == "not-installed"
    assert "edgetui models pull moondream -b" in last.reason
    assert known(last.phases.total_s)
    assert isinstance(last.phases.load_s, NA)


@pytest.mark.parametrize(
    ("asked", "there"),
    [
        ("moondream", "moondream:latest"),
        ("moondream:latest", "moondream:latest"),
        ("hf.co/a/b", "hf.co/a/b:latest"),
    ],
)
async def test_no_tag_means_latest(pi, asked, there):
    pi.routes["/api/tags"] = whole(tags(there))
    assert (await finished(pi, stream(said("x"), FINAL), asked=request(model=asked))).outcome == "ok"


async def test_a_picture_for_a_model_without_eyes_is_not_sent(pi):
    pi.routes["/api/show"] = whole({"details": {}, "model_info": {}, "capabilities": ["completion"]})
    assert (await events(pi))[-1].outcome == "no-vision"
    assert not pi.chats()
    assert (await finished(pi, stream(said("x"), FINAL), asked=request(image=b""))).outcome == "ok"


@pytest.mark.parametrize(
    ("shown", "outcome"),
    [
        ({"details": {"families": ["phi2", "clip"]}, "model_info": {}}, "ok"),
        ({"details": {}, "model_info": {"qwen25vl.vision.block_count": 32}}, "ok"),
        ({"details": {"families": ["llama"]}, "model_info": {}}, "no-vision"),
        ({"details": {"families": ["phi2"]}}, "ok"),  # too old to say: let it try
    ],
)
async def test_vision_before_there_were_capabilities(pi, shown, outcome):
    pi.routes["/api/show"] = whole(shown)
    pi.chat = [LOADED, stream(said("x"), FINAL)]
    assert (await events(pi))[-1].outcome == outcome


@pytest.mark.parametrize(
    ("machine", "outcome"),
    [
        ("armv7l\n32\n", "unsupported"),
        ("aarch64\n32\n", "unsupported"),
        ("armv7l\n", "unsupported"),
        ("aarch64\n64\n", "error"),
        ("", "error"),
    ],
)
async def test_no_ollama(tmp_path, pi, machine, outcome):
    pi.uds = str(tmp_path / "nobody")
    pi.unreachable = "connection refused"
    pi.machine = machine
    last = (await events(pi))[-1]
    assert last.outcome == outcome
    assert outcome == "unsupported" or ("connection refused" in last.reason and "systemctl start" in last.reason)


@pytest.mark.parametrize(
    "answer",
    [
        whole(b"<html>It works!</html>", 200, "text/html"),
        whole(b"404 page not found", 404, "text/plain"),
        whole([1]),
        whole(b"", 403),
    ],
)
async def test_something_else_on_ollamas_port(pi, answer):
    pi.routes["/api/version"] = answer
    last = (await events(pi))[-1]
    assert last.outcome == "error"
    assert last.reason


@pytest.mark.parametrize("path", ["/api/tags", "/api/ps"])
@pytest.mark.parametrize("body", [b"not json", b"[]", b'{"models": 5}', b'{"models": [{"model": 5, "size": "x"}]}'])
async def test_lists_that_are_none(pi, path, body):
    pi.routes[path] = whole(body)
    last = (await events(pi))[-1]
    assert last.outcome == "error"
    assert "cannot be read" in last.reason


@pytest.mark.parametrize("path", ["/api/tags", "/api/show", "/api/ps"])
@pytest.mark.parametrize(
    ("body", "status"),
    [(b"[1]", 500), (b'"x"', 500), (b"[" * 100_000, 500), (b"[" * 100_000, 200)],
    ids=["list", "string", "deep error", "deep"],
)
async def test_answers_that_the_package_stumbles_over(pi, path, body, status):
    pi.routes[path] = whole(body, status)
    last = (await events(pi))[-1]
    assert last.outcome == "error"
    assert "cannot be read" in last.reason


@pytest.mark.parametrize("path", ["/api/version", "/api/tags", "/api/show", "/api/ps"])
async def test_gigantic_and_packed_answers_are_not_taken(pi, path):
    pi.routes[path] = whole(b" " * ((16 << 20) + 1))
    assert "more than 16 MB" in (await events(pi))[-1].reason

    async def packed(_call, out):
        out.write(head(Content_Encoding="gzip", Content_Length="2") + b"{}")

    pi.routes[path] = packed
    assert "packed" in (await events(pi))[-1].reason


# streams as they come


@pytest.mark.parametrize("piece", [1, 7, 64])
async def test_answers_cut_anywhere_and_with_unicode_line_ends(pi, piece):
    answer = "a\u2028b\u0085c é 漢字 🙂\r\x0b"
    raw = json.dumps(said(answer), ensure_ascii=False).encode() + b"\n"
    assert "\u2028".encode() in raw
    pi.chat = [LOADED, stream(raw, b"\n", FINAL, piece=piece)]
    got = await events(pi)
    assert text(got) == answer
    assert got[-1].outcome == "ok"


async def test_many_lines_in_one_segment_and_a_last_line_without_its_end(pi):
    blob = b"".join(json.dumps(said(str(n))).encode() + b"\n" for n in range(9)) + json.dumps(FINAL).encode()
    pi.chat = [LOADED, stream(blob)]
    got = await events(pi)
    assert text(got) == "012345678"
    assert got[-1].outcome == "ok"


async def test_key_order_and_unknown_keys_do_not_matter(pi):
    line = {"zzz": [1], "done": False, "message": {"content": "x", "tool_calls": [], "role": "assistant"}}
    final = dict(reversed([*FINAL.items(), ("new", {"a": 1})]))
    assert (await finished(pi, stream(line, final))).outcome == "ok"


async def test_half_characters_are_no_text_that_breaks_a_database(pi):
    pi.chat = [LOADED, stream(b'{"message":{"content":"\\ud83d!"},"done":false}\n', FINAL)]
    assert text(await events(pi)) == "?!"


@pytest.mark.parametrize("missing", [k for k in FINAL if k.endswith(("_count", "_duration"))])
async def test_a_missing_figure_is_a_blank_and_no_zero(pi, missing):
    last = await finished(pi, stream(said("x"), {k: v for k, v in FINAL.items() if k != missing}))
    assert last.outcome == "ok"
    known_parts = [getattr(last.phases, n) for n in last.phases.__slots__ if n != "total_s"]
    assert sum(p for p in known_parts if known(p)) == pytest.approx(last.phases.total_s)
    assert known(last.metrics.e2e_s)
    assert known(last.metrics.ttft_s)
    blank = {
        "prompt_eval_count": "prompt_tokens",
        "eval_count": "output_tokens",
        "eval_duration": "tok_per_s",
    }.get(missing)
    if blank:
        assert isinstance(getattr(last.metrics, blank), NA)
    else:
        assert isinstance(last.phases.prefill_s, NA)


@pytest.mark.parametrize("nonsense", [-5, "9", 1.5, True, None, [], 10**30])
async def test_figures_that_are_no_numbers(pi, nonsense):
    last = await finished(pi, stream(said("x"), {**FINAL, "total_duration": nonsense, "eval_count": nonsense}))
    assert last.outcome == "ok"
    assert isinstance(last.phases.prefill_s, NA)
    assert isinstance(last.metrics.output_tokens, NA)
    assert isinstance(last.metrics.tok_per_s, NA)


@pytest.mark.parametrize("version", ["0.24.0", "0.32.15"])
async def test_end_without_done_is_an_abort_and_the_repetition_is_marked(pi, version):
    last = await finished(pi, replay(recordings(version)["gggg-stream"], 0.2))
    assert last.outcome == "aborted-by-runtime"
    assert "degenerate" in last.marks
    assert isinstance(last.metrics.tok_per_s, NA)
    assert isinstance(last.metrics.e2e_s, NA)
    assert known(last.phases.decode_s)


async def test_an_empty_200_is_an_abort_and_no_empty_answer(pi):
    last = await finished(pi, replay(recordings("0.32.15")["empty-200-stream"]))
    assert last.outcome == "aborted-by-runtime"


async def test_end_without_done_of_a_sound_answer(pi):
    last = await finished(pi, stream(said("There are"), said(" three")))
    assert (last.outcome, last.marks) == ("aborted-by-runtime", ())


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        (b'{"error":"model requires more system memory (5.0 GiB) than is available (3.9 GiB)"}\n', "oom"),
        (b'{"error":{"code":500,"message":"image input is not supported","type":"server_error"}}\n', "no-vision"),
        (
            rb'{"error":"{\"error\":{\"code\":500,\"message\":\"got exception: Chunk not found\"}}"}' + b"\n",
            "error",
        ),
        (b'{"error":"server busy, please try again.  maximum pending requests exceeded"}\n', "busy"),
        (b'{"error":null,"done":false}\n', "error"),
        (b'{"error":17}\n', "error"),
    ],
)
async def test_an_error_in_the_first_line_of_a_200(pi, line, outcome):
    last = await finished(pi, stream(line))
    assert last.outcome == outcome
    assert last.reason
    assert "{" not in last.reason


async def test_an_error_in_mid_stream_keeps_what_was_said(pi):
    pi.chat = [LOADED, stream(said(" Yes"), {"error": "an error was encountered while running the model"})]
    got = await events(pi)
    assert text(got) == " Yes"
    assert got[-1].outcome == "aborted-by-runtime"


@pytest.mark.parametrize("version", ["0.24.0", "0.32.15"])
async def test_a_runner_killed_in_decode(pi, version):
    record = recordings(version, "timing")["runner-killed-in-decode"]
    pi.chat = [LOADED, replay(record)]
    got = await events(pi)
    assert got[-1].outcome == "aborted-by-runtime"
    assert "unexpected EOF" in got[-1].reason
    assert text(got)


@pytest.mark.parametrize("version", ["0.24.0", "0.32.15"])
async def test_a_server_killed_in_decode_breaks_the_connection_and_the_link_tells_why(pi, version):
    pi.unreachable = "connection refused"
    pi.chat = [LOADED, replay(recordings(version, "timing")["server-killed-in-decode"])]
    got = await events(pi)
    assert got[-1].outcome == "aborted-by-runtime"
    assert "connection refused" in got[-1].reason
    assert text(got)


@pytest.mark.parametrize("end", ["reset", "cut"])
async def test_a_break_of_the_connection_is_a_lost_link_where_the_link_is_lost(pi, end):
    async def cut(call, out):
        await stream(said("x"), end=end)(call, out)
        asyncio.get_running_loop().call_later(0.1, pi.lost.set_result, LinkDown("no answer for 15 s"))

    pi.chat = [LOADED, cut]
    with pytest.raises(LinkDown, match="no answer for 15 s"):
        await events(pi)


@pytest.mark.parametrize(
    "garbage",
    [b"no json\n", b"[]\n", b'"x"\n', b"\xff\xfe\x00\n", b"[" * 100_000 + b"\n", b"x" * ((1 << 20) + 1)],
    ids=["text", "list", "string", "binary", "deep", "long"],
)
async def test_garbage_in_the_stream(pi, garbage):
    last = await finished(pi, stream(said("x"), garbage, FINAL))
    assert last.outcome == "error"
    assert "cannot be read" in last.reason


async def test_an_answer_without_end_is_cut_off_and_kept_so_far(pi):
    pi.chat = [LOADED, stream(*[said("x y " * 100_000)] * 12, end="hang")]
    got = await events(pi)
    assert (got[-1].outcome, got[-1].reason) == ("error", "the answer is longer than 4 MB and was cut off")
    assert len(text(got)) == 4_000_000
    await asyncio.wait_for(pi.chats()[-1].gone.wait(), 5)


async def test_a_connection_that_closes_before_any_header(pi):
    async def hang_up(_call, out):
        out.close()

    last = await finished(pi, hang_up)
    assert last.outcome == "aborted-by-runtime"


# the load step


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (500, {"error": "model requires more system memory (5.0 GiB) than is available (3.9 GiB)"}, "oom"),
        (500, {"error": "llama-server process has terminated: signal: killed"}, "oom"),
        (503, {"error": "server busy, please try again.  maximum pending requests exceeded"}, "busy"),
        (404, {"error": "model 'moondream' not found"}, "not-installed"),
        (200, {"error": "something odd"}, "error"),
    ],
)
async def test_a_load_step_that_fails(pi, status, body, outcome):
    pi.chat = [whole(body, status)]
    last = (await events(pi))[-1]
    assert last.outcome == outcome
    assert known(last.phases.load_s)
    assert isinstance(last.phases.upload_s, NA)
    assert len(pi.chats()) == 1


async def test_a_cold_model_is_marked_and_its_prompt_was_surely_computed(pi):
    rows = [{"models": []}, ps()]

    async def answer(call, out):
        await whole(rows.pop(0))(call, out)

    pi.routes["/api/ps"] = answer
    last = await finished(pi, stream(said("x"), FINAL))
    assert "cold-load" in last.marks
    assert "cache-suspect" not in last.marks
    assert last.metrics.prefill_tok_per_s == pytest.approx(700 / 0.001)


async def test_a_warm_models_prefill_rate_is_not_shown(pi):
    last = await finished(pi, stream(said("x"), FINAL))
    assert "cold-load" not in last.marks
    assert isinstance(last.metrics.prefill_tok_per_s, NA)


async def test_a_server_that_tells_of_its_cache(pi):
    last = await finished(pi, stream(said("x"), {**FINAL, "prompt_eval_cached_count": 600}))
    assert last.cached_tokens == 600
    assert "cache-suspect" in last.marks
    assert last.metrics.prefill_tok_per_s == pytest.approx(100 / 0.001)


async def test_a_context_other_than_asked_is_marked(pi):
    pi.routes["/api/ps"] = whole(ps(context=2048))
    last = await finished(pi, stream(said("x"), FINAL), asked=request(options=Options(num_ctx=512)))
    assert "context-clamped" in last.marks


async def test_an_old_version_of_the_model_under_the_same_name_is_not_ours(pi):
    pi.routes["/api/ps"] = whole(ps(digest="0" * 64, context=2048))
    last = await finished(pi, stream(said("x"), FINAL))
    assert isinstance(last.size_bytes, NA)
    assert "context-clamped" not in last.marks


# stopping


@pytest.mark.parametrize("stage", ["load", "encode", "decode"])
async def test_cancelling_closes_the_connection_at_once(pi, stage):
    async def silent(call, _out):
        await call.gone.wait()

    pi.chat = (
        [silent] if stage == "load" else [LOADED, silent if stage == "encode" else stream(said("x"), end="hang")]
    )
    there = asyncio.Event()

    async def drive():
        async with aclosing(OllamaRunner().run(request(), pi)) as run:
            async for event in run:
                if isinstance(event, Entered) and event.phase == stage:
                    there.set()

    task = asyncio.create_task(drive())
    await there.wait()
    call = await pi.heard.get()
    if stage != "load":
        call = await pi.heard.get()
    start = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(call.gone.wait(), 1)
    assert time.monotonic() - start < 0.2


async def test_closing_the_run_between_two_pieces_closes_the_connection(pi):
    pi.chat = [LOADED, stream(said("x"), said("y"), end="hang")]
    async with aclosing(OllamaRunner().run(request(), pi)) as run:
        async for event in run:
            if isinstance(event, Piece):
                break
    await asyncio.wait_for(pi.chats()[-1].gone.wait(), 1)


async def test_waiting_for_the_first_byte_has_no_limit_of_its_own(pi):
    """The client's read timeout is what would end a Pi's minutes of silence: there must be none."""
    assert LONG.read is None
    assert LONG.pool is None


# survey and unload


async def test_survey(pi):
    info = await survey(pi, 11434, now=5.0)
    assert (info.asked_at, info.version, info.era, info.reason) == (5.0, "0.24.0", "B", "")
    assert [m.name for m in info.installed] == ["moondream:latest"]
    assert info.installed[0].size_bytes == 1738451197
    assert (info.loaded[0].digest, info.loaded[0].context_length) == (DIGEST, 4096)


@pytest.mark.parametrize("version", ["0.24.0", "0.32.15"])
async def test_survey_of_recorded_servers(pi, version):
    recorded = recordings(version, "requests")
    for path, name in [("version", "version"), ("tags", "tags"), ("ps", "ps-loaded")]:
        pi.routes[f"/api/{path}"] = replay(recorded[name])
    info = await survey(pi, 11434, now=5.0)
    assert info.reason == ""
    assert info.version == "0.0.0"
    assert info.era == ("B" if version == "0.24.0" else "C")  # source builds: told by their lists
    assert info.installed
    assert all(m.context_length == 2048 for m in info.loaded)


@pytest.mark.parametrize("size", [1 << 63, 10**400])
async def test_sizes_that_no_database_takes_are_not_told(pi, size):
    pi.routes |= {"/api/tags": whole(tags("a:latest", size=size)), "/api/ps": whole(ps(vram=size))}
    info = await survey(pi, 11434, now=5.0)
    assert [m.size_bytes.reason[:15] for m in info.installed] == ["the server said"]
    assert [m.size_vram_bytes.reason[:15] for m in info.loaded] == ["the server said"]
    for context in (size, -size):
        pi.routes["/api/ps"] = whole(ps(context))
        assert (await survey(pi, 11434, now=5.0)).loaded[0].context_length is None


async def test_survey_of_a_source_build_without_models(pi):
    pi.routes |= {"/api/version": whole({"version": "0.0.0"}), "/api/tags": whole({"models": []})}
    assert (await survey(pi, 11434, now=5.0)).era == ""


async def test_survey_without_ollama_and_without_link(pi, tmp_path):
    pi.uds = str(tmp_path / "nobody")
    pi.unreachable = "connection refused: Ollama does not run"
    assert (await survey(pi, 11434, now=5.0)).reason == "connection refused: Ollama does not run"
    pi.lost.set_result(LinkDown("cable"))
    with pytest.raises(LinkDown, match="cable"):
        await survey(pi, 11434, now=5.0)


async def test_hostile_names_are_cleaned(pi):
    pi.routes["/api/tags"] = whole(tags("evil\x1b[2J\u202e:latest"))
    pi.routes["/api/version"] = whole({"version": "0.24.0\x1b]0;x\x07"})
    info = await survey(pi, 11434, now=5.0)
    assert "\x1b" not in info.version + info.installed[0].name
    assert "\u202e" not in info.installed[0].name


async def test_unload(pi):
    pi.routes["/api/generate"] = replay(recordings("0.24.0")["unload"])
    await unload(pi, 11434, "moondream")
    assert pi.calls[-1].json["model"] == "moondream"
    assert pi.calls[-1].json["keep_alive"] == 0
