"""A request that was given up goes on for nobody: it is shown, and nothing that is timed begins before its end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from edgetui.model import Options, Reply, known
from edgetui.sim.faults import ask
from tests.cluster.fleet import Fleet, fleet
from tests.simulated import Simulated, simulated

ERAS = {"B": "pi4-8g", "C": "pi5"}
MODEL = "qwen2.5vl:3b"


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


@pytest.mark.parametrize("era", ERAS)
async def test_after_a_cancel_in_encode_the_next_answer_is_timed_as_ever(sim: Simulated, era: str) -> None:
    board = ERAS[era]
    short = {"options": Options(num_predict=4)}
    async with fleet(sim, board) as running:
        state = running.cluster.states
        usual = await answered(running, board, **short)
        run = await running.fire(board, model=MODEL, repeats=2, **short)
        cell, waiting = run.replies
        await running.until(lambda: cell.phase == "encode", 20, "it encodes")
        running.cluster.cancel([cell], "cancelled by the user")
        await running.until(lambda: cell.done, 5, "cancelled at once")
        assert cell.reply is not None
        assert cell.reply.outcome == "cancelled"
        assert state[board].still_busy is not None
        await running.until(lambda: waiting.held.startswith("still busy for "), 5, "it says why it waits")
        assert waiting.phase == "gate"
        reply = (await running.until_done(run))[board]
        assert state[board].still_busy is None
    wait = reply.phases.gate_s
    assert known(wait)
    assert wait > 0.2 * ttft(usual)
    assert ttft(reply) == pytest.approx(ttft(usual), rel=0.1)
    assert "shared-board" not in reply.marks


async def test_a_connection_that_hangs_keeps_the_board_busy(sim: Simulated) -> None:
    async with fleet(sim, "pi4-8g") as running:
        await ask(sim.folder, "pi4-8g", "half-open", "0", "encode")
        lost = await running.fire("pi4-8g", model=MODEL, options=Options(num_predict=4))
        reply = (await running.until_done(lost))["pi4-8g"]
        assert (reply.outcome, reply.killed_by) == ("lost-link", "link")
        assert running.state("pi4-8g").still_busy is not None
        again = await answered(running, "pi4-8g", options=Options(num_predict=4))
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
        run = await running.fire("pi4-8g", model=MODEL, options=Options(num_predict=4))
        await running.until(lambda: run.replies[0].phase == "encode", 20, "it encodes")
        running.cluster.cancel(run.replies, "cancelled by the user")
        reply = await answered(running, "pi4-8g", timeout_s=0.3)
        assert reply.outcome == "busy"
        assert reply.reason.startswith("still busy for ")
        await running.until(lambda: running.state("pi4-8g").still_busy is None, 20, "it is over")
