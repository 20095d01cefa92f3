"""Figures of scripts as a person and a program read them."""

from __future__ import annotations

from typing import Any

from edgetui.cli.figures import COLUMNS
from edgetui.cli.script_figures import as_row, side_by_side, with_figures


def reply(
    model: str, outcome: str = "ok", na: dict[str, str] | None = None, **figures: float | None
) -> dict[str, Any]:
    absent = na or {}
    said = {**figures, **dict.fromkeys(absent), "na": absent}
    return {"board": "pi5", "task": "t", "item": "all", "model": model, "outcome": outcome, "figures": said}


def test_variants_stand_side_by_side_with_their_ranges() -> None:
    replies = [
        reply("int8", latency_median_s=0.3, peak_rss_bytes=114_757_632),
        reply("int8", latency_median_s=0.1, peak_rss_bytes=114_757_632),
        reply("int8", latency_median_s=0.2, na={"peak_rss_bytes": "it ended before it was looked at"}),
        reply("fp32", latency_median_s=0.5, na={"peak_rss_bytes": "it ended before it was looked at"}),
        reply("fp32", "error", latency_median_s=9.0),
    ]
    (table,) = side_by_side(replies)
    assert table == [
        ["pi5, t, all", "int8 (n = 3)", "fp32 (n = 1)"],
        ["latency_median_s", "0.2 (0.1–0.3)", "0.5"],
        ["peak_rss_bytes", "114757632 of 2", "n/a"],
    ]


def test_a_question_to_a_model_has_no_such_table() -> None:
    assert list(side_by_side([reply("moondream")])) == []


def test_a_figure_takes_the_place_of_no_column() -> None:
    one = reply("fp32", score=0.5, na={"map50_percent": "no labels"})
    values, missing = as_row(one)
    assert values == {"figures.score": 0.5, "figures.map50_percent": None}
    assert missing == {"figures.map50_percent": "no labels"}
    assert with_figures(COLUMNS, [one]) == {
        **COLUMNS,
        "figures.score": "score",
        "figures.map50_percent": "map50_percent",
    }
