"""While no byte comes: what the board tells of a slow request by /slots, by its journal, or by neither."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from edgetui.cluster.live import LiveReply
from edgetui.model import NA, known
from edgetui.model.progress import STEPS, Progress
from edgetui.model.protocol import QUICK
from edgetui.model.run import Options
from tests.cluster.fleet import Fleet, fleet
from tests.simulated import Simulated, simulated

PROMPT = "Look at the road, then read on. " + "word " * 880
TOTAL = 10 + round(len(PROMPT) / 4) + 729


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulated]:
    with (
        tempfile.TemporaryDirectory(prefix="sim-") as folder,
        simulated(Path(folder), speed=25, boards=3, cluster="mixed") as made,
    ):
        yield made


@pytest.fixture
async def pi(sim: Simulated) -> AsyncIterator[Fleet]:
    sim.fault("pi5", "heal")
    async with fleet(sim, "pi5") as made:
        yield made


async def seen(pi: Fleet, task: str = "count-potholes") -> tuple[LiveReply, list[tuple[str, Progress | None]]]:
    """The cell of a request of a picture and a long text, and what it showed, in order."""
    options = Options(num_ctx=2048, num_predict=60)
    run = await pi.fire("pi5", task=task, prompt=PROMPT, options=options)
    (cell,) = run.replies
    looks: list[tuple[str, Progress | None]] = []

    def looked() -> bool:
        look = cell.phase, cell.progress
        if cell.asked is not None and (not looks or looks[-1] != look):
            looks.append(look)
        return cell.done

    await pi.until(looked, 60, "the answer")
    assert cell.reply is not None
    assert cell.reply.outcome in ("ok", "truncated"), cell.reply.reason
    return cell, looks


def never_back(looks: list[tuple[str, Progress | None]]) -> list[Progress]:
    told = [progress for _, progress in looks if progress is not None]
    for earlier, later in pairwise(told):
        assert STEPS.index(later.step) >= STEPS.index(earlier.step)
        if known(earlier.done_tokens):
            assert later.done_tokens >= earlier.done_tokens
    phases = list(dict.fromkeys(phase for phase, _ in looks))
    assert phases == sorted(phases, key=["upload", "encode", "prefill", "decode", "done"].index)
    return told


async def test_from_the_runners_slots(sim: Simulated, pi: Fleet) -> None:
    sim.fault("pi5", "no-journal")
    cell, looks = await seen(pi)
    told = never_back(looks)
    assert {progress.source for progress in told} == {"slots"}
    assert [phase for phase, _ in dict.fromkeys((phase, "") for phase, _ in looks)][-4:-1] == [
        "encode",
        "prefill",
        "decode",
    ]
    read = {progress.done_tokens for progress in told if progress.step == "prefill"}
    assert read <= {740, 1252, 1764, TOTAL}
    assert len(read) >= 2
    assert cell.reply is not None
    assert cell.reply.cached_tokens == 0, "the runner proved that nothing was cached"
    assert isinstance(cell.reply.phases.encode_s, NA)


async def test_from_the_journal_where_slots_are_refused(sim: Simulated, pi: Fleet) -> None:
    sim.fault("pi5", "no-slots")
    cell, looks = await seen(pi)
    told = never_back(looks)
    assert {progress.source for progress in told} == {"journal"}
    assert {progress.total_tokens for progress in told} == {TOTAL}
    assert told[0].step == "encode"
    read = [progress.done_tokens for progress in told if progress.step == "prefill"]
    assert {11 + 512, 740, 1252, 1764} <= set(read)
    reply = cell.reply
    assert reply is not None
    assert reply.cached_tokens == 0
    encode_s, prefill_s = reply.phases.encode_s, reply.phases.prefill_s
    assert known(encode_s)
    assert known(prefill_s)
    assert 15 < 25 * encode_s < 30, "20 s of the Pi's own"
    assert encode_s + prefill_s == pytest.approx(reply.metrics.ttft_s, rel=0.1)


async def test_with_neither_the_clock_and_the_usual_time(sim: Simulated, pi: Fleet) -> None:
    sim.fault("pi5", "no-slots")
    sim.fault("pi5", "no-journal")
    earlier = await pi.fire("pi5", task="describe-pinout", prompt="What is it?")
    (first,) = (await pi.until_done(earlier)).values()
    cell, looks = await seen(pi, task="describe-pinout")
    assert [progress for _, progress in looks if progress is not None] == []
    assert {phase for phase, _ in looks} - {"upload", "done"} == {"encode", "decode"}
    assert cell.reply is not None
    assert isinstance(cell.reply.cached_tokens, NA)
    assert cell.usual is not None
    assert cell.usual.count == 1
    assert cell.usual.ttft_s == pytest.approx(first.metrics.ttft_s)


async def test_a_repeated_text_is_proved_to_be_cached(pi: Fleet) -> None:
    for _ in range(2):
        same = replace(QUICK, nonce=False)
        run = await pi.fire("pi5", task="add-up", prompt="word " * 400, model="llama3.2:1b", protocol=same)
        (reply,) = (await pi.until_done(run)).values()
    assert known(reply.cached_tokens)
    assert reply.cached_tokens == reply.metrics.prompt_tokens - 1
    assert "cache-suspect" in reply.marks
