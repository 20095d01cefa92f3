"""What breaks on one board while a run streams: the others finish, the reason is told, what came is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgetui.model.hostile import clean
from tests.cluster.fleet import Fleet, fleet
from tests.simulated import Simulated, simulated

BOARDS = ("rtx3060", "orin-nano", "pi5")


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    """Fast enough to be quick, slow enough to be caught streaming."""
    with simulated(tmp_path_factory.mktemp("sim"), speed=20, boards=3) as running:
        yield running


@pytest.fixture(autouse=True)
def healed(sim: Simulated) -> None:
    """No test inherits the faults of another."""
    for board in BOARDS:
        sim.fault(board, "heal")


async def fault(sim: Simulated, board: str, name: str, value: str = "") -> None:
    await asyncio.to_thread(sim.fault, board, name, value)


async def stored(running: Fleet, run_id: str) -> dict[str, str]:
    return {r["board"]: r["outcome"] for r in await running.store.replies(run_id)}


async def test_cut_cable(sim: Simulated) -> None:
    async with fleet(sim, *BOARDS) as running:
        await fault(sim, "pi5", "flood", "3000")
        run = await running.fire(*BOARDS)
        victim = run.replies[-1]
        await running.until_streaming(victim, pieces=20)
        await fault(sim, "pi5", "cut")
        await running.until_link("pi5", "down")
        assert running.state("pi5").reason
        assert running.state("pi5").retry_at
        await running.until(lambda: all(cell.done for cell in run.replies[:-1]), 30, "the others are not stopped")
        await fault(sim, "pi5", "heal")
        assert await running.until_link("pi5", "up", within=5.0) < 5.0
        replies = await running.until_done(run)
        assert (replies["pi5"].outcome, replies["pi5"].killed_by) == ("lost-link", "link")
        assert replies["pi5"].text.startswith("w0 w1 w2")
        assert {replies[b].outcome for b in BOARDS[:2]} <= {"ok", "aborted-by-runtime", "degenerate"}
        assert (await stored(running, run.id))["pi5"] == "lost-link"


async def test_hanging_board(sim: Simulated) -> None:
    async with fleet(sim, *BOARDS) as running:
        await fault(sim, "pi5", "hang")
        await running.until_link("pi5", "late", within=6)
        assert "no good frame" in running.state("pi5").reason
        assert {running.state(b).link for b in BOARDS[:2]} == {"up"}
        await running.until_link("pi5", "down", within=40)
        await fault(sim, "pi5", "heal")
        assert await running.until_link("pi5", "up", within=5.0) < 5.0


async def test_killed_ollama(sim: Simulated) -> None:
    async with fleet(sim, *BOARDS) as running:
        await fault(sim, "pi5", "flood", "3000")
        run = await running.fire(*BOARDS)
        await running.until_streaming(run.replies[-1], pieces=20)
        await fault(sim, "pi5", "kill-ollama")
        replies = await running.until_done(run)
        assert replies["pi5"].outcome in ("aborted-by-runtime", "oom")
        assert replies["pi5"].text.startswith("w0 w1")
        assert running.state("pi5").link == "up"


async def test_garbage_in_a_frame(sim: Simulated) -> None:
    async with fleet(sim, *BOARDS) as running:
        torn = running.state("pi5").torn_frames
        run = await running.fire(*BOARDS)
        await fault(sim, "pi5", "garbage")
        await running.until(
            lambda: running.state("pi5").torn_frames > torn or bool(running.state("pi5").noise), 20, "torn"
        )
        replies = await running.until_done(run)
        assert replies["pi5"].outcome == "ok"
        await running.until_link("pi5", "up")


async def test_hostile_answer(sim: Simulated) -> None:
    async with fleet(sim, *BOARDS) as running:
        await fault(sim, "orin-nano", "hostile")
        run = await running.fire(*BOARDS, model="qwen2.5vl:3b")
        replies = await running.until_done(run)
        text = replies["orin-nano"].text
        assert "[red]" in text
        assert "\x1b" in text, "stored as it came"
        assert "\x1b" not in clean(text)
        assert replies["pi5"].outcome == "ok"


async def test_five_hundred_tokens_a_second(sim: Simulated) -> None:
    async with fleet(sim, *BOARDS) as running:
        await fault(sim, "rtx3060", "flood", "1500")
        run = await running.fire("rtx3060", model="qwen2.5vl:3b")
        reply = (await running.until_done(run))["rtx3060"]
        assert reply.outcome in ("ok", "truncated")
        assert reply.text.split()[:3] == ["w0", "w1", "w2"]


async def test_cancel_one(sim: Simulated) -> None:
    async with fleet(sim, *BOARDS) as running:
        await fault(sim, "pi5", "flood", "4000")
        run = await running.fire(*BOARDS)
        victim = run.replies[-1]
        await running.until_streaming(victim)
        running.cluster.cancel([victim], "cancelled by the user")
        replies = await running.until_done(run)
        assert replies["pi5"].outcome == "cancelled"
        assert replies["pi5"].text
        assert {replies[b].outcome for b in BOARDS[:2]}.isdisjoint({"cancelled"})


async def test_closing_stores_what_had_come(sim: Simulated) -> None:
    async with fleet(sim, "pi5") as running:
        await fault(sim, "pi5", "flood", "4000")
        run = await running.fire("pi5")
        await running.until_streaming(run.replies[0], pieces=5)
    async with fleet(sim, "pi5") as again:
        (reply,) = await again.store.replies(run.id)
    assert reply["outcome"] == "cancelled"
    assert reply["reason"] == "edgetui was closed"
    assert reply["text"].startswith("w0 w1")


async def test_timeout(sim: Simulated) -> None:
    async with fleet(sim, "pi5") as running:
        run = await running.fire("pi5", task="describe-pinout", timeout_s=0.5)
        reply = (await running.until_done(run))["pi5"]
        assert reply.outcome == "timeout"
        assert "0.5 s" in reply.reason


async def test_new_host_key_is_refused(tmp_path: Path) -> None:
    with simulated(tmp_path, speed=20, boards=2) as sim:
        async with fleet(sim) as running:
            await fault(sim, "orin-nano", "newkey")
            await running.until_link("orin-nano", "refused")
            state = running.state("orin-nano")
            assert "changed" in state.reason.lower()
            assert not state.fingerprint, "a changed key is not acceptable by a key press"
            assert state.retry_at is None
            assert running.state("rtx3060").link == "up"


async def test_frames_that_never_fit_are_no_live_reading(sim: Simulated) -> None:
    async with fleet(sim, "pi5") as running:
        pulse = running.cluster.keepers["pi5"]._pulse
        assert pulse is not None
        feed = pulse.reader.feed
        pulse.reader.feed = lambda data: feed(data.replace(b"\nMem", b"\nlost\nMem"))  # type: ignore[method-assign]
        await running.until_link("pi5", "late", within=8)
        assert "torn" in running.state("pi5").reason
