"""Stored replies side by side: figures and what they leave out, answers folded, boxes, heat, the run before."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest

from edgetui.model import na
from edgetui.model.run import Metrics
from edgetui.model.score import Score
from edgetui.store import StoredReply
from edgetui.summary import QUANTITIES, compare
from edgetui.ui.drawing.compare import figures_page
from edgetui.ui.drawing.diff import MOST_DIFFERENT, answers_page, folded, word_diff
from edgetui.ui.drawing.ink import plain, width
from edgetui.ui.drawing.scatter import Dot, heat_page, scatter
from edgetui.ui.screens.compare import CompareView
from tests.ui.stored import MODELS, NEW, OLD, TIMES, reply, stored

FIVE = [reply(board, MODELS[0], n) for board in TIMES for n in range(1, 6)]


def words(text: str) -> str:
    return " ".join(text.split())


async def test_boards_against_the_reference_and_what_is_left_out(tmp_path: Path) -> None:
    async with stored(tmp_path) as (stage, _):
        text = words(await stage.press("5", "down", "c"))
        assert "41 replies of 4 boards · 2 models · 1 task · 10 left out" in text
        assert "boards' own time, simulated ×20" in text
        assert "48× slower [44.5–51.8]" in text
        assert "n/a: oom ×1, it was throttled ×5" in text
        text = words(await stage.press("u"))
        assert "unsound ones count" in text
        assert "121× slower" in text
        assert "marked: throttled ×5" in text
        text = words(await stage.press("u", "s"))
        assert "TTFT, s" in text
        assert "48× slower" not in text


async def test_marked_replies_alone_are_compared(tmp_path: Path) -> None:
    async with stored(tmp_path) as (stage, _):
        await stage.press("5", "slash", *"board:rtx model:qwen", "enter", "a")
        assert "5 replies of 1 board · 1 model" in await stage.press("c")
        await stage.press("escape")
        assert stage.app.view == "results"


async def test_pages_turn_and_tell(tmp_path: Path) -> None:
    async with stored(tmp_path) as (stage, _):
        await stage.press("5", "down", "c")
        answers = words(await stage.press("tab"))
        assert "15× rtx3060 ×5, orin-nano ×5, pi5 ×5 ✓ simulated There are 5 potholes in the road." in answers
        assert "There are -5 +4 potholes" in answers
        assert "no boxes were asked for" in await stage.press("tab")
        assert "pi4-8g · qwen2.5vl:3b" in await stage.press("tab")
        earlier = words(await stage.press("tab"))
        assert "cannot tell" in earlier
        assert f"p = 1; run {OLD}" in earlier
        assert "without an earlier run to be compared with: 4" in earlier
        assert "48× slower" in words(await stage.press("tab"))


async def test_a_slower_run_differs(tmp_path: Path) -> None:
    async with stored(tmp_path) as (stage, store):
        for n in range(1, 6):
            fast = reply("pi5", MODELS[0], n, NEW)
            slow = replace(fast.metrics, e2e_s=200.0 + n)
            await store.save_reply(replace(fast, metrics=slow))
        await stage.press("5", "down", "c")
        text = words(await stage.press("shift+tab"))
        assert "differs: 60 % slower" in text
        assert "p = 0.0079" in text


async def test_the_table_is_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with stored(tmp_path) as (stage, _):
        await stage.press("5", "down", "c", "e", "enter")
    (file,) = tmp_path.glob("edgetui-cells-*.csv")  # noqa: ASYNC240
    rows = {(row["model"], row["board"]): row for row in csv.DictReader(io.StringIO(file.read_text()))}
    assert len(rows) == 8
    assert rows[MODELS[0], "pi4-8g"]["e2e_s"] == ""
    assert rows[MODELS[0], "pi4-8g"]["left_out"] == "5"
    assert float(rows[MODELS[0], "pi5"]["ratio"]) == pytest.approx(48)
    assert {row["simulated"] for row in rows.values()} == {"true"}


@pytest.mark.parametrize("size", [(72, 20), (80, 24), (120, 40), (200, 60)])
async def test_every_board_says_that_it_is_simulated(tmp_path: Path, size: tuple[int, int]) -> None:
    async with stored(tmp_path, size=size) as (stage, _):
        await stage.press("5", "down", "c")
        lines = stage.app.query_one(CompareView).lines._lines
        rows = [plain(line) for line in lines if any(plain(line).startswith(board) for board in TIMES)]  # type: ignore[arg-type]
        assert len(rows) == 8
        assert all("sim" in row and width([(row, "text")]) <= size[0] for row in rows)


def test_models_that_are_not_the_same_everywhere_are_named() -> None:
    mixed = [replace(each, digest="aaaa" if each.request.board == "pi5" else "bbbb") for each in FIVE]
    page = "\n".join(map(plain, figures_page(compare(mixed), QUANTITIES["e2e_s"], 120)))
    assert "▲ qwen2.5vl:3b is not the same everywhere: bbbb on rtx3060, orin-nano, pi4-8g; aaaa on pi5" in page


def test_answers_that_differ_in_blanks_and_case_are_one() -> None:
    base, spaced, other = FIVE[0], replace(FIVE[1], text="there ARE 5  potholes in\nthe road."), FIVE[-1]
    assert [len(same.replies) for same in folded([base, spaced, other])] == [2, 1]
    assert [same.text for same in folded([replace(base, text=" ", outcome="empty"), other])] == [other.text, ""]


def test_words_that_differ_are_signed() -> None:
    assert [text for text, _ in word_diff("a b c", "a x c d")] == ["a", "-b", "+x", "c", "+d"]
    assert [text for text, _ in word_diff("a b c", "GGGG")] == ["GGGG"]


def test_a_broken_runtime_is_named_before_the_figures_and_its_answer_is_no_base() -> None:
    broken = Score(value=na("a broken runtime"), passed=None, rule="", marks=("degenerate",))
    gggg = replace(FIVE[5], outcome="aborted-by-runtime", text="G" * 40, score=broken)
    every = [replace(gggg, request=replace(gggg.request, repeat=n)) for n in range(4)] + FIVE[:2]
    page = "\n".join(map(plain, figures_page(compare(every), QUANTITIES["e2e_s"], 120)))
    assert page.startswith("▲ orin-nano, qwen2.5vl:3b: one sign over and over is a broken runtime")
    assert folded(every)[0].text == FIVE[0].text


def test_a_hostile_answer_keeps_its_place() -> None:
    evil = replace(FIVE[-1], text="\x1b[2J\u202e" + "x" * 500 + "\t[red]" + "字" * 200)
    lines = answers_page([FIVE[0], evil], 60)
    assert all("\x1b" not in plain(line) and "\u202e" not in plain(line) for line in lines)
    assert all(width(line) <= 61 for line in lines)


def test_dots_stand_at_their_temperature_and_rate() -> None:
    (top, *_, bottom) = scatter([Dot(30.0, 10.0, False), Dot(99.9, 0.01, True)], 10.0, 10, 3)
    assert plain(top).rstrip() == "⠁"
    assert plain(bottom) == " " * 9 + "▲"


def test_what_cannot_be_drawn_is_counted() -> None:
    blank = replace(FIVE[0], metrics=Metrics())
    page = [StoredReply(FIVE[0], 70.0, ""), StoredReply(blank, 70.0, ""), StoredReply(FIVE[1], None, "")]
    assert "a whole answer: 2" in plain(heat_page(page, 80)[-1])


def test_very_many_different_answers_are_counted() -> None:
    every = [replace(FIVE[0], text=f"There are {n} potholes.") for n in range(300)]
    page = [plain(line) for line in answers_page(every, 80)]
    assert f"and {300 - MOST_DIFFERENT} more that differ" in page[-2]
    assert len(page) == 2 * MOST_DIFFERENT + 3
