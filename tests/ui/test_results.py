"""All that was ever answered: found by typing, sorted, marked, exported, forgotten."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from edgetui.ui.screens.inspector import InspectorView
from edgetui.ui.screens.results import ResultsView
from tests.ui.stored import NEW, OLD, stored

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
        assert "41" not in await stage.press("enter", "escape")
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
        assert "1 runs" in stage.text()


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
