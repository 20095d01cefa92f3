"""What scripts printed and what was measured around them: columns for programs, side by side for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from edgetui.model.hostile import one_line

PREFIX = "figures."
"""As they stand in the JSON document: a script's figure may be called ``score``."""


def with_figures(columns: Mapping[str, str], replies: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The columns, and one for each figure that a reply has."""
    return {**columns, **{f"{PREFIX}{name}": name for name in _names(replies)}}


def as_row(reply: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """A reply's figures, and why some are not there."""
    figures = reply["figures"]
    values = {f"{PREFIX}{name}": value for name, value in figures.items() if name != "na"}
    return values, {f"{PREFIX}{name}": why for name, why in figures["na"].items()}


def side_by_side(replies: Sequence[Mapping[str, Any]]) -> Iterator[list[list[str]]]:
    """For each board, task and item a table of figures × variants: medians, and the range where there are several.

    Of those replies that are ``ok``; there is no table where none has a figure.
    """
    good = [reply for reply in replies if reply["outcome"] == "ok" and len(reply["figures"]) > 1]
    for place in dict.fromkeys((r["board"], r["task"], r["item"]) for r in good):
        here = [reply for reply in good if (reply["board"], reply["task"], reply["item"]) == place]
        variants = dict.fromkeys(reply["model"] for reply in here)
        columns = {each: [reply for reply in here if reply["model"] == each] for each in variants}
        heads = [f"{one_line(name)} (n = {len(mine)})" for name, mine in columns.items()]
        rows = [[name, *(_spread(mine, name) for mine in columns.values())] for name in _names(here)]
        yield [[one_line(", ".join(place)), *heads], *rows]


def _names(replies: Sequence[Mapping[str, Any]]) -> dict[str, None]:
    return dict.fromkeys(name for reply in replies for name in reply["figures"] if name != "na")


def _spread(replies: Sequence[Mapping[str, Any]], name: str) -> str:
    values = [value for reply in replies if (value := reply["figures"].get(name)) is not None]
    if not values:
        return "n/a"
    middle, least, most = map(_shown, (median(values), min(values), max(values)))
    part = f" of {len(values)}" if len(values) < len(replies) else ""
    return f"{middle}{part}" if least == most else f"{middle} ({least}–{most}){part}"


def _shown(value: float) -> str:
    """Four digits, and whole numbers whole."""
    return f"{value:.0f}" if value == int(value) or abs(value) >= 10_000 else f"{value:.4g}"
