"""All that was ever answered: found by typing, sorted, marked, exported, forgotten."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from edgetui.model import Reply
from edgetui.model.score import Score
from edgetui.ui.drawing.boxes import boxed, boxed_png, framed
from edgetui.ui.drawing.ink import width
from edgetui.ui.drawing.reply import answer_lines
from edgetui.ui.screens.inspector import InspectorView
from edgetui.ui.screens.results import ResultsView
from tests.ui.stored import NEW, OLD, reply, stored

ALL = 5 * 2 * 4 + 5 * 2 + 1


def only(folder: Path, suffix: str) -> str:
    (file,) = folder.glob(f"edgetui-replies-*.{suffix}")
    return file.read_text()


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_every_row_says_that_it_is_simulated(tmp_path: Path, size: tuple[int, int]) -> None:
    async with stored(tmp_path, size=size) as (stage, _):
        lines = (await stage.press("5")).splitlines()
        assert f"{ALL} replies of 2 runs" in lines[1]
        rows = [line for line in lines[3:-1] if line.strip()]
        assert len(rows) >= 20
        assert all("sim" in row for row in rows)
        assert "boards' own time, simulated ×20" in lines[1]
        assert re.search(r"pi4-8g .*  6644 s", "\n".join(rows)), "332.2 s at ×20, not the host's"
        (tab,) = [await stage.press("tab")]
        runs = [line for line in tab.splitlines() if NEW in line or OLD in line]
        assert len(runs) == 2
        assert all("sim" in row for row in runs)


async def test_what_is_typed_is_found_at_once_and_esc_gives_all_back(tmp_path: Path) -> None:
    async with stored(tmp_path) as (stage, _):
        await stage.press("v", "slash")
        text = await stage.press(*"marks:throttled")
        assert "10 with marks:throttled" in text
        assert "orin-nano" not in text
        assert "with marks" not in await stage.press("enter", "escape")
        assert stage.app.query_one(ResultsView).lists.replies.count == ALL


async def test_sorted_by_any_column_and_back(tmp_path: Path) -> None:
    async with stored(tmp_path) as (stage, _):
        await stage.press("5")
        lists = stage.app.query_one(ResultsView).lists
        while lists.sort != "e2e":
            await stage.press("s")
        assert lists.replies.items[0].board == "pi4-8g"
        assert lists.replies.items[-1].outcome == "oom"
        text = await stage.press("S")
        assert "e2e▴" in text
        assert lists.replies.items[0].board == "rtx3060"
        assert lists.replies.items[-1].outcome == "oom"


async def test_a_run_opens_as_its_replies(tmp_path: Path) -> None:
    async with stored(tmp_path) as (stage, _):
        await stage.press("5", "tab", "down")
        text = await stage.press("enter")
        assert f"10 with run:{OLD}" in text


async def test_what_is_marked_is_exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with stored(tmp_path) as (stage, _):
        await stage.press("5", "space", "space", "e", "enter")
        rows = list(csv.DictReader(io.StringIO(only(tmp_path, "csv"))))
        assert [row["simulated"] for row in rows] == ["true", "true"]
        assert rows[0]["outcome"] == "oom"
        await stage.press("escape", "e", "down", "enter")
        assert len(json.loads(only(tmp_path, "json"))["replies"]) == ALL


async def test_a_run_is_forgotten_after_a_yes_only(tmp_path: Path) -> None:
    async with stored(tmp_path) as (stage, store):
        await stage.press("5", "tab", "down", "X", "n")
        assert len(await store.runs()) == 2
        await stage.press("X", "y")
        await stage.settle()
        assert [run.id for run in await store.runs()] == [NEW]
        assert "of 1 run " in stage.text()


async def test_nothing_is_forgotten_where_nothing_may_be_changed(tmp_path: Path) -> None:
    async with stored(tmp_path) as (stage, store):
        stage.background.readonly = True
        assert "Forget" not in await stage.press("5", "X")
        assert len(await store.runs()) == 2


async def test_the_heat_of_that_time_and_back(tmp_path: Path) -> None:
    async with stored(tmp_path) as (stage, _):
        await stage.press("5", "down", "t")
        plots = stage.app.query_one(InspectorView).plots
        assert plots.boards == ("pi4-8g",)
        await stage.press("escape", "escape")
        assert stage.app.view == "results"


async def test_an_empty_store_says_how_to_fill_it(tmp_path: Path) -> None:
    async with stored(tmp_path) as (stage, store):
        for run in await store.runs():
            await store.delete_run(run.id)
        assert "nothing is stored yet: r fires a run" in await stage.press("5")


async def test_no_view_names_a_key_that_does_nothing_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with stored(tmp_path) as (stage, store):
        for run in await store.runs():
            await store.delete_run(run.id)
        may = stage.app.check_action
        monkeypatch.setattr(
            stage.app, "check_action", lambda action, what: action != "launch" and may(action, what)
        )
        for key, words in (("2", "No run yet"), ("5", "nothing is stored yet")):
            text = await stage.press(key)
            assert words in text
            assert " fires " not in text


async def test_one_reply_whole_with_the_reason_of_its_score(tmp_path: Path) -> None:
    async with stored(tmp_path) as (stage, _):
        text = await stage.press("5", "down", "enter")
        for words in (
            "pi4-8g",
            "simulated ×20",
            "throttled: it was throttled",
            "stays out of summaries",
            "✗ by exact-count v1",
            "the number that the answer gives",
            "truth 5",
            "There are 4 potholes in the road.",
            "hottest 92.0",
            "Reply 2 of 51",
        ):
            assert words in " ".join(text.split())
        assert "Reply  3 of 51" in await stage.press("right_square_bracket")
        await stage.press("escape")
        assert stage.app.view == "results"


async def test_a_person_overrules_and_both_are_kept(tmp_path: Path) -> None:
    async with stored(tmp_path) as (stage, store):
        await stage.press("5", "down", "enter", "O", *"pass", "enter")
        assert "say what the rule did not see" in stage.text()
        await stage.press(*"kerb", "enter")
        text = await stage.settle()
        assert "✓ (person)" in text
        assert "rule said" in text
        (reply,) = [r for r in await store.replies(NEW) if r["score"] and r["score"]["overruled"]]
        assert (reply["score"]["passed"], reply["score"]["overruled"]["why"]) == (False, "kerb")


async def test_nobody_overrules_where_nothing_may_be_changed(tmp_path: Path) -> None:
    async with stored(tmp_path) as (stage, _):
        stage.background.readonly = True
        assert "Overrule" not in await stage.press("5", "enter")


def test_what_a_score_is_made_of_is_lit_where_it_stands() -> None:
    lines = answer_lines("a\tb\x1b[31m\nthe number is four, I think", None, 12)
    assert not any(ink == "cursor-pill" for line in lines for _, ink in line)
    text = "a\tb[31m\nthe number is four, I think"
    lines = answer_lines(text, (text.index("four"), text.index(",")), 12)
    assert [text for line in lines for text, ink in line if ink == "cursor-pill"] == ["four"]
    assert all(width(line) <= 13 for line in lines)


def test_boxes_that_are_alike_are_one_with_both_names() -> None:
    def answered(board: str, box: tuple[float, ...]) -> Reply:
        asked = reply(board, "qwen2.5vl:3b", 1)
        score = Score(value=0.5, passed=True, rule="", details=(("box_px", box),))
        return replace(asked, request=replace(asked.request, truth={"box": [1, 2, 30, 40]}), score=score)

    alike, another = (1.0, 2.0, 3.0, 4.0), (5.0, 6.0, 7.0, 8.0)
    truth, both, other = framed(
        [answered("pi5", alike), answered("rtx3060", alike), answered("pi4-8g", another), answered("pi5", (1.0,))]
    )
    assert (truth.name, both.name, other.name) == ("truth", "pi5, rtx3060", "pi4-8g")
    image = io.BytesIO()
    Image.new("RGB", (64, 48)).save(image, "PNG")
    cells = boxed(image.getvalue(), [replace(truth, box=(-9.0, 0.0, 1e9, 47.0))], 64, 24)
    assert cells[0][0][0] == truth.colour
    assert boxed_png(image.getvalue(), [truth]).startswith(b"\x89PNG")


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n\x00\x00"])
def test_what_is_no_picture_is_not_drawn(data: bytes) -> None:
    assert boxed(data, [], 10, 10) == ()
    assert boxed_png(data, []) == b""
