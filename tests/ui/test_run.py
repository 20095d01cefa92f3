from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from edgetui.cluster.live import LiveReply
from edgetui.ui.screens.run import RunView
from tests.ui import fake
from tests.ui.stage import Stage, staged

ANSWER = "There are 3 potholes."


def streaming(stage: Stage) -> dict[str, object]:
    """Two boards done, one out of memory, one streaming, the others queued."""
    _, cells = stage.fire()
    now = time.monotonic()
    fake.finish(cells["rtx3060"], text=ANSWER, e2e=1.5)
    fake.finish(cells["orin-nano"], text=ANSWER, e2e=4.5)
    fake.finish(cells["pi4-4g"], "oom", reason="model requires more system memory")
    fake.begin(cells["pi5"], now - 10, "decode", "I can see")
    cells["pi5"].throttled, cells["pi5"].peak_c = "FT", 84.0
    return dict(cells)


async def test_all_answers_stand_side_by_side_with_their_figures(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        streaming(stage)
        screen = await stage.press("2")
        for words in (
            "boards' own time, simulated ×20",
            "✓ rtx3060 ok",
            "30.0 s",
            ANSWER,
            "✕ pi4-4g oom",
            "model requires more system memory",
        ):
            assert words in screen
        for words in ("▶ pi5", "decode", "I can see", "▲ FT", "peak 84°", "… pi2", "waits for its turn"):
            assert words in screen
        assert "3.0× slower, same answer" in screen
        assert "1 rtx3060 30.0 s   2 orin-nano 90.0 s 3.0× slower =" in screen


async def test_under_a_cancelled_answer_stands_how_long_the_board_is_busy_with_it(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        cells = streaming(stage)
        fake.finish(cells["pi5"], "cancelled", reason="cancelled by the user")
        busy = replace(stage.background.states["pi5"], still_busy=time.monotonic() - 42)
        stage.background.states = {**stage.background.states, "pi5": busy}
        assert "still busy 14 min" in await stage.press("2")
        stage.background.states = {**stage.background.states, "pi5": replace(busy, still_busy=None)}
        assert "still busy" not in await stage.settle()


async def test_pieces_appear_as_they_come(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        cells = streaming(stage)
        await stage.press("2")
        cells["pi5"].pieces.append("a road with [red]holes[/] ")  # type: ignore[attr-defined]
        screen = await stage.settle()
        assert "a road with [red]holes[/]" in " ".join(screen.split())


async def test_hostile_answers_are_shown_as_plain_text(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        _, cells = stage.fire()
        evil = "a[/x][@click=app.quit]b\x1b[31mc\x9bd\u202ee\u200bf\ud800g ⚠️ \r\nnext"
        fake.begin(cells["pi5"], time.monotonic(), "decode")
        cells["pi5"].pieces.append(evil)
        fake.finish(cells["pi2"], "error", text=evil, reason=evil)
        screen = await stage.press("2")
        assert "a[/x][@click=app.quit]b[31mcdefg" in screen
        await stage.press("end", "z")
        screen = await stage.press("f")
        assert "a[/x][@click=app.quit]b" in screen
        for harmful in "\x1b\x9b\u202e\u200b\ud800":
            assert harmful not in screen


async def test_cancel_the_focused_board_and_all_only_after_a_yes(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        streaming(stage)
        await stage.press("2")
        assert "Cancel " not in stage.text().splitlines()[-1].replace("Cancel all", "")
        await stage.press("right", "right", "x")
        assert stage.called("cancel") == [("pi5",)]
        assert "! pi5 cancelled" in await stage.settle()
        screen = await stage.press("X")
        assert "4 answers of this run are unfinished" in screen
        await stage.press("n")
        assert len(stage.called("cancel")) == 1
        await stage.press("X", "y")
        assert stage.called("cancel")[-1] == (None,)


async def test_maximising_shows_phases_and_formats_what_is_finished(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        _, cells = stage.fire()
        fake.finish(cells["rtx3060"], text="# Count\n\n- **three** potholes\n", e2e=1.5)
        screen = await stage.press("2", "enter")
        assert "phases" in screen
        assert "load 78.0 s" in screen
        assert "• three potholes" in screen
        screen = await stage.press("f")
        assert "- **three** potholes" in screen
        screen = await stage.press("tab")
        assert "orin-nano" in screen
        assert "waits for its turn" in await stage.press("escape")


async def test_a_long_answer_scrolls_back(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        _, cells = stage.fire()
        fake.begin(cells["rtx3060"], time.monotonic(), "decode")
        cells["rtx3060"].pieces += [f"line {i}\n" for i in range(200)]
        screen = await stage.press("2")
        assert "line 199" in screen
        assert "line 7\n" not in screen
        await stage.press("z", "end")
        assert "line 199" in await stage.settle()
        assert "line 3 " in await stage.press("home")


async def test_several_answers_of_a_board_are_counted_and_can_be_read(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        run, _ = stage.fire(("pi5",), repeats=3)
        fake.finish(run.replies[0], text="first answer")
        fake.begin(run.replies[1], time.monotonic(), "decode", "second answer")
        screen = await stage.press("2")
        assert "1/3" in screen
        assert "second answer" in screen
        await stage.press("z")
        assert "first answer" in await stage.press("comma")
        assert "repeat 2" in await stage.press("full_stop")


async def test_again_and_the_runs_of_the_session(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        streaming(stage)
        await stage.press("2", "R")
        assert len(stage.background.runs) == 2
        assert stage.app.query_one(RunView).run is stage.background.runs[1]
        screen = await stage.press("left_square_bracket")
        assert "run 1 of 2" in screen
        assert ANSWER in screen
        assert "run 2 of 2" in await stage.press("right_square_bracket")


async def test_without_a_run_the_view_says_how_to_get_one(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        assert "No run yet in this session" in await stage.press("2")


async def test_the_view_follows_the_size_of_the_terminal(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        streaming(stage)
        await stage.press("2")
        await stage.pilot.resize_terminal(80, 24)
        screen = await stage.settle()
        assert "✓ rtx3060 ok" in screen
        assert "1 rtx3060 30.0 s" in screen
        assert max(len(line) for line in screen.splitlines()) == 80


class WoundBack:
    """Controls of a recording of which nothing is asked but whether it was wound back."""

    generation = 0


async def test_a_recording_that_is_wound_back_shows_the_cells_of_before(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        run, cells = stage.fire(["pi5", "pi2"])
        fake.finish(cells["pi2"], text="three potholes")
        await stage.press("2", "right", "enter")
        view = stage.app.query_one(RunView)
        tape = WoundBack()
        view.transport = tape  # type: ignore[assignment]
        assert "three potholes" in await stage.settle()
        run.replies = tuple(LiveReply(live.request, 0.0) for live in run.replies)
        assert "three potholes" in await stage.settle()
        tape.generation += 1
        assert "three potholes" not in await stage.settle()
        assert view.reader.cell is run.replies[1]
        await stage.press("escape")
        assert view.board.current == "pi2"
        assert view.board.shown("pi2") is run.replies[1]
