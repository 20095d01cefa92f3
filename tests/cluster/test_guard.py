"""A board that is too hot gets no new work, one that is far too hot loses its work, and neither in silence."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgetui.cluster.guard import Guard, Limits, limits
from edgetui.config import GuardSection, load
from edgetui.errors import ConfigError
from edgetui.model import Identity, Reading, Sample, na
from tests.cluster.fleet import Fleet, fleet
from tests.simulated import Simulated, simulated

PI = Identity(family="raspberry-pi", model="Raspberry Pi 5", critical_c=110.0)
ORIN = Identity(family="jetson", model="Orin Nano", critical_c=104.5)
UNKNOWN = na("the board names no passive trip point")


@pytest.mark.parametrize(
    ("section", "identity", "limit_c", "expected"),
    [
        (GuardSection(), PI, 80.0, Limits(85.0, 95.0, 80.0)),
        (GuardSection(), ORIN, 95.0, Limits(95.0, 99.5, 90.0)),
        (GuardSection(), None, 70.0, Limits(70.0, 80.0, 65.0)),
        (GuardSection(), None, UNKNOWN, None),
        (GuardSection(enabled=False), PI, 80.0, None),
        (GuardSection(hold_c=60), None, UNKNOWN, Limits(60.0, 70.0, 55.0)),
        (GuardSection(hold_c=60, cancel_c=62, release_below_k=1), PI, 80.0, Limits(60.0, 62.0, 59.0)),
        (GuardSection(), Identity(family="linux", model="x", critical_c=98.0), 95.0, Limits(93.0, 93.0, 88.0)),
    ],
)
def test_limits_are_the_boards_own(
    section: GuardSection, identity: Identity | None, limit_c: Reading, expected: Limits | None
) -> None:
    assert limits(section, identity, limit_c) == expected


def test_it_holds_and_releases_with_hysteresis() -> None:
    guard, told = Guard("pi5", GuardSection()), []
    steps: list[tuple[Reading, bool, bool]] = [
        (84.9, False, False),
        (85.0, True, False),
        (82.0, True, False),
        (na("permission denied"), True, False),
        (95.0, True, True),
        (94.0, True, False),
        (80.0, True, False),
        (79.9, False, False),
        (84.0, False, False),
    ]
    for second, (celsius, held, stopped) in enumerate(steps):
        event = guard.judge(Sample(time=float(second), temperature_c=celsius, limit_c=80.0), PI)
        told += [(second, event.detail["action"])] if event else []
        assert (bool(guard.hold), bool(guard.stop)) == (held, stopped), celsius
    assert told == [(1, "hold"), (7, "release")]


def test_limits_in_the_wrong_order_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[guard]\nhold_c = 80.0\ncancel_c = 70.0\n")
    with pytest.raises(ConfigError, match="below hold_c"):
        load(file, {})


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    with simulated(tmp_path_factory.mktemp("sim"), speed=20, boards=3) as running:
        yield running


async def fault(sim: Simulated, name: str, value: str = "") -> None:
    await asyncio.to_thread(sim.fault, "pi5", name, value)


async def until_cool(running: Fleet) -> None:
    guard = running.cluster.workers["pi5"].guard
    await running.until(lambda: not guard.hold, 20, "pi5 released")


async def test_held_then_cancelled_then_released(sim: Simulated) -> None:
    began = time.time()
    async with fleet(sim, "orin-nano", "pi5") as running:
        guard = running.cluster.workers["pi5"].guard
        await fault(sim, "hot", "35")
        await running.until(lambda: bool(guard.hold), 20, "pi5 holds")
        await fault(sim, "flood", "8000")
        run = await running.fire("orin-nano", "pi5")
        other, hot = run.replies
        await running.until(lambda: bool(hot.held), 20, "the cell is held")
        assert hot.phase == "gate"
        assert "°C" in hot.held
        await running.until(lambda: other.done, 60, "the other board finishes")
        assert not hot.done
        assert not hot.pieces

        await fault(sim, "heal")
        await running.until_streaming(hot, pieces=5)
        assert not hot.held
        await fault(sim, "hot", "60")
        replies = await running.until_done(run)
        assert replies["orin-nano"].outcome == "ok"
        reply = replies["pi5"]
        assert reply.outcome == "guarded"
        assert "°C" in reply.reason
        assert reply.text.startswith("w0 w1")
        assert reply.phases.gate_s > 0.5  # type: ignore[operator]
        assert replies["orin-nano"].phases.gate_s < 0.5  # type: ignore[operator]

        await fault(sim, "heal")
        await until_cool(running)
        again = await running.until_done(await running.fire("pi5"))
        assert again["pi5"].outcome == "ok"

        told = [e.detail["action"] for e in running.cluster.events if e.kind == "guard"]
        assert told == ["hold", "release", "hold", "cancel", "release"]
        await running.cluster.history.write(time.time() + 1)
        stored = await running.store.events(began, time.time(), ["pi5"])
        assert [e.detail["action"] for e in stored if e.kind == "guard"] == told
        (row,) = [r for r in await running.store.replies(run.id) if r["board"] == "pi5"]
        assert row["outcome"] == "guarded"


async def test_a_cell_held_in_vain_ends_guarded_and_one_given_up_cancelled(sim: Simulated) -> None:
    async with fleet(sim, "pi5") as running:
        guard = running.cluster.workers["pi5"].guard
        await fault(sim, "hot", "35")
        await running.until(lambda: bool(guard.hold), 20, "pi5 holds")
        reply = (await running.until_done(await running.fire("pi5", timeout_s=0.5)))["pi5"]
        assert (reply.outcome, reply.text) == ("guarded", "")
        assert "°C" in reply.reason
        assert reply.phases.gate_s >= 0.5  # type: ignore[operator]
        assert reply.phases.total_s == pytest.approx(reply.finished_at - reply.fired_at, abs=0.05)

        run = await running.fire("pi5")
        await running.until(lambda: bool(run.replies[0].held), 20, "held")
        running.cluster.cancel(run.replies, "cancelled by the user")
        assert (await running.until_done(run, within=5))["pi5"].outcome == "cancelled"
        await fault(sim, "heal")
        await until_cool(running)
