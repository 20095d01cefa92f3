"""The models view: the matrix at three widths, what a transfer says, and keys that are not offered."""

from __future__ import annotations

import re
from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from edgetui.cluster.models import matrix
from edgetui.config import Interface
from edgetui.model.fit import Fit
from edgetui.model.transfer import Transfer
from edgetui.ui.drawing.ink import plain, width
from edgetui.ui.drawing.models import detail, head, model_line
from tests.ui import fake
from tests.ui.stage import Stage, staged

QWEN = "qwen2.5vl:3b"
BIG, SMALL = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
FIT = Fit(3.2e9, 0.2e9, 8e9)


def loading(board: str = "pi5") -> Transfer:
    begun = Transfer(board=board, model=QWEN, size_bytes=3.2e9).at("asking", 100.0)
    return begun.loaded(BIG, 3_200_000_000, 0, 101.0).loaded(BIG, 3_200_000_000, 800_000_000, 105.0)


@pytest.mark.parametrize("columns", [80, 120, 200])
def test_lines_are_as_wide_as_the_screen(columns: int) -> None:
    states = fake.eight()
    boards = tuple(states)
    for row in matrix(states.values(), [QWEN, "a-very-long-name/of-a-model:with-a-tag\x1b[2J"]):
        line = model_line(row, boards, 3, [loading()], 105.0, columns, cursor=True)
        assert width(line) <= columns
        assert "\x1b" not in plain(line)
        ended = loading("pi4-8g").over("no-internet", 110.0, "the board lost its line to the registry " * 9)
        for moves in ([], [loading()], [loading(), loading("rtx3060"), ended]):
            lines = detail(row, row.cells["pi5"], moves, FIT, 105.0, columns)
            assert all(width(each) <= columns for each in lines)
    assert width(head(boards, 0, frozenset({"pi5"}), columns)) <= columns
    assert plain(head(["pi5"], 0, frozenset(), columns)).split()[:2] == ["1", "board"]


def test_what_a_transfer_says_from_its_first_byte_to_its_end() -> None:
    row = next(row for row in matrix(fake.eight().values(), [QWEN]) if row.model == QWEN)
    cell = row.cells["pi5"]

    def said(moving: Transfer, now: float) -> str:
        return "\n".join(map(plain, detail(row, cell, [moving], FIT, now, 120)))

    assert "25.0%  200.00 MB/s  12 s to go" in said(loading(), 105.0)
    assert "aaaaaaaaaaaa ━" in said(loading(), 105.0)
    assert "800.0 / 3200.0 MB" in said(loading(), 105.0)
    assert "stalled: no byte for 12 s" in said(loading(), 117.0)
    assert "fits: needs 3.2 GB file + 0.2 GB context" in said(loading(), 105.0)
    failed = loading().over("no-space", 110.0, "make room \x1b[2J")
    assert "no-space: make room" in said(failed, 111.0)
    assert "\x1b" not in said(failed, 111.0)


def test_all_boards_that_fetch_a_model_stand_below_it() -> None:
    row = next(row for row in matrix(fake.eight().values(), [QWEN]) if row.model == QWEN)
    moves = [loading(), loading("rtx3060"), loading("pi4-8g").over("no-space", 110.0, "make room \x1b[2J")]
    text = "\n".join(map(plain, detail(row, row.cells["pi5"], moves, FIT, 105.0, 120)))
    assert re.search(r"^rtx3060 +━+.* 25%  200.00 MB/s  12 s to go$", text, re.MULTILINE)
    assert re.search(r"^pi4-8g +no-space make room", text, re.MULTILINE)
    assert "\x1b" not in text


def with_models(stage: Stage, *transfers: Transfer) -> list[str]:
    """Answers for what the view asks; what is done to boards is recorded."""
    done: list[str] = []
    known = {(each.board, each.model): each for each in transfers}

    def ask(question: Any) -> Future[Any]:
        answer: Future[Any] = Future()
        name = getattr(question, "__name__", "")
        done.append(name)
        answer.set_result(
            SimpleNamespace(transfers=known) if name == "_models" else "" if name == "do" else {"rtx3060": FIT}
        )
        return answer

    stage.background.ask = ask  # type: ignore[method-assign]
    return done


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_pull_is_asked_about_and_done(tmp_path: Path, size: tuple[int, int]) -> None:
    async with staged(tmp_path, size=size) as stage:
        done = with_models(stage, loading("rtx3060"))
        text = await stage.press("m")
        assert "25%" in text
        assert "Pull" in text
        assert "Pull a model" in await stage.press("down", "p")
        await stage.press("n")
        assert done.count("do") == 0
        await stage.press("space", "space", "p")
        assert "rtx3060, orin-nano" in stage.text()
        await stage.press("y")
        assert done.count("do") == 2


async def test_a_model_that_was_named_is_under_the_cursor_and_its_end_is_read_there(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        with_models(stage)
        await stage.press("m", "n", *"zzz", "enter")
        assert "fetch zzz:latest" in stage.text()
        assert "zzz:latest on rtx3060" in await stage.press("n")


async def test_help_calls_what_has_the_focus_as_the_top_line_does(tmp_path: Path) -> None:
    async with staged(tmp_path, size=(120, 60)) as stage:
        with_models(stage)
        assert "Matrix" not in await stage.press("m", "?")
        assert "Timelines" not in await stage.press("escape", "t", "?")


async def test_readonly_offers_nothing_that_changes_a_board(tmp_path: Path) -> None:
    async with staged(tmp_path, ui=Interface(readonly=True), size=(200, 60)) as stage:
        done = with_models(stage)
        text = await stage.press("m")
        assert "GB" in text
        for word in ("p Pull", "P Push", "X Remove", "u Unload", "n Another"):
            assert word not in text
        await stage.press("p", "P", "X", "u", "n")
        assert "Leave it" not in stage.text()
        assert done.count("do") == 0
