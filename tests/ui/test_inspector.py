from __future__ import annotations

import math
import re
import time
from collections import deque
from dataclasses import replace
from pathlib import Path

import pytest

from edgetui.model import Event, State, Throttle, na
from edgetui.ui.drawing.ink import plain, width
from edgetui.ui.drawing.timeline import Window, area, axis, bins, ending, joined, points
from edgetui.ui.screens.inspector import InspectorView
from edgetui.ui.screens.launcher import Launcher
from edgetui.ui.widgets.timelines import Timelines
from tests.ui import fake
from tests.ui.stage import Stage, staged

HOT = (Throttle("T", "now", "bit 2"),)


class Tape:
    """A recording's controls."""

    def __init__(self) -> None:
        self.playing, self.pace = True, 1.0
        self.steps: list[float] = []
        self.over = False

    def play(self) -> None:
        self.playing = True

    def pause(self) -> None:
        self.playing = False

    def speed(self, pace: float) -> None:
        self.pace = pace

    def step(self, seconds: float = 1.0) -> None:
        self.steps.append(seconds)

    def next_event(self) -> None:
        self.steps.append(math.inf)

    def previous_event(self) -> None:
        self.steps.append(-math.inf)

    generation = 0


def hot() -> State:
    """A Pi 5: cool until 40 s ago, throttled until 20 s ago, nothing heard from 60 s to 50 s ago."""
    state = fake.up("pi5")
    told = [
        replace(s, temperature_c=83.0, throttle=HOT) if 79 <= n < 99 else s
        for n, s in enumerate(state.history)
        if not 59 <= n < 69
    ]
    return replace(state, history=deque(told, maxlen=120))


def plots(stage: Stage) -> Timelines:
    return stage.app.query_one(Timelines)


def work(stage: Stage) -> None:
    """An answer from 45 s to 10 s ago."""
    _, cells = stage.fire(["pi5"])
    fake.finish(cells["pi5"], text="3")
    reply = cells["pi5"].reply
    assert reply is not None
    cells["pi5"].reply = replace(reply, started_at=fake.NOW - 45, finished_at=fake.NOW - 10)


async def test_one_board_at_the_smallest_size_tells_what_when_why_and_whom_it_hurt(tmp_path: Path) -> None:
    async with staged(tmp_path, size=(80, 24), states={"pi5": hot()}) as stage:
        work(stage)
        screen = await stage.press("t", "plus")
        for words in ("● pi5", "cpu 12%", "fan 3120 rpm", "temp  52°", "limit 80°", "80╌", "clock 1.50/2.40 GHz"):
            assert words in screen
        for words in ("✓ ▲T count-potholes", "mem   2.4/7.9 GiB", "swap  0.0/2.0 GiB", "power 6.4 W"):
            assert words in screen
        for words in ("U under-voltage", "F frequency capped", "T thermal", "S soft", "P power"):
            assert words in screen
        assert "throttled from 83°C on for 20 s during count-potholes · qwen2.5vl:3b:" in screen
        assert "its fan a larger heatsink" in screen
        lane = next(line for line in screen.splitlines() if line.startswith("T thermal"))
        assert re.search(r"T{18,22} {8,}┊ {8,}$", lane)
        assert len(re.findall(r"╵\d\d:\d\d:\d\d", screen)) >= 3


async def test_the_cursor_reads_its_moment_and_a_gap_has_no_values(tmp_path: Path) -> None:
    async with staged(tmp_path, size=(80, 24), states={"pi5": hot()}) as stage:
        await stage.press("t")
        plots(stage).go(fake.NOW - 30)
        screen = await stage.settle()
        assert "temp  83°" in screen
        plots(stage).go(fake.NOW - 54)
        screen = await stage.settle()
        assert "no reading at this moment" in screen
        assert "temp  –" in screen
        assert "0.0/2.0" not in screen
        assert "temp  52°" in await stage.press("escape")
        assert stage.app.view == "throttle"
        await stage.press("escape")
        assert stage.app.view == "wall"


async def test_n_jumps_from_event_to_event_and_says_which(tmp_path: Path) -> None:
    async with staged(tmp_path, states={"pi5": hot()}) as stage:
        work(stage)
        await stage.press("t")
        seen = []
        for _ in range(7):
            screen = await stage.press("N")
            seen.append(round(fake.NOW - (plots(stage).at or 0)))
        assert seen == [10, 20, 40, 45, 50, 60, 60]
        assert "nothing before this" in screen
        assert "readings come again" in await stage.press("n")
        assert plots(stage).at == fake.NOW - 50


async def test_zoom_and_pan_stop_at_their_ends(tmp_path: Path) -> None:
    async with staged(tmp_path, states={"pi5": hot()}) as stage:
        assert "5 min" in await stage.press("t")
        assert "60 min" in await stage.press("minus", "minus", "minus", "minus")
        assert "60 s" in await stage.press("plus", "plus", "plus", "plus")
        since = plots(stage).window.since
        await stage.press("shift+left", "shift+left", "shift+left")
        assert plots(stage).window.since < since - 10
        at = plots(stage).at
        assert at is not None
        await stage.press("left")
        assert 0 < at - (plots(stage).at or 0) < 1
        await stage.press("end")
        assert plots(stage).at is None


async def test_marked_boards_stand_above_each_other(tmp_path: Path) -> None:
    async with staged(tmp_path, size=(200, 60)) as stage:
        screen = await stage.press("space", "right", "space", "t")
        titles = [line[:14] for line in screen.splitlines() if "cpu " in line and "fan" in line]
        assert titles == ["● rtx3060 GeFo", "● pi5 Raspberr"]
        assert "n/a (no counter" not in screen


async def test_older_readings_come_from_the_store(tmp_path: Path) -> None:
    async with staged(tmp_path, states={"pi5": hot()}) as stage:
        old = [fake.sample("pi5", fake.NOW - 280 + n, 44.0, throttle=HOT) for n in range(100)]
        stage.background.stored["pi5"] = points(old)
        await stage.press("t")
        plots(stage).go(fake.NOW - 200)
        screen = await stage.settle()
        assert "temp  44°" in screen
        asked = stage.called("past")
        await stage.settle()
        assert stage.called("past") == asked


async def test_a_replay_has_transport_keys_and_the_present_has_none(tmp_path: Path) -> None:
    async with staged(tmp_path, states={"pi5": hot()}) as stage:
        screen = await stage.press("t")
        assert "Play/pause" not in screen
        assert "▶" not in screen
        tape = Tape()
        stage.app.transport = stage.app.query_one(InspectorView).transport = tape
        assert "recording ▶ ×1" in await stage.press("greater_than_sign", "less_than_sign")
        assert "▶ ×5" in await stage.press("greater_than_sign", "greater_than_sign")
        assert " paused " in await stage.press("space")
        await stage.press("comma", "full_stop", "full_stop")
        assert tape.steps == [-1.0, 1.0, 1.0]
        assert "▶ ×5" in await stage.press("space")
        await stage.press("n", "1", "N")
        assert tape.steps[3:] == [math.inf, -math.inf]
        assert "recording paused" in await stage.press("P")
        tape.over = True
        assert "end of the recording" in await stage.settle()
        await stage.press("r")
        assert not isinstance(stage.app.screen, Launcher)  # nothing is fired in the past


async def test_from_a_run_it_shows_exactly_that_run_and_from_an_answer_that_answer(tmp_path: Path) -> None:
    async with staged(tmp_path, size=(200, 60), states={"pi5": hot(), "pi2": fake.up("pi2")}) as stage:
        _, cells = stage.fire(["pi5", "pi2"])
        for board, began, ended in (("pi5", 45, 10), ("pi2", 44, 30)):
            fake.finish(cells[board], text="3")
            reply = cells[board].reply
            assert reply is not None
            cells[board].reply = replace(reply, started_at=fake.NOW - began, finished_at=fake.NOW - ended)
        await stage.press("2", "t")
        window = plots(stage).window
        assert list(plots(stage).boards) == ["pi5", "pi2"]
        assert (window.since, window.until) == (fake.NOW - 48, fake.NOW - 7)
        assert "throttled from 83°C on for 20 s during count-potholes" in stage.text()
        await stage.press("left")
        assert plots(stage).window == window
        assert plots(stage).at != fake.NOW - 10
        await stage.press("escape", "escape")
        assert stage.app.view == "run"
        await stage.press("enter", "t")
        assert list(plots(stage).boards) == ["pi5"]
        assert plots(stage).window.until == fake.NOW - 7
        assert "5 min" in await stage.press("minus", "minus")
        await stage.press("1", "t")
        assert list(plots(stage).boards) == ["pi5"]


async def test_a_run_that_goes_on_stays_in_sight_as_a_whole(tmp_path: Path) -> None:
    async with staged(tmp_path, states={"pi5": hot()}) as stage:
        _, cells = stage.fire(["pi5"])
        fake.begin(cells["pi5"], time.monotonic() - 100, words="three")
        screen = await stage.press("2", "t")
        window = plots(stage).window
        assert window.since == pytest.approx(fake.NOW - 105, abs=1)
        assert window.until == pytest.approx(fake.NOW + 5, abs=1)
        assert "▶ ▲T count-potholes" in screen


async def test_links_guard_and_alerts_are_events_to_jump_to(tmp_path: Path) -> None:
    state = fake.up("pi2")
    async with staged(tmp_path, states={"pi2": state}) as stage:
        stage.background.told = [
            Event(time=fake.NOW - 90, board="pi2", kind="link", text="down: no\x1b[2Janswer"),
            Event(time=fake.NOW - 80, board="pi2", kind="identity", text="Raspberry Pi 2"),
            Event(time=fake.NOW - 60, board="pi2", kind="link", text="up"),
            Event(time=fake.NOW - 50, board="pi5", kind="alert", text="another board's"),
            Event(time=fake.NOW - 30, board="pi2", kind="guard", text="heat guard: holds new work at 86 °C"),
        ]
        await stage.press("t")
        assert "heat guard: holds new work" in await stage.press("N")
        assert "link up" in await stage.press("N")
        assert "link down: no" in await stage.press("N")
        assert plots(stage).at == fake.NOW - 90
        assert "nothing before" in await stage.press("N")


def test_gaps_and_what_is_not_known_leave_nothing() -> None:
    samples = [fake.sample("pi5", fake.NOW + n, na("no sensor") if n == 2 else 60.0) for n in range(4)]  # type: ignore[arg-type]
    window = Window(fake.NOW, 20.0, 20)
    found = bins(points(samples), window)
    assert [len(b) for b in found[:8]] == [1, 1, 1, 1, 1, 1, 0, 0]  # the last one holds for 2.5 s
    heights = [0.5 if b and b[-1].sample.temperature_c == 60.0 else None for b in found]
    rows = [plain(joined(row, None)) for row in area(heights, ["area"] * 20, 2)]
    assert rows == [" " * 20, "██ ███" + " " * 14]


def test_the_axis_has_round_local_times_that_stand_where_they_belong() -> None:
    window = ending(fake.NOW, 300.0, 60)
    line = plain(joined(axis(window), None))
    for match in re.finditer(r"╵(\d\d):(\d\d):(\d\d)", line):
        assert match[3] == "00"
        assert window.time(match.start()) % 60 == pytest.approx(0, abs=5)
    assert width([(line, "text")]) == 60
    assert line.count("╵") >= 3
