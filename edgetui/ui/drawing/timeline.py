"""Readings on a time axis: columns of time, areas, marks, all of single cells that are joined at the end."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TypeAlias

from edgetui.model import HistoryPoint, Sample
from edgetui.ui.drawing.bars import BLOCKS
from edgetui.ui.drawing.ink import Ink, Line, Span

HELD_S = 1.5
"""So long after its stretch a reading still stands for the moment; then there is a gap."""
LABEL_COLUMNS = 14
"""At least so far apart are the times of the axis."""
STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800)

Bin: TypeAlias = Sequence[HistoryPoint]
"""The readings of one column of time; none where there is a gap."""
Cells: TypeAlias = list[Span]
"""One row, a span for each column."""


@dataclass(frozen=True, slots=True)
class Window:
    """The time that is shown, and in how many columns."""

    since: float
    """Unix s."""
    span_s: float
    columns: int

    @property
    def until(self) -> float:
        """Unix s."""
        return self.since + self.span_s

    def column(self, time: float) -> int:
        """The column of a moment; may lie outside."""
        return math.floor((time - self.since) * self.columns / self.span_s + 1e-9)

    def time(self, column: int) -> float:
        """When a column begins, Unix s."""
        return self.since + column * self.span_s / self.columns


def ending(until: float, span_s: float, columns: int) -> Window:
    """A window of whole columns that holds ``until``, Unix s: as time goes by it moves by columns, not by parts."""
    step = span_s / columns
    return Window((math.floor(until / step) + 1) * step - span_s, span_s, columns)


def points(history: Sequence[Sample], past: Sequence[HistoryPoint] = ()) -> list[HistoryPoint]:
    """Readings of the Store, then those that are in memory."""
    first = history[0].time if history else math.inf
    live = [
        HistoryPoint(
            span_s=1,
            samples=1,
            temperature_min_c=sample.temperature_c,
            temperature_max_c=sample.temperature_c,
            sample=sample,
        )
        for sample in history
    ]
    return [p for p in past if p.sample.time + p.span_s <= first] + live


def bins(found: Sequence[HistoryPoint], window: Window) -> list[Bin]:
    """The readings of every column; between two readings the older one holds, for a while."""
    own: list[list[HistoryPoint]] = [[] for _ in range(window.columns)]
    last: HistoryPoint | None = None
    for point in found:
        column = window.column(point.sample.time)
        if column < 0:
            last = point
        elif column < window.columns:
            own[column].append(point)
    out: list[Bin] = []
    for column, here in enumerate(own):
        if here:
            last = here[-1]
        out.append(here or ([last] if last and holds(last, window.time(column)) else []))
    return out


def holds(point: HistoryPoint, time: float) -> bool:
    """Does the reading stand for this moment, Unix s?"""
    return 0 <= time - point.sample.time <= point.span_s + HELD_S


def area(heights: Sequence[float | None], inks: Sequence[Ink], rows: int) -> list[Cells]:
    """``rows`` high, of shares 0…1 of the scale; what is known leaves a trace, None none."""
    eighths = [0 if h is None else min(rows * 8, max(1, round(h * rows * 8))) for h in heights]
    return [
        [(BLOCKS[min(8, max(0, height - floor))], ink) for height, ink in zip(eighths, inks, strict=True)]
        for floor in range((rows - 1) * 8, -8, -8)
    ]


def joined(cells: Cells, cursor: int | None, ends: frozenset[int] = frozenset()) -> Line:
    """Cells as a line; ``cursor``: the column to mark; ``ends``: columns where an answer begins or ends."""
    for column in ends:
        if cells[column][0] == " ":
            cells[column] = ("┊", "grid")
    if cursor is not None:
        char = cells[cursor][0]
        cells[cursor] = ("│", "strong") if char in " ┊╌─" else (char, "strong" if char in BLOCKS else "cursor-pill")
    return [("".join(char for char, _ in group), ink) for ink, group in groupby(cells, key=lambda cell: cell[1])]


def axis(window: Window) -> Cells:
    """Times of the local clock at round moments, each right of its tick."""
    least = window.span_s / window.columns * LABEL_COLUMNS
    step = next((s for s in STEPS_S if s >= least), STEPS_S[-1])
    cells: Cells = [(" ", "muted")] * window.columns
    offset = datetime.fromtimestamp(window.since).astimezone().utcoffset()
    zone = offset.total_seconds() if offset else 0.0
    time = math.ceil((window.since + zone) / step) * step - zone
    while (column := window.column(time)) + 9 <= window.columns:
        label = "╵" + datetime.fromtimestamp(time).strftime("%H:%M:%S")
        cells[column : column + len(label)] = [(char, "muted") for char in label]
        time += step
    return cells
