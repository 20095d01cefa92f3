from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edgetui.config import Interface
from edgetui.errors import ConfigError
from edgetui.model import State
from edgetui.ui.app import EdgeApp
from edgetui.ui.screens.help import Help
from tests.ui import fake
from tests.ui.stage import staged


async def test_help_lists_the_keys_of_what_has_the_focus(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        on_the_wall = await stage.press("question_mark")
        assert "Mark the board under the cursor" in on_the_wall
        assert "Fire the same order" not in on_the_wall
        await stage.press("escape")
        stage.fire()
        in_the_run = await stage.press("2", "f1")
        assert "Fire the same order" in in_the_run
        assert "Mark the board under the cursor" not in in_the_run
        await stage.press("escape")
        assert not isinstance(stage.app.screen, Help)


async def test_the_palette_holds_what_the_keys_do_and_the_themes(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        titles = {command.title for command in stage.app.get_system_commands(stage.app.screen)}
        assert {"Mark  (space)", "Filter  (/)", "Run  (r)", "Run view  (2)", "Theme edge-paper"} <= titles
        assert not any(title.startswith("Accept key") for title in titles)
        await stage.press("ctrl+p", *"Sort", "down", "enter")
        assert "by name" in await stage.settle()


async def test_themes_change_at_a_key(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        seen = []
        for _ in range(3):
            await stage.press("T")
            seen.append(stage.app.theme)
        assert sorted(seen) == ["edge-contrast", "edge-night", "edge-paper"]


async def test_no_color_leaves_greys_and_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with staged(tmp_path) as stage:
        assert "down" in stage.text()
        strips = stage.app.screen._compositor.render_strips(stage.app.size)
        styles = [segment.style for strip in strips for segment in strip if segment.style]
        colours = {c.triplet for style in styles for c in (style.color, style.bgcolor) if c and c.triplet}
        assert len(colours) > 3
        assert all(c.red == c.green == c.blue for c in colours)


async def test_too_small_a_terminal_gets_a_sentence(tmp_path: Path) -> None:
    async with staged(tmp_path, size=(60, 15)) as stage:
        assert "edgetui needs 72×20" in stage.text()
        await stage.pilot.resize_terminal(40, 15)
        sentence = " ".join((await stage.settle()).split())
        assert "this terminal has 40×15. Make it larger." in sentence
        await stage.pilot.resize_terminal(120, 40)
        assert "rtx3060" in await stage.settle()


async def test_q_quits_at_once_where_nothing_runs(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.press("q")
        assert stage.app.return_value == 0


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_quitting_in_mid_run_asks_first(tmp_path: Path, key: str) -> None:
    async with staged(tmp_path) as stage:
        stage.fire()
        assert "8 answers are unfinished" in await stage.press(key)
        await stage.press("escape")
        assert stage.app.is_running
        await stage.press(key, "y")
        assert stage.app.return_value == 0


async def test_the_log_tells_what_changed_newest_first(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        state = stage.background.states["pi5"]
        stage.background.states["pi5"] = replace(state, link="down", reason="cable [bold]cut[/]\x1b[2J")
        stage.background.store_error = "the disk is full: make room"
        _, cells = stage.fire()
        fake.finish(cells["pi2"], "unsupported", reason="no Ollama for armv7l")
        screen = await stage.press("8")
        assert "down: cable [bold]cut[/][2J" in screen
        assert "unsupported: count-potholes with qwen2.5vl:3b – no Ollama for armv7l" in screen
        assert "the disk is full" in screen
        assert "nothing is stored" in screen
        assert screen.index("disk is full") < screen.index("unsupported") < screen.index("cable")


async def test_own_keys_by_id(tmp_path: Path) -> None:
    async with staged(tmp_path, ui=Interface(keys={"wall.mark": "m", "app.launch": "f5"})) as stage:
        screen = await stage.press("m")
        assert "✓ 1 marked" in screen
        assert " m Mark" in screen
        assert "✓ 2 marked" not in await stage.press("space")


async def test_clashing_keys_are_reported(tmp_path: Path) -> None:
    async with staged(tmp_path, ui=Interface(keys={"wall.mark": "s"})) as stage:
        screen = await stage.press("s", "8")
        assert "wall.mark and wall.sort share the key s" in screen


@pytest.mark.parametrize(
    ("ui", "words"),
    [
        (Interface(theme="edge-nigt"), "edge-night"),
        (Interface(keys={"wall.marc": "m"}), "wall.mark"),
    ],
)
def test_unknown_names_in_the_ui_section_are_told_with_the_nearest(ui: Interface, words: str) -> None:
    config = fake.config(ui=ui)
    with pytest.raises(ConfigError) as error:
        EdgeApp(config, fake.FakeBackground(config), list)  # type: ignore[arg-type]
    assert words in error.value.remedy


async def test_a_bug_in_the_background_ends_the_app_with_it(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.background.failure = ZeroDivisionError("a bug")
        with pytest.raises(ZeroDivisionError):
            stage.app.tick()


async def test_nothing_a_board_says_is_markup(tmp_path: Path) -> None:
    evil = "x[/red][@click=app.quit]y"
    state = State(board="pi5", link="down", reason=evil, remedy=evil, noise=(evil,), since=fake.NOW - 5)
    async with staged(tmp_path, states={"pi5": state}) as stage:
        assert evil in stage.text()
        assert evil in await stage.press("d")
        stage.app.tell(evil)
        await stage.settle()


async def test_help_in_a_narrow_terminal_cuts_no_word(tmp_path: Path) -> None:
    async with staged(tmp_path, size=(80, 24)) as stage:
        await stage.press("t")
        screen = await stage.press("question_mark")
        rows = [" ".join(row.replace("│", " ").split()) for row in screen.splitlines()]
        at = next(n for n, row in enumerate(rows) if "Newest readings again" in row)
        assert "or back to" in rows[at]
        assert "the wall" in rows[at + 1]
