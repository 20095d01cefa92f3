"""Four things can end under an answer, in four phases of it: each is told from the others by its evidence."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from edgetui.model import Reply
from edgetui.sim.control import ask
from tests.cluster.fleet import Fleet, fleet
from tests.simulated import Simulated, simulated

PHASES = ("load", "encode", "prefill", "decode")
KILLERS = {
    "runner": ("kill-runner", "", "has run on for"),
    "server": ("kill-ollama", "0.6", "Ollama's server ended: "),
    "board": ("power-loss", "0.3", " is now "),
    "link": ("cut", "0.3", " as before, up for"),
}
"""Fault, for how long, and words of the evidence."""
OUTCOMES = {
    "runner": "aborted-by-runtime",
    "server": "aborted-by-runtime",
    "board": "lost-link",
    "link": "lost-link",
}
BOARDS = {"B": "pi4-8g", "C": "pi5"}
SPEED = 100


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    """Four boards of each kind, and eras of both."""
    with simulated(tmp_path_factory.mktemp("sim"), speed=SPEED, boards=32, cluster="mixed") as running:
        yield running


def names(era: str) -> tuple[str, ...]:
    return (BOARDS[era], *(f"{BOARDS[era]}-{n}" for n in (2, 3, 4)))


def answers(running: Fleet, board: str, since: float) -> bool:
    """Has its Ollama answered after that time, Unix s?"""
    info = running.state(board).ollama
    return info is not None and bool(info.version) and info.asked_at > since


async def killed(running: Fleet, sim: Simulated, board: str, killer: str) -> list[Reply]:
    """One answer for each phase, in which the killer comes."""
    fault, value, _ = KILLERS[killer]
    replies = []
    for phase in PHASES:
        await ask(sim.folder, board, fault, value, phase)
        run = await running.fire(board)
        replies.append((await running.until_done(run))[board])
        await running.until_link(board, "up")
        await running.until(lambda: answers(running, board, replies[-1].finished_at), 20, "Ollama is back")
        await running.until(lambda: running.state(board).still_busy is None, 20, "nothing works for nobody")
    return replies


async def test_the_right_one_is_named_each_time(sim: Simulated) -> None:
    pairs = [pair for era in BOARDS for pair in zip(names(era), KILLERS, strict=True)]
    async with fleet(sim, *(board for board, _ in pairs)) as running:
        found = await asyncio.gather(*(killed(running, sim, *pair) for pair in pairs))
        for (board, killer), replies in zip(pairs, found, strict=True):
            for phase, reply in zip(PHASES, replies, strict=True):
                said = f"{killer} in {phase}: {reply.reason}"
                assert reply.killed_by == killer, said
                assert KILLERS[killer][2] in reply.evidence, said
                assert reply.reason.startswith(reply.evidence), said
                assert reply.outcome == ("lost-link" if killer in ("board", "link") else "aborted-by-runtime"), said
                assert bool(reply.text) is (phase == "decode"), said
            stored = [r for r in await running.store.replies(replies[-1].request.run) if r["board"] == board]
            assert stored[0]["killed_by"] == killer
            assert stored[0]["evidence"] == replies[-1].evidence


async def test_the_kernel_is_named_with_its_victim(sim: Simulated) -> None:
    async with fleet(sim, "pi5") as running:
        await ask(sim.folder, "pi5", "oom", "", "decode")
        reply = (await running.until_done(await running.fire("pi5")))["pi5"]
    assert (reply.killed_by, reply.outcome) == ("kernel-oom", "oom")
    assert "(llama-server)" in reply.evidence


async def test_a_server_by_hand_leaves_its_runner_behind(sim: Simulated) -> None:
    async with fleet(sim, "pi5-2") as running:
        await ask(sim.folder, "pi5-2", "by-hand", "")
        await ask(sim.folder, "pi5-2", "kill-ollama", "", "decode")
        reply = (await running.until_done(await running.fire("pi5-2")))["pi5-2"]
    assert reply.killed_by == "server"
    assert "no process is 'ollama serve' any more, and there is no ollama.service" in reply.evidence
    assert "a llama-server was left behind and keeps its memory" in reply.evidence


async def test_a_board_that_stays_away_delays_its_reply_for_a_while_only(
    sim: Simulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edgetui.cluster.inquest.RETURN_S", 1.0)
    async with fleet(sim, "pi4-8g") as running:
        await ask(sim.folder, "pi4-8g", "cut", "", "prefill")
        reply = (await running.until_done(await running.fire("pi4-8g")))["pi4-8g"]
        await ask(sim.folder, "pi4-8g", "heal", "")
    assert reply.outcome == "lost-link"
    assert "not there again within 1 s" in str(reply.killed_by)
