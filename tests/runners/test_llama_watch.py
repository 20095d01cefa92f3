"""A run on an era C board is looked at while it is silent; whatever the sources do, the run comes to its end."""

import asyncio
import json
import subprocess
from collections.abc import Callable
from contextlib import aclosing

import pytest

from edgetui.links import Completed
from edgetui.links.local import LocalLink
from edgetui.links.tether import tethered
from edgetui.model import NA
from edgetui.model.progress import Progress
from edgetui.runners import Entered, Finished
from edgetui.runners.llama_watch import FIND, FOLLOW, TRIES, ports_in
from edgetui.runners.ollama import OllamaRunner

from .fake import FINAL, GOLDEN, LOADED, FakeBoard, board, chunk, head, request, said, whole

PORT = 41234
ARGV = "/proc/77/cmdline:/usr/local/lib/ollama/llama-server\0--model\0/x/y\0--port\0{}\0--log-verbosity\0004\0"
TOLD = {**FINAL, "prompt_eval_count": 771, "prompt_eval_duration": 3_000_000, "total_duration": 5_000_000}


class Channel:
    def __init__(self) -> None:
        self.closed: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def close(self) -> None:
        if not self.closed.done():
            self.closed.set_result("closed")


class Board(FakeBoard):
    """Of era C, with a runner and a journal."""

    def __init__(self, uds: str) -> None:
        super().__init__(uds)
        self.routes["/api/version"] = whole({"version": "0.32.15"})
        self.commands = ARGV.format(PORT)
        self.journal: Callable[[bytes], None] | None = None
        self.channel: Channel | None = None
        self.go = asyncio.Event()
        """The answer begins."""
        self.looked = asyncio.Event()

    async def run(self, command: str, *, timeout: float, limit: int = 1 << 20) -> Completed:
        return Completed(0, self.commands if command == FIND else self.machine, "")

    async def open(self, command: str, on_data: Callable[[bytes], None]) -> Channel:
        assert command == tethered(FOLLOW)
        self.journal, self.channel = on_data, Channel()
        return self.channel

    def tells(self, text: str, at_s: float) -> None:
        entry = {"MESSAGE": text, "__MONOTONIC_TIMESTAMP": str(round(at_s * 1e6))}
        assert self.journal is not None
        self.journal(json.dumps(entry).encode() + b"\n")

    def shows(self, bodies: list[bytes], status: int = 200) -> None:
        """``/slots``; the last for ever."""

        async def answer(_call, out) -> None:
            body = bodies.pop(0) if len(bodies) > 1 else bodies[0]
            out.write(head(status, "application/json", Content_Length=str(len(body))) + body)
            await out.drain()
            self.looked.set()

        self.routes["/slots"] = answer

    def slow(self):
        """The timed request's answer, when ``go`` is set."""

        async def answer(_call, out) -> None:
            await self.go.wait()
            out.write(head(Transfer_Encoding="chunked"))
            out.write(chunk(json.dumps(said("Three")).encode() + b"\n"))
            await out.drain()
            self.looked.clear()
            await asyncio.wait_for(self.looked.wait(), 5) if "/slots" in self.routes else None
            out.write(chunk(json.dumps(TOLD).encode() + b"\n") + b"0\r\n\r\n")

        return answer

    def when_told(self):
        """The same, all of it at once."""

        async def answer(_call, out) -> None:
            await self.go.wait()
            whole_answer = b"".join(json.dumps(line).encode() + b"\n" for line in (said("Three"), TOLD))
            out.write(head(Transfer_Encoding="chunked") + chunk(whole_answer) + b"0\r\n\r\n")

        return answer


@pytest.fixture
async def pi(tmp_path):
    async with board(tmp_path) as served:
        made = Board(served.uds)
        served.serve = made.serve
        made.chat = [LOADED, made.slow()]
        yield made


def recorded() -> list[bytes]:
    lines = (GOLDEN / "slots-0.32.15.jsonl").read_text(encoding="utf-8").splitlines()
    return [each["body"].encode() for each in map(json.loads, lines) if each["run"] == "vision"]


def lines() -> list[str]:
    text = (GOLDEN / "runner-log-0.32.15.txt").read_text(encoding="utf-8")
    return text.split("\n## ")[1].split("\n")[1:]


async def run_of(pi: Board, during: Callable[[object], None] = lambda _event: None) -> list[object]:
    got = []
    async with asyncio.timeout(20), aclosing(OllamaRunner().run(request(), pi)) as events:
        async for event in events:
            got.append(event)
            during(event)
    return got


async def test_the_slots_are_shown_and_prove_that_nothing_was_cached(pi):
    encode, prefill, decode = recorded()[1], recorded()[-2], recorded()[-1]
    pi.shows([encode, prefill, decode])

    def during(event):
        if isinstance(event, Progress) and event.step == "prefill":
            pi.go.set()

    got = await run_of(pi, during)
    assert [(p.step, p.done_tokens) for p in got if isinstance(p, Progress)] == [("encode", 11), ("prefill", 740)]
    last = got[-1]
    assert isinstance(last, Finished)
    assert last.outcome == "ok"
    assert last.cached_tokens == 0
    assert pi.left == [PORT]


async def test_the_journal_tells_the_encoder_apart(pi):
    pi.shows([b"no"], status=501)

    def during(event):
        if event == Entered("encode"):
            for line in lines():
                pi.tells(line, 12.0008 if line.startswith("decoding image batch 1") else 12.0)
            pi.go.set()

    got = await run_of(pi, during)
    last = got[-1]
    assert [p.source for p in got if isinstance(p, Progress)] == ["journal"]
    assert last.cached_tokens == 0
    assert last.phases.encode_s == pytest.approx(0.0008)
    assert last.phases.prefill_s == pytest.approx(0.0022)
    assert pi.channel.closed.done()


async def test_what_is_told_of_a_prompt_of_another_length_is_not_believed(pi):
    pi.commands = ""

    def during(event):
        if event == Entered("encode"):
            for line in lines():
                pi.tells(line.replace("task.n_tokens = 771", "task.n_tokens = 900"), 1.0)
            pi.go.set()

    last = (await run_of(pi, during))[-1]
    assert isinstance(last.cached_tokens, NA)
    assert "another request" in last.cached_tokens.reason
    assert isinstance(last.phases.encode_s, NA)


async def endless(_call, out) -> None:
    out.write(head(200, "application/json", Transfer_Encoding="chunked"))
    for _ in range(100):
        out.write(chunk(b"[" * 65536))
        await out.drain()


async def reset(_call, out) -> None:
    out.transport.abort()


@pytest.mark.parametrize(
    "slots",
    [
        whole(b"<html>", 200, "text/html"),
        whole({"error": {"code": 501}}, 501),
        whole(b"\xff" * 100),
        whole([{"is_processing": True, "id_task": -1}]),
        endless,
        reset,
    ],
)
async def test_a_source_that_fails_harms_no_run(pi, slots):
    pi.routes["/slots"] = slots
    pi.chat[1] = pi.when_told()

    def during(event):
        if event == Entered("encode"):
            pi.journal(b"\xff\xfe{]\n" * 10 + b"x" * 200_000)
            asyncio.get_running_loop().call_later(0.3, pi.go.set)

    last = (await run_of(pi, during))[-1]
    assert last.outcome == "ok"
    assert isinstance(last.cached_tokens, NA)


async def test_slots_that_never_answer_rightly_are_left_alone(pi, monkeypatch):
    monkeypatch.setattr("edgetui.runners.llama_watch.EVERY_S", 0.01)
    pi.chat[1] = pi.when_told()
    looks = []

    async def refuse(call, out) -> None:
        looks.append(call)
        if len(looks) == TRIES:  # time enough for many more
            asyncio.get_running_loop().call_later(0.3, pi.go.set)
        await whole({"error": "no"}, 501)(call, out)

    pi.routes["/slots"] = refuse
    await run_of(pi)
    assert len(looks) == TRIES


async def test_whoever_stops_waiting_stops_the_looking(pi):
    pi.shows([recorded()[1]])
    async with aclosing(OllamaRunner().run(request(), pi)) as events:
        async for event in events:
            if isinstance(event, Progress):
                break
    assert pi.channel.closed.done()
    assert pi.left == [PORT]


@pytest.mark.parametrize(
    ("text", "ports"),
    [
        (ARGV.format(PORT), (PORT,)),
        (ARGV.format(PORT) + "\n" + ARGV.format(40000) + "\n" + ARGV.format(PORT), (PORT, 40000)),
        (ARGV.format(0), ()),
        (ARGV.format(99999), ()),
        ("/proc/7/cmdline:vim\0llama-server\0--port\0005\0", ()),
        ("/proc/7/cmdline:/bin/sh\0-c\0/x/llama-server --port 5\0", ()),
        ("/proc/7/cmdline:llama-server\0--port", ()),
        ("", ()),
        ("\n".join(ARGV.format(port) for port in range(40000, 40100)), (40000, 40001, 40002, 40003)),
    ],
)
def test_ports_by_what_runs_on_the_board(text, ports):
    assert ports_in(text) == ports


async def test_a_real_process_is_found_by_the_real_command():
    argv = ["/opt/ollama/llama-server", "-c", "read x", "--model", "m", "--port", "4711", "--no-webui"]
    with subprocess.Popen(argv, executable="/bin/sh", stdin=subprocess.PIPE) as process:  # noqa: ASYNC220
        link = LocalLink()
        done = await link.run(FIND, timeout=10)
        assert 4711 in ports_in(done.stdout)
        assert "grep" not in done.stdout, "the command does not find itself"
        process.communicate(b"\n")
        await link.close()
