"""The map of a campaign: what it says, what its keys do, and that it fits."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from edgetui.cluster.live import LiveRun
from edgetui.ui.drawing.campaign import Place, squares
from edgetui.ui.screens.launcher import Launcher
from tests.ui import fake
from tests.ui.stage import Stage, staged

BOARDS = ("rtx3060", "pi5", "pi4-8g")
MODELS = ("moondream:1.8b", "qwen2.5vl:3b")


def campaign(stage: Stage, boards: tuple[str, ...] = BOARDS, repeats: int = 2) -> LiveRun:
    orders = [
        fake.order(boards, task=task, models=MODELS, repeats=repeats) for task in ("count-potholes", "read-text")
    ]
    return stage.background.fire(*orders)


def at(run: LiveRun, board: str, task: str = "count-potholes", model: str = MODELS[0]) -> list[Any]:
    return [c for c in run.replies if (c.request.board, c.request.task, c.request.model) == (board, task, model)]


async def test_a_square_tells_time_ratio_marks_and_failures(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        run = campaign(stage)
        for cell in at(run, "rtx3060"):
            fake.finish(cell, e2e=4.0)
        slow, hot = at(run, "pi5")
        fake.finish(slow, e2e=40.0)
        fake.finish(hot, e2e=90.0, marks=("throttled",))
        for cell in at(run, "pi4-8g"):
            fake.finish(cell, "oom", reason="model requires more memory")
        found = squares(run, "rtx3060")
        pi5 = found[Place("pi5", "count-potholes", MODELS[0])]
        assert pi5.seconds is not None
        assert (pi5.seconds.median, pi5.seconds.n, pi5.ratio) == (800.0, 1, 10.0)  # of its own s, which lives ×20
        assert pi5.left_out == (("it was throttled", 1),)
        assert found[Place("pi4-8g", "count-potholes", MODELS[0])].failure == "oom"

        screen = await stage.press("C", "right")
        assert "◆rtx3060" in screen
        assert "80.0s" in screen
        assert "boards' own time, simulated ×20" in screen
        assert "×10" in screen
        assert "✕ oom" in screen
        assert "6/24 answers" in screen
        assert "left out: it was throttled ×1" in screen
        assert "requires more memory" in await stage.press("right")


async def test_where_all_answers_are_throttled_there_is_a_figure_that_says_so(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        run = campaign(stage, ("pi5",))
        for cell in at(run, "pi5"):
            fake.finish(cell, e2e=90.0, marks=("throttled",))
        screen = await stage.press("C")
        assert "30m▲" in screen
        assert "indicative only, all are left out of summaries: it was throttled ×2" in screen


@pytest.mark.parametrize(("key", "count"), [("x", 2), ("X", 6), ("B", 8)])
async def test_cell_row_and_board_are_cancelled_after_a_yes(tmp_path: Path, key: str, count: int) -> None:
    async with staged(tmp_path) as stage:
        campaign(stage)
        await stage.press("C", "right", "down")
        assert f"{count} answers are unfinished" in await stage.press(key)
        await stage.press("n")
        assert stage.called("cancel_cells") == []
        await stage.press(key, "y")
        (cells,) = stage.called("cancel_cells")
        assert len(cells) == count
        assert all(c.request.board == "pi5" for c in cells) == (key != "X")


async def test_it_is_paused_and_goes_on(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        campaign(stage)
        assert " paused " in await stage.press("C", "p")
        assert " paused " not in await stage.press("p")
        assert stage.called("pause") == [(True,), (False,)]


async def test_enter_shows_the_answers_of_the_cell(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        run = campaign(stage)
        for cell in at(run, "pi5", "read-text", MODELS[1]):
            fake.finish(cell, text="STOP")
        screen = await stage.press("C", "right", "down", "down", "down", "enter")
        assert "STOP" in screen
        assert MODELS[1] in screen


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_all_eight_boards_fit(tmp_path: Path, size: tuple[int, int]) -> None:
    async with staged(tmp_path, size=size) as stage:
        run = campaign(stage, fake.EIGHT)
        for cell in at(run, "pi2"):
            fake.finish(cell, e2e=123.4 / 20)
        screen = await stage.press("C")
        assert "123s" in screen
        assert "nano-2g" in screen


async def test_boards_without_room_are_scrolled_to(tmp_path: Path) -> None:
    names = tuple(f"board-{n:02}" for n in range(30))
    async with staged(tmp_path, states={n: fake.up(n) for n in names}) as stage:
        campaign(stage, names)
        screen = await stage.press("C")
        assert "+21" in screen, "\n" + screen
        screen = await stage.press(*["right"] * 29)
        assert "board-29" in screen
        assert "board-00" not in screen


async def test_several_tasks_and_models_become_one_campaign(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.press("r", "home", "space", "down", "space", "tab", "tab", "home", "space", "down", "space")
        screen = stage.app.screen
        assert isinstance(screen, Launcher)
        assert len(screen.models) == 2
        assert "32 answers · never measured so far" in await stage.settle()
        screen_text = await stage.press("enter")
        (orders,) = stage.called("fire")
        assert [order.task for order in orders] == ["count-potholes", "read-text"]
        assert set(orders[0].models) == set(MODELS)
        assert "0/32 answers" in screen_text
        assert "◆rtx3060" in screen_text


async def test_an_unfinished_campaign_is_offered_and_gone_on_with(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        run = campaign(stage)
        stage.background.runs.remove(run)
        fake.finish(run.replies[0])
        sought: Future[LiveRun | None] = Future()
        sought.set_result(run)
        stage.background.answer = sought
        stage.app.seek_unfinished()
        await stage.settle()
        screen = await stage.settle()
        stage.background.answer = None
        assert any("23 of 24 answers are missing" in entry.text for entry in stage.app.journal.entries)
        assert "U resumes" in screen
        assert "1/24 answers" in await stage.press("U")
        assert stage.called("go_on") == [(run,)]
