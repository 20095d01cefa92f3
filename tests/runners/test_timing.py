"""The arithmetic of phases and figures, over every chat that was recorded from real servers."""

import asyncio
import json

import pytest

from edgetui.model import NA, Phases, known
from edgetui.runners.figures import Figures
from edgetui.runners.timing import MISFIT, HostTimes, by_host, cache_suspect, metrics, phases, with_wait

from .fake import LOADED, board, events, finished, recordings, replay, request, whole

PARTS = [n for n in Phases.__slots__ if n != "total_s"]


def chats(version):
    """Recorded chats that came to their end, with their final line."""
    for name, record in recordings(version).items():
        if record.get("path") == "/api/chat" and record["status"] == 200 and record["lines"]:
            final = json.loads(record["lines"][-1][1])
            if final.get("done") is True and "total_duration" in final:
                yield name, record, final


CHATS = [
    pytest.param(record, final, id=f"{version}-{name}")
    for version in ("0.24.0", "0.32.15")
    for name, record, final in chats(version)
]
VISION = [p for p in CHATS if "images" in json.dumps(p.values[0].get("request"))]


def seen(record) -> HostTimes:
    """As the host's clock saw it.

    The recording begins with the request's last byte, by which time the server may have been at it for some ms.
    """
    lines = [json.loads(line) for _, line in record["lines"]]
    first = next(
        (ms / 1000 for (ms, _), line in zip(record["lines"], lines, strict=True) if line["message"]["content"]),
        None,
    )
    end = record["lines"][-1][0] / 1000
    start = min(0.0, end - lines[-1]["total_duration"] / 1e9)
    return HostTimes(start, start, start, start, first, end)


def total(spent: Phases) -> float:
    return sum(v for v in (getattr(spent, n) for n in PARTS) if known(v))


def test_there_are_recordings_of_both_eras():
    assert len(VISION) > 20
    assert {str(p.id)[:4] for p in VISION} == {"0.24", "0.32"}


@pytest.mark.parametrize(("record", "final"), VISION)
def test_phases_of_a_vision_chat_add_up_to_the_hosts_time(record, final):
    times = seen(record)
    spent = phases(times, Figures.read(final))
    assert all(getattr(spent, n) >= 0 for n in PARTS if known(getattr(spent, n)))
    assert known(spent.prefill_s), "the server's figures were not believed"
    assert spent.total_s == pytest.approx(total(spent))
    assert spent.total_s == pytest.approx(times.ended - times.started, rel=0.02)
    assert spent.prefill_s == final["prompt_eval_duration"] / 1e9


@pytest.mark.parametrize(("record", "final"), CHATS)
def test_rate_is_over_the_intervals_and_blank_for_one_token(record, final):
    times, figures = seen(record), Figures.read(final)
    got = metrics(times, phases(times, figures), figures, fresh=False, only_new=False, pictured=True)
    if final["eval_count"] < 2:
        assert isinstance(got.tok_per_s, NA)
        assert isinstance(got.itl_s, NA)
    else:
        assert got.tok_per_s == pytest.approx((final["eval_count"] - 1) / (final["eval_duration"] / 1e9))
        assert got.itl_s == pytest.approx(1 / got.tok_per_s)
    assert got.e2e_s == times.ended - times.asking
    assert isinstance(got.prefill_tok_per_s, NA)


@pytest.mark.parametrize(
    ("version", "name", "encode", "prefill"),
    [
        ("0.24.0", "slow-new-image", 8.36, 20.50),  # era B: encoding lies in none of the server's fields
        ("0.24.0", "slow-repeat", 0.04, 0.21),
        ("0.32.15", "slow-new-image", 0.06, 7.94),  # era C: it lies in the prefill
        ("0.24.0", "queue-c", 7.79, 0.37),  # waiting for the slot looks the same
    ],
)
def test_where_the_encoder_hides(version, name, encode, prefill):
    record = recordings(version, "timing")[name]
    spent = phases(seen(record), Figures.read(json.loads(record["lines"][-1][1])))
    assert spent.encode_s == pytest.approx(encode, abs=0.01)
    assert spent.prefill_s == pytest.approx(prefill, abs=0.01)


async def test_era_c_tells_no_encoding_and_no_prefill_rate_of_a_picture(tmp_path):
    record = recordings("0.32.15", "timing")["slow-new-image"]
    async with board(tmp_path) as pi:
        pi.routes |= {"/api/version": whole({"version": "0.32.15"}), "/api/ps": whole({"models": []})}
        last = await finished(pi, replay(record, 0.01))
    spent = last.phases
    assert isinstance(spent.encode_s, NA)
    assert "part of prefill" in spent.encode_s.reason
    assert spent.prefill_s == pytest.approx(0.0794, abs=0.001)
    assert spent.total_s == pytest.approx(total(spent))
    assert "encoding" in last.metrics.prefill_tok_per_s.reason


@pytest.mark.parametrize("version", ["0.24.0", "0.32.15"])
def test_era_c_gives_a_microsecond_for_one_token_and_era_b_nothing(version):
    record = recordings(version, "requests")["chat-one-token"]
    final = json.loads(record["lines"][-1][1])
    assert final.get("eval_duration", 0) == {"0.24.0": 0, "0.32.15": 1000}[version]
    assert phases(seen(record), Figures.read(final)).decode_s == 0.0


@pytest.mark.parametrize(
    ("version", "name", "suspect"),
    [
        ("0.24.0", "slow-new-image", False),
        ("0.24.0", "slow-repeat", True),
        ("0.32.15", "slow-new-image", False),
        ("0.32.15", "slow-repeat", True),
        ("0.24.0", "slow-text-only", False),
    ],
)
def test_a_cached_prompt_is_suspected(version, name, suspect):
    record = recordings(version, "timing")[name]
    times, figures = seen(record), Figures.read(json.loads(record["lines"][-1][1]))
    spent = phases(times, figures, in_prefill=version.startswith("0.32"))
    itl = metrics(times, spent, figures, fresh=False, only_new=False, pictured=True).itl_s
    assert cache_suspect(spent, itl, figures, fresh=False) is suspect
    assert cache_suspect(spent, itl, figures, fresh=True) is False


def test_only_what_exceeds_the_upload_is_load():
    times = HostTimes(started=0, loading=1, asking=3, sent=5, first_piece=12, ended=14)
    figures = Figures(total_s=10.9, load_s=2.5, prompt_s=4.0, eval_s=2.0, prompt_tokens=100, output_tokens=5)
    spent = phases(times, figures)
    assert spent.upload_s == 2
    assert spent.load_s == 2 + 0.5
    assert spent.encode_s == pytest.approx(10.9 - 2.5 - 4 - 2)
    assert spent.net_s == pytest.approx(14 - (2 + 2.5 + 2.4 + 4 + 2))
    quick = Figures(total_s=10.0, load_s=1.6, prompt_s=4.0, eval_s=2.0, output_tokens=5)
    assert phases(times, quick).load_s == 2


def test_figures_that_do_not_fit_the_hosts_clock_are_not_believed():
    times = HostTimes(started=0, loading=0, asking=0, sent=0.1, first_piece=0.8, ended=1.0)
    lies = Figures(total_s=90.0, load_s=1.0, prompt_s=60.0, eval_s=29.0, prompt_tokens=9, output_tokens=99)
    spent = phases(times, lies)
    assert isinstance(spent.prefill_s, NA)
    assert spent.total_s == 1.0
    assert (spent.encode_s, spent.net_s) == (MISFIT, pytest.approx(0.7))
    assert isinstance(metrics(times, spent, lies, fresh=True, only_new=False, pictured=True).tok_per_s, NA)


@pytest.mark.parametrize("huge", [10**18 + 1, 10**400])
def test_figures_beyond_all_measure_are_not_told(huge):
    names = ("total_duration", "load_duration", "prompt_eval_duration", "eval_duration")
    counts = ("prompt_eval_count", "eval_count", "prompt_eval_cached_count")
    read = Figures.read(dict.fromkeys(names + counts, huge))
    for name in Figures.__slots__:
        assert getattr(read, name).reason.startswith("the server said 1000000000"), name


def test_counts_of_uncached_tokens_only_are_no_prompt_lengths():
    times = HostTimes(0, 0, 0, 0.1, 0.8, 1.0)
    figures = Figures(total_s=0.9, load_s=0.1, prompt_s=0.4, eval_s=0.2, prompt_tokens=9, output_tokens=9)
    spent = phases(times, figures)
    assert isinstance(metrics(times, spent, figures, fresh=False, only_new=True, pictured=True).prompt_tokens, NA)
    assert metrics(times, spent, figures, fresh=True, only_new=True, pictured=True).prompt_tokens == 9


@pytest.mark.parametrize(
    ("times", "reached"),
    [
        (HostTimes(0, ended=5), {"net_s": 5}),
        (HostTimes(0, 1, ended=5), {"net_s": 1, "load_s": 4}),
        (HostTimes(0, 1, 2, ended=5), {"net_s": 1, "load_s": 1, "upload_s": 3}),
        (HostTimes(0, 1, 2, 3, ended=5), {"net_s": 3, "load_s": 1, "upload_s": 1}),
        (HostTimes(0, 1, 2, 3, 4, 5), {"net_s": 2, "load_s": 1, "upload_s": 1, "decode_s": 1}),
    ],
)
def test_a_run_that_ended_early_has_the_phases_it_reached(times, reached):
    spent = by_host(times)
    assert {n: getattr(spent, n) for n in PARTS if known(getattr(spent, n))} == reached
    assert spent.total_s == 5


def test_waiting_is_added_to_the_total():
    spent = with_wait(by_host(HostTimes(0, 1, ended=5)), 7.0, 2.0)
    assert (spent.queue_s, spent.gate_s, spent.total_s) == (7.0, 2.0, 14.0)


@pytest.mark.parametrize(
    ("version", "name", "scale"), [("0.24.0", "slow-new-image", 0.01), ("0.32.15", "slow-cold", 0.03)]
)
async def test_replayed_through_the_runner_the_phases_are_those_of_the_recording(tmp_path, version, name, scale):
    record = recordings(version, "timing")[name]
    async with board(tmp_path) as pi:
        last = await finished(pi, replay(record, scale), asked=request())
    final = json.loads(record["lines"][-1][1])
    assert last.phases.total_s == pytest.approx(total(last.phases), rel=0.02)
    assert last.phases.decode_s == pytest.approx(final["eval_duration"] / 1e9 * scale, rel=0.02)
    assert last.phases.prefill_s == pytest.approx(final["prompt_eval_duration"] / 1e9 * scale, rel=0.02)
    first = record["lines"][0][0] / 1000 * scale
    assert first <= last.metrics.ttft_s <= first + 0.1
    assert last.metrics.e2e_s >= record["lines"][-1][0] / 1000 * scale


async def test_loading_counts_as_load_and_not_in_e2e(tmp_path):
    async with board(tmp_path) as pi:

        async def slow(call, out):
            await asyncio.sleep(0.2)
            await LOADED(call, out)

        record = recordings("0.24.0", "timing")["slow-repeat"]
        pi.chat = [slow, replay(record, 0.01)]
        last = (await events(pi))[-1]
    assert last.phases.load_s >= 0.2
    assert last.metrics.e2e_s < 0.2
