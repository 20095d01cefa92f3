from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input

from edgetui.model import na
from edgetui.ui.screens.wall import WallView
from tests.ui import fake
from tests.ui.stage import Stage, staged


def wall(stage: Stage) -> WallView:
    return stage.app.query_one(WallView)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_every_board_is_on_the_wall_with_its_state_in_words(tmp_path: Path, size: tuple[int, int]) -> None:
    async with staged(tmp_path, size=size) as stage:
        screen = stage.text()
        for name, state in stage.background.states.items():
            assert f" {name} {state.link} " in screen
        assert "simulated ×20" in screen
        assert "no answer from 192.168.1.27" in screen
        assert "next in 12 s" in screen
        assert "▲ FT" in screen
        assert ("start",) in stage.background.calls


async def test_a_full_card_tells_all_readings_and_why_one_is_missing(tmp_path: Path) -> None:
    async with staged(tmp_path, states={"pi5": fake.eight()["pi5"]}) as stage:
        screen = stage.text()
        for words in (
            "81°",
            "limit 80°",
            "100%",
            "1.80/2.40 GHz",
            "7.3/7.9 GiB",
            "6.4 W",
            "PMIC rails",
            "3120 rpm",
        ):
            assert words in screen
        assert "n/a  no counter on this board" in screen
        assert "frequency capped, thermal" in screen
        assert "since boot U" in screen


async def test_what_a_board_works_on_stands_on_its_card(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        _, cells = stage.fire()
        fake.begin(cells["pi5"], time.monotonic() - 9, "decode", "There are three")
        stage.background.working["pi5"] = cells["pi5"]
        stage.background.queued["pi5"] = 2
        screen = await stage.settle()
        assert "▶ decode" in screen
        assert "tok/s" in screen
        assert "+2 │" in screen
        assert "count-potholes · qwen2.5vl:3b" in screen


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_board_that_works_for_nobody_says_so_and_since_when(tmp_path: Path, size: tuple[int, int]) -> None:
    async with staged(tmp_path, size=size) as stage:
        busy = replace(stage.background.states["pi5"], still_busy=time.monotonic() - 42)
        stage.background.states = {**stage.background.states, "pi5": busy}
        assert "still busy 14 min" in await stage.settle()
        _, cells = stage.fire()
        fake.begin(cells["pi5"], time.monotonic() - 9, "gate", "")
        cells["pi5"].held = "still busy for 42 s with given-up work"
        stage.background.working["pi5"] = cells["pi5"]
        assert "still busy 14 min" in await stage.settle(), "the next order waits"


async def test_the_reference_board_stands_first_however_it_is_sorted(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        seen = set()
        for _ in range(5):
            await stage.press("s")
            boards = tuple(wall(stage).wall.boards)
            assert boards[0] == "rtx3060"
            seen.add(boards)
        assert len(seen) == 5


async def test_marking_moves_on_and_a_marks_all_or_none(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        screen = await stage.press("space", "space")
        assert wall(stage).wall.marked == {"rtx3060", "orin-nano"}
        assert "✓ 2 marked" in screen
        await stage.press("a")
        assert wall(stage).wall.marked == set(fake.EIGHT)
        await stage.press("a")
        assert wall(stage).wall.marked == set()


async def test_filtering_as_one_types_and_escape_shows_all(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        screen = await stage.press("slash", *"rasp")
        assert tuple(wall(stage).wall.boards) == ("pi5", "pi4-8g", "pi4-4g", "pi2")
        assert "4 of 8 shown" in screen
        await stage.press(*" throttled")
        assert tuple(wall(stage).wall.boards) == ("pi5",)
        await stage.press("enter", "escape")
        assert len(wall(stage).wall.boards) == 8
        assert not stage.app.query(Input)


async def test_the_cursor_moves_by_keys_and_by_the_mouse(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        assert wall(stage).wall.current == "rtx3060"
        await stage.press("l", "j")
        assert wall(stage).wall.current == "pi4-4g"
        await stage.press("left", "up", "end")
        assert wall(stage).wall.current == "pi2"
        await stage.pilot.click(wall(stage).wall, offset=(45, 2))
        assert wall(stage).wall.current == "orin-nano"


async def test_the_cursor_stays_on_its_board_when_the_order_changes(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.press("right", "right", "s", "s")
        assert wall(stage).wall.current == "pi5"


async def test_paused_the_picture_stands_still(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.press("p")
        stage.background.states["pi5"] = replace(stage.background.states["pi5"], link="down", reason="gone away")
        screen = await stage.settle()
        assert "paused" in screen
        assert "gone away" not in screen
        await stage.press("p")
        assert "gone away" in await stage.settle()


async def test_an_unknown_host_key_is_stored_only_after_its_fingerprint_was_shown_and_a_yes(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        assert "Accept key" not in stage.text()
        screen = await stage.press(*["right"] * 5)
        assert "Accept key" in screen
        screen = await stage.press("A")
        assert stage.background.states["nano-4g"].fingerprint in screen
        await stage.press("enter", "n")
        assert stage.called("accept") == []
        await stage.press("A", "y")
        assert stage.called("accept") == [("nano-4g",)]


async def test_a_changed_host_key_cannot_be_accepted(tmp_path: Path) -> None:
    states = fake.eight()
    states["nano-4g"] = replace(states["nano-4g"], fingerprint="", reason="HOST KEY HAS CHANGED")
    async with staged(tmp_path, states=states) as stage:
        await stage.press(*["right"] * 5)
        assert "Accept key" not in await stage.press("A", "y")
        assert stage.called("accept") == []


async def test_retry_is_offered_where_a_board_is_down(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        assert "Retry now" not in await stage.press("u")
        assert "Retry now" in await stage.press(*["right"] * 6)
        await stage.press("u")
        assert stage.called("retry") == [("nano-2g",)]


async def test_a_first_start_says_what_to_do(tmp_path: Path) -> None:
    async with staged(tmp_path, states={}) as stage:
        for words in ("No board is configured yet", "edgetui demo", "edgetui boards import", "edgetui boards add"):
            assert words in stage.text()
        assert "Mark" not in stage.text()


async def test_five_hundred_boards_are_one_widget(tmp_path: Path) -> None:
    states = {f"cam-{i:03d}": fake.up(f"cam-{i:03d}", 40 + i % 50) for i in range(500)}
    async with staged(tmp_path, states=states) as stage:
        screen = await stage.press("end")
        assert "cam-499" in screen
        assert len(wall(stage).query("*")) < 10


async def test_a_card_says_why_temperature_and_memory_are_missing(tmp_path: Path) -> None:
    states = fake.eight()
    unread, absent = na("the file cannot be read"), na("no such line")
    state = replace(states["pi5"], sample=fake.sample("pi5", temperature_c=unread, memory_available_bytes=absent))
    async with staged(tmp_path, states={"pi5": state}) as stage:
        lines = stage.text().splitlines()
    assert any("temp n/a  the file cannot be read" in line and "limit 80°" in line for line in lines)
    assert any("mem  n/a  no such line" in line for line in lines)


async def test_details_show_everything_with_its_reason_and_remedy(tmp_path: Path) -> None:
    async with staged(tmp_path, size=(120, 60)) as stage:
        screen = await stage.press("right", "right", "d")
        for words in (
            "Raspberry Pi 5 Model B Rev 1.0",
            "81.4 of 80 °C",
            "T thermal throttling now (vcgencmd bit 2)",
            "n/a (no counter on this board)",
            " 3 ▂ 17%",
            "gpu-thermal",
            "0.12.3",
            "sudo usermod -aG video $USER",
        ):
            assert words in screen
        assert "Raspberry Pi 4" in await stage.press("right")
        assert "1 Wall" in await stage.press("escape")
        assert wall(stage).display


async def test_the_last_run_is_fired_again_and_where_there_is_none_that_is_said(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.press("R")
        assert stage.app.journal.entries[-1].text == "Nothing was run in this session yet: r chooses what to run"
        assert stage.called("fire") == []
        run, _ = stage.fire(("pi5",))
        await stage.press("R")
        assert stage.called("fire")[1:] == [tuple(run.orders)]
