"""A campaign that is paused, loses a board, is thinned out by a person, or is cut off."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from edgetui.cluster.campaign import (
    Durations,
    Estimate,
    estimates,
    forecast,
    missing,
    remaining,
    turns,
    unable,
)
from edgetui.cluster.plan import BY_USER, CLOSED
from edgetui.cluster.resuming import unfinished
from edgetui.config import Board
from edgetui.model import Protocol, Reading, known, na
from edgetui.store import StoredCell
from edgetui.tasks import find, load_tasks
from tests.cluster.fleet import fleet
from tests.simulated import Simulated, simulated
from tests.ui import fake

PORTS = {"rtx3060": 11434, "pi5": 11434}


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    with simulated(tmp_path_factory.mktemp("sim"), speed=100, boards=3) as running:
        yield running


async def test_paused_it_finishes_what_runs_and_starts_nothing(sim: Simulated) -> None:
    async with fleet(sim, "rtx3060") as running:
        run = await running.fire("rtx3060", repeats=3)
        await running.until(lambda: run.replies[0].started is not None, 20, "the first begins")
        running.cluster.pause(run, True)
        await running.until(lambda: run.replies[0].done, 20, "the first is finished")
        other = await running.fire("rtx3060")
        await running.until_done(other)  # by then the board had time for the second one
        assert [cell.done for cell in run.replies] == [True, False, False]
        running.cluster.cancel(run.replies[2:], BY_USER)
        await running.until(lambda: run.replies[2].done, 20, "a waiting one can be cancelled")
        running.cluster.pause(run, False)
        await running.until_done(run)
        assert [cell.reply.outcome for cell in run.replies if cell.reply] == ["ok", "ok", "cancelled"]


async def test_an_answer_that_the_link_cost_is_asked_once_more(sim: Simulated) -> None:
    protocol = Protocol(mode="burst", patience_s=30.0)
    async with fleet(sim, "pi5") as running:
        await asyncio.to_thread(sim.fault, "pi5", "flood", "3000")
        run = await running.fire("pi5", protocol=protocol)
        (cell,) = run.replies
        await running.until_streaming(cell, pieces=20)
        sent = cell.salt
        await asyncio.to_thread(sim.fault, "pi5", "cut")
        await running.until_link("pi5", "down")
        await asyncio.to_thread(sim.fault, "pi5", "heal")
        reply = (await running.until_done(run))["pi5"]
        assert reply.outcome != "lost-link"
        assert "retried" in reply.marks
        assert reply.text == "".join(cell.pieces)
        assert cell.salt not in ("", sent)
        assert any("asked again" in event.text for event in running.cluster.events)


async def test_a_closed_program_leaves_a_campaign_to_go_on_with_and_a_person_does_not(sim: Simulated) -> None:
    async with fleet(sim, "rtx3060") as running:
        run = await running.fire("rtx3060", repeats=4)
        running.cluster.cancel(run.replies[3:], BY_USER)
        await running.until(lambda: run.replies[0].done, 20, "the first is finished")
    async with fleet(sim, "rtx3060") as running:
        found = await unfinished(running.store, PORTS)
        assert found is not None
        assert found.id == run.id
        left = [live for live in found.replies if not live.done]
        assert 0 < len(left) < 4
        assert all(live.request.repeat < 4 for live in left)
        await running.cluster.submit(found)
        await running.until_done(found)
        assert len(await running.store.replies(run.id)) == 4
        assert await unfinished(running.store, PORTS) is None


def cell(repeat: int, outcome: str, reason: str = "") -> StoredCell:
    return StoredCell("pi5", "count-potholes", "road", "m", repeat, outcome, reason, ())


def test_what_is_missing() -> None:
    run = fake.FakeBackground(fake.config(("pi5",))).fire(fake.order(("pi5",), models=("m",), repeats=5))
    stored = [cell(1, "ok"), cell(2, "cancelled", BY_USER), cell(3, "cancelled", CLOSED), cell(4, "timeout")]
    assert [live.request.repeat for live in missing(run, stored)] == [3, 5]
    assert [live.request.repeat for live in missing(run, stored, ["cancelled"])] == [2, 3, 5]
    assert [live.request.repeat for live in missing(run, stored, ["timeout"])] == [3, 4, 5]


def test_how_long_it_takes() -> None:
    run = fake.FakeBackground(fake.config(("pi5",))).fire(fake.order(("pi5",), models=("m", "n"), repeats=3))
    (first, *_) = (live for live in run.replies if live.request.model == "m")
    fake.finish(first, e2e=7.0)
    left = remaining(run, {("pi5", "count-potholes", "m"): {0.0: [100.0]}}, {})
    assert sorted(left, key=lambda row: row.model) == [
        Estimate("pi5", "count-potholes", "m", 2, 14.0),
        Estimate("pi5", "count-potholes", "n", 3, na("never measured there in this mode")),
    ]
    rows = [Estimate("a", "t", "m", 1, 10.0), Estimate("b", "t", "m", 1, 20.0), Estimate("c", "t", "m", 2, na("x"))]
    boards = (Board(name="a", tags=("stack:s",)), Board(name="b", tags=("stack:s",)), Board(name="c"))
    apart, together = (forecast(rows, turns(boards, Protocol(mode=mode))) for mode in ("quick", "burst"))
    assert (apart.seconds, apart.unknown) == (20.0, 2)
    assert together.seconds == 30.0


def test_an_answer_of_another_speed_does_not_tell_how_long_it_takes() -> None:
    order, key = fake.order(("pi5",), models=("m",), repeats=2), ("pi5", "count-potholes", "m")
    earlier = {key: {1.0: [100.0], 20.0: [5.0]}}

    def each_s(speeds: dict[str, float], earlier: Durations = earlier) -> Reading:
        run = fake.FakeBackground(fake.config(("pi5",))).fire(order)
        (row,), (left,) = estimates([order], earlier, speeds), remaining(run, earlier, speeds)
        assert row == left
        return row.eta_s

    assert [each_s({"pi5": speed}) for speed in (1.0, 20.0)] == [200.0, 10.0]
    assert not known(each_s({"pi5": 0.0}))
    assert each_s({}) == na("measured there at several speeds of its simulated world")
    assert each_s({}, {key: {20.0: [5.0]}}) == 10.0, "who has always had one speed has it still, as far as is known"


async def test_boards_say_themselves_that_they_run_no_script(sim: Simulated) -> None:
    script = find(load_tasks(), "speedometer").script
    assert script is not None
    async with fleet(sim, "rtx3060", "pi5") as running:
        told = await unable(running.cluster, script, ("rtx3060", "pi5"))
    assert told == [(board, "simulated boards run no scripts") for board in ("rtx3060", "pi5")]
