"""A request that was given up goes on for nobody: it is shown, and nothing that is timed begins before its end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from edgetui.model import Options, Reply, known
from edgetui.sim.control import ask
from tests.cluster.fleet import Fleet, fleet
from tests.simulated import Simulated, simulated

ERAS = {"B": "pi4-8g", "C": "pi5"}
MODEL = "qwen2.5vl:3b"
SHORT = Options(num_predict=4)


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    """Slow boards: a picture takes minutes of theirs, seconds of ours."""
    with simulated(tmp_path_factory.mktemp("sim"), speed=100, boards=8, cluster="mixed") as running:
        yield running


async def answered(running: Fleet, board: str, **order: object) -> Reply:
    return (await running.until_done(await running.fire(board, model=MODEL, **order)))[board]


def ttft(reply: Reply) -> float:
    value = reply.metrics.ttft_s
    assert known(value), reply
    return value


async def cancelled_in_encode(running: Fleet, board: str) -> Reply:
    """The answer behind one that was cancelled."""
    run = await running.fire(board, model=MODEL, repeats=2, options=SHORT)
    cell, waiting = run.replies
    await running.until(lambda: cell.phase == "encode", 20, "it encodes")
    running.cluster.cancel([cell], "cancelled by the user")
    await running.until(lambda: cell.done, 5, "cancelled at once")
    assert cell.reply is not None
    assert cell.reply.outcome == "cancelled"
    assert running.state(board).still_busy is not None
    await running.until(lambda: waiting.held.startswith("still busy for "), 5, "it says why it waits")
    assert waiting.phase == "gate"
    reply = (await running.until_done(run))[board]
    assert running.state(board).still_busy is None
    return reply


async def test_after_a_cancel_in_encode_the_next_answer_is_timed_as_ever(sim: Simulated) -> None:
    async with fleet(sim, *ERAS.values()) as running:
        usual = await asyncio.gather(*(answered(running, board, options=SHORT) for board in ERAS.values()))
        after = await asyncio.gather(*(cancelled_in_encode(running, board) for board in ERAS.values()))
    for undisturbed, reply in zip(usual, after, strict=True):
        assert known(reply.phases.gate_s)
        assert reply.phases.gate_s > 0.2 * ttft(undisturbed), "the wait is on record"
        assert ttft(reply) == pytest.approx(ttft(undisturbed), rel=0.15), "hotter boards are slower"
        assert "shared-board" not in reply.marks


async def test_a_connection_that_hangs_keeps_the_board_busy(sim: Simulated) -> None:
    async with fleet(sim, "pi4-8g") as running:
        await ask(sim.folder, "pi4-8g", "half-open", "0", "encode")
        lost = await running.fire("pi4-8g", model=MODEL, options=SHORT)
        reply = (await running.until_done(lost))["pi4-8g"]
        assert (reply.outcome, reply.killed_by) == ("lost-link", "link")
        assert running.state("pi4-8g").still_busy is not None
        again = await answered(running, "pi4-8g", options=SHORT)
        assert running.state("pi4-8g").still_busy is None
    assert known(again.phases.gate_s)
    assert again.phases.gate_s > 0.3


async def test_what_was_cancelled_while_it_loads_is_over_at_once(sim: Simulated) -> None:
    async with fleet(sim, "pi4-8g") as running:
        await ask(sim.folder, "pi4-8g", "kill-ollama", "0.1", "")
        await running.until(
            lambda: bool((o := running.state("pi4-8g").ollama) and not o.loaded), 10, "nothing is loaded"
        )
        run = await running.fire("pi4-8g", model=MODEL)
        cell = run.replies[0]
        await running.until(lambda: cell.phase == "load", 10, "it loads")
        running.cluster.cancel([cell], "cancelled by the user")
        await running.until_done(run)
        assert running.state("pi4-8g").still_busy is None


async def test_a_wait_without_end_is_given_up_in_words(sim: Simulated) -> None:
    async with fleet(sim, "pi4-8g") as running:
        run = await running.fire("pi4-8g", model=MODEL, options=SHORT)
        await running.until(lambda: run.replies[0].phase == "encode", 20, "it encodes")
        running.cluster.cancel(run.replies, "cancelled by the user")
        reply = await answered(running, "pi4-8g", timeout_s=0.3)
        assert reply.outcome == "busy"
        assert reply.reason.startswith("still busy for ")
        await running.until(lambda: running.state("pi4-8g").still_busy is None, 20, "it is over")


async def test_work_that_an_app_of_before_left_is_marked(sim: Simulated) -> None:
    async with fleet(sim, *ERAS.values()) as before:
        run = await before.fire(*ERAS.values(), model=MODEL, options=SHORT)
        await before.until(lambda: {cell.phase for cell in run.replies} == {"encode"}, 20, "both encode")
    async with fleet(sim, *ERAS.values()) as after:
        replies = await after.until_done(await after.fire(*ERAS.values(), model=MODEL, options=SHORT))
    for reply in replies.values():
        assert {"shared-board", "shared-server?"} & set(reply.marks), "its encode may be a wait"
