"""What a cluster of simulated boards leaves in the Store while it runs, whatever becomes of links and disk."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgetui.cluster.reel import Reel
from edgetui.model import known
from edgetui.model.sample import rfc3339
from tests.cluster.fleet import fleet
from tests.simulated import Simulated, simulated

BOARDS = ("rtx3060", "pi5")


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    with simulated(tmp_path_factory.mktemp("sim"), speed=20, boards=3) as running:
        yield running


async def test_every_second_of_every_board_is_in_the_store(sim: Simulated) -> None:
    began = time.time()
    async with fleet(sim, *BOARDS) as running:
        store = running.store
        await running.until(lambda: all(len(running.state(b).history) > 5 for b in BOARDS), 20, "samples")
        seen = {board: list(running.state(board).history) for board in BOARDS}
        async with asyncio.timeout(10):
            while (await store.kept())[1].until_s <= max(s[-1].time for s in seen.values()):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        for board in BOARDS:
            told = await store.history(board, began, time.time(), 100)
            assert [p.span_s for p in told] == [1] * len(told)
            stored = {int(p.sample.time): p for p in told}
            for sample in seen[board]:
                point = stored[int(sample.time)]
                if point.samples == 1:
                    assert rfc3339(point.sample.time) == rfc3339(sample.time)
                    assert point.sample.temperature_c == sample.temperature_c
                    assert point.sample.throttle == sample.throttle
                    assert point.sample.power_w == sample.power_w
        kinds = {(e.board, e.kind) for e in await store.events(began, time.time())}
        assert kinds >= {(board, kind) for board in BOARDS for kind in ("link", "identity")}
        assert {b.name for b in await store.boards()} >= set(BOARDS)


async def test_a_lost_board_is_told_with_its_reason_and_what_came_before_and_after(sim: Simulated) -> None:
    async with fleet(sim, *BOARDS) as running:
        await running.until_link("pi5", "up")
        began = time.time()
        await asyncio.to_thread(sim.fault, "pi5", "cut")
        await running.until_link("pi5", "down")
        reason = running.state("pi5").reason
        await asyncio.to_thread(sim.fault, "pi5", "heal")
        await running.until_link("pi5", "up")
        mended = running.state("pi5").since
        await running.until(lambda: time.time() > mended + 2.2, 5, "it is written")
        events = [e for e in await running.store.events(began, time.time(), ["pi5"]) if e.kind == "link"]
        links = [e.detail["link"] for e in events]
        assert "down" in links[:-1]
        assert links[-1] == "up"
        assert "connecting" not in links
        assert reason in {e.detail["reason"] for e in events}
        reel = await Reel.open(running.store, began)
        await reel.show(mended + 1.0, 0.0)
        assert reel.states["pi5"].link == "up"
        identity = reel.states["pi5"].identity
        assert identity == running.state("pi5").identity
        lost = next(e.time for e in events if e.detail["link"] == "down")
        told = await running.store.history("pi5", began, time.time(), 1000)
        assert not [p for p in told if lost + 1 < p.sample.time < mended - 1], "a gap stays a gap"


async def test_when_it_is_closed_nothing_is_known_from_then_on(sim: Simulated) -> None:
    async with fleet(sim, "rtx3060") as running:
        await running.until_link("rtx3060", "up")
    closed = time.time()
    async with fleet(sim, "pi5") as again:
        (event,) = [
            e for e in (await again.store.states_at(closed)).values() if (e.board, e.kind) == ("rtx3060", "link")
        ]
        assert (event.detail["link"], event.detail["reason"]) == ("off", "edgetui was closed")


async def test_a_disk_that_does_not_write_for_a_while_costs_nothing(sim: Simulated) -> None:
    async with fleet(sim, *BOARDS) as running:
        history, db = running.cluster.history, running.store._db
        await db.execute("PRAGMA query_only = ON")
        began = time.time()
        await running.until(lambda: bool(history.error), 5, "the error is told")
        assert "read-only" in history.error
        await running.until(lambda: time.time() > began + 3, 5, "some seconds are owed")
        await db.execute("PRAGMA query_only = OFF")
        await running.until(lambda: not history.error, 5, "it writes again")
        for board in BOARDS:
            told = await running.store.history(board, began, began + 3, 100)
            assert len(told) >= 3


async def test_pieces_of_an_answer_are_kept_with_their_times(sim: Simulated) -> None:
    async with fleet(sim, "pi5") as running:
        await asyncio.to_thread(sim.fault, "pi5", "flood", "100")
        run = await running.fire("pi5")
        reply = (await running.until_done(run))["pi5"]
        await asyncio.to_thread(sim.fault, "pi5", "heal")
        (stored,) = await running.store.stored_replies(run.id)
    assert sum(n for _, n in reply.arrivals if n > 0) == len(reply.text) > 0
    times = [at for at, _ in reply.arrivals]
    assert times == sorted(times)
    assert 0 < times[0] <= times[-1] <= reply.finished_at - reply.started_at
    assert stored.reply.arrivals == reply.arrivals
    assert stored.reply.metrics == reply.metrics
    peaks = [s.temperature_c for s in reply.samples if known(s.temperature_c)]
    assert stored.peak_c is not None
    assert stored.peak_c <= max(peaks)


def test_a_store_that_cannot_be_opened_stops_nothing(tmp_path: Path) -> None:
    with simulated(tmp_path / "sim", speed=20, boards=1) as sim:
        done = sim.edgetui("watch", "--once", "--json")
        assert done.returncode == 0, done.stderr
        assert not (tmp_path / "sim" / "edgetui.db").exists(), "watching alone keeps nothing"
