"""Bars and sparklines on fixed scales: the same height means the same value on every card."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from edgetui.model import Reading, Sample, known
from edgetui.ui.drawing.ink import Ink, Line

BLOCKS = " ▁▂▃▄▅▆▇█"
COOLEST_C, HOTTEST_C = 30.0, 100.0
"""Scale of every temperature sparkline."""
WARM_MARGIN_C = 5.0
"""This close to its limit a board counts as warm."""
FULL = 0.9
"""From this share on a bar warns."""


def bar(value: Reading, full: float, columns: int, ink: Ink = "accent", warn_from: float = 2.0) -> Line:
    """A line of ``value`` against ``full`` in half cells; nothing where the value is not known."""
    if not known(value) or full <= 0:
        return [(" " * columns, "text")]
    share = min(1.0, max(0.0, value / full))
    whole, half = divmod(round(share * columns * 2), 2)
    head = "━" * whole + ("╸" if half else "")
    colour: Ink = "warn" if share >= warn_from else ink
    return [(head, colour), ("─" * (columns - len(head)), "grid")]


def heat(value: Reading, limit: Reading) -> Ink:
    """The ink of a temperature: by its own limit, calm where no limit is known."""
    if not known(value) or not known(limit):
        return "accent"
    if value >= limit:
        return "bad"
    return "warn" if value >= limit - WARM_MARGIN_C else "accent"


_AREA: dict[Ink, Ink] = {"accent": "area", "warn": "area-warn", "bad": "area-bad"}


def heatline(history: Sequence[Sample], limit: Reading, columns: int) -> Line:
    """The last temperatures, newest at the right end, a gap where there was no reading."""
    return heatgraph(history, limit, columns, 1)[0]


def heatgraph(history: Sequence[Sample], limit: Reading, columns: int, rows: int) -> list[Line]:
    """The same, ``rows`` high: the scale stays, the steps get finer."""
    recent = [sample.temperature_c for sample in history[-columns:]] if columns > 0 else []
    inks = [_AREA[heat(value, limit)] for value in recent]
    heights = [_eighths(value, rows) for value in recent]
    pad: Line = [(" " * (columns - len(recent)), "text")] if len(recent) < columns else []
    return [pad + _merged(heights, inks, (rows - 1 - row) * 8) for row in range(rows)]


def _eighths(value: Reading, rows: int) -> int:
    """Height in eighths of a cell, at least one: a board that is on is never without a trace."""
    if not known(value):
        return 0
    share = (value - COOLEST_C) / (HOTTEST_C - COOLEST_C)
    return min(rows * 8, max(1, 1 + int(share * rows * 8)))


def _merged(heights: list[int], inks: list[Ink], floor: int) -> Line:
    """One row of the graph, neighbours of one ink in one span."""
    line: Line = []
    for ink, group in groupby(zip(heights, inks, strict=True), key=lambda cell: cell[1]):
        line.append(("".join(BLOCKS[min(8, max(0, height - floor))] for height, _ in group), ink))
    return line
