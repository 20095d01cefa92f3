"""Stored replies and runs, a line each, and the heading over their columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import cast

from edgetui.model import Outcome, RunRecord, hostile, na
from edgetui.model.run import GOOD
from edgetui.model.score import short
from edgetui.store import Result
from edgetui.store.sieve import FIELDS
from edgetui.ui.drawing import numbers
from edgetui.ui.drawing.alerts import moment
from edgetui.ui.drawing.ink import Ink, Line, Span, cells, fit, shorten, width
from edgetui.ui.drawing.words import outcome

ROOMY = 140
"""Columns from which on names are given more room."""
MIDDLE = 100
"""From here on the speed of simulated boards has room."""
ANSWER = 12
"""Columns that the answer has at least."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the list."""

    field: str
    """Of ``edgetui.store.sieve.FIELDS``."""
    title: str
    narrow: int
    wide: int
    """Columns below and from ``ROOMY`` on."""
    rank: int
    """The highest goes first where there is no room for all."""
    show: Callable[[Result, float], Span]
    """The cell; the time is now, Unix s."""
    right: bool = False


def _seconds(value: float | None) -> Span:
    if value is None:
        return "–", "muted"
    return numbers.seconds(value) if value < 600 else f"{value:.0f} s", "text"  # minutes have no room


def _score(result: Result, now: float) -> Span:
    if result.value is None and result.passed is None:
        return "–", "muted"
    shown = short(na("") if result.value is None else result.value, result.passed)
    ink: Ink = {True: "good", False: "bad", None: "text"}[result.passed]  # type: ignore[assignment]
    return f"{shown}{'*' if result.person else ''}", ink


def _answer(result: Result, now: float) -> Span:
    if result.text and result.outcome in GOOD:
        return hostile.one_line(result.text), "text"
    return hostile.one_line(result.text or result.reason or result.outcome), "muted"


_LIST: tuple[Column, ...] = (
    Column("when", "when", 8, 8, 5, lambda r, now: (short_moment(unix(r.finished_at), now), "muted")),
    Column("board", "board", 10, 14, 0, lambda r, now: (hostile.one_line(r.board), "strong")),
    Column("task", "task", 14, 16, 1, lambda r, now: (hostile.one_line(r.task), "text")),
    Column("item", "item", 8, 10, 7, lambda r, now: (hostile.one_line(r.item), "text")),
    Column("model", "model", 14, 15, 2, lambda r, now: (hostile.one_line(r.model), "text")),
    Column("n", "n", 2, 2, 9, lambda r, now: (str(r.repeat), "muted"), right=True),
    Column("e2e", "e2e", 7, 7, 3, lambda r, now: _seconds(FIELDS["e2e"](r)), right=True),
    Column("ttft", "TTFT", 7, 7, 10, lambda r, now: _seconds(FIELDS["ttft"](r)), right=True),
    Column("tok/s", "tok/s", 5, 5, 6, lambda r, now: _rate(r), right=True),
    Column("t100", "T100", 7, 7, 11, lambda r, now: _seconds(FIELDS["t100"](r)), right=True),
    Column("score", "score", 6, 7, 4, _score),
    Column("marks", "marks", 12, 18, 8, lambda r, now: (hostile.one_line(" ".join(r.marks)), "warn")),
    Column("answer", "answer", ANSWER, ANSWER, 0, _answer),
)


def _rate(result: Result) -> Span:
    value = FIELDS["tok/s"](result)
    return (numbers.per_second(value), "text") if value is not None else ("–", "muted")


@lru_cache(maxsize=4)
def _layout(columns: int) -> tuple[tuple[Column, int], ...]:
    """Which columns there is room for, and how wide they are; the answer has what is left."""
    room = columns - 4 - cells(_simulated(20.0, columns))
    wide = columns >= ROOMY
    taken: dict[str, int] = {}
    for column in sorted((c for c in _LIST if c.field != "answer"), key=lambda c: c.rank):
        size = column.wide if wide else column.narrow
        if sum(taken.values()) + len(taken) + size + 1 + ANSWER > room:
            break
        taken[column.field] = size
    taken["answer"] = room - sum(taken.values()) - len(taken)
    return tuple((column, taken[column.field]) for column in _LIST if column.field in taken)


def _simulated(speed: float, columns: int) -> str:
    if columns < MIDDLE:
        return "sim "
    return f"simulated ×{speed:g} " if columns >= ROOMY else f"sim ×{speed:g} "


def heading(sort: str, columns: int, *, down: bool) -> Line:
    """Names over the columns; an arrow beside the one that the list is sorted by."""
    line: Line = [("   ", "muted")]
    arrow = "▾" if down else "▴"
    shown = [column for column, _ in _layout(columns)]
    for column, size in _layout(columns):
        here = column.field == sort
        title = f"{column.title}{arrow}" if here else column.title
        text = title.rjust(size) if column.right else title.ljust(size)
        line.append((f"{text} ", "accent-strong" if here else "muted"))
    if all(column.field != sort for column in shown):
        line = [*fit(line, columns - len(sort) - 5), (f" by {sort}{arrow}", "accent-strong")]
    return fit(line, columns)


def column_at(x: int, columns: int) -> str | None:
    """The field whose column is at ``x``; None beside them."""
    at = 3
    for column, size in _layout(columns):
        if at <= x < at + size + 1:
            return column.field
        at += size + 1
    return None


def result_line(result: Result, now: float, columns: int, *, cursor: bool, marked: bool) -> Line:
    """``● ✓ 07:12:33 pi5 count-potholes qwen2.5vl:3b 12.3 s ✓ 5 potholes … simulated ×20``."""
    glyph, ink = outcome(cast("Outcome", result.outcome))  # any other word of a foreign file: ✕
    line: Line = [("●" if marked else " ", "mark"), (glyph, ink), (" ", "text")]
    for column, size in _layout(columns):
        text, ink = column.show(result, now)
        text = shorten(text, size)
        gap = " " * (size - cells(text))
        text = gap + text if column.right else text + gap
        line += [(text, "cursor-pill" if cursor and column.field == "board" else ink), (" ", "text")]
    if result.sim_speed:
        line.append((_simulated(result.sim_speed, columns), "muted"))
    return fit(line, columns)


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run and what became of it."""

    record: RunRecord
    replies: int
    good: int
    """Of them with a good outcome."""
    right: int
    judged: int
    """Answers that are right, and those that could be judged."""


def run_line(run: RunLine, now: float, columns: int, *, cursor: bool, marked: bool) -> Line:
    """``● 07:12:33 20261121-0304-ab  count-potholes · moondream · 8 boards  40/40 ok  31/40 right``."""
    record = run.record
    wide = columns >= ROOMY
    when = moment(record.fired_at, now) if wide else short_moment(record.fired_at, now)
    line: Line = [
        ("● " if marked else "  ", "mark"),
        (f"{when:<13}" if wide else f"{when:<9}", "muted"),
        (hostile.one_line(record.id), "cursor-pill" if cursor else "strong"),
        ("  ", "text"),
    ]
    end: Line = [(f"  {run.good}/{run.replies} ok", "good" if run.good == run.replies else "warn")]
    if run.judged:
        end.append((f"  {run.right}/{run.judged} right", "good" if run.right == run.judged else "text"))
    if record.indicative:
        end.append(("  indicative" if wide else "  ind.", "muted"))
    end.append(("  simulated" if wide else "  sim", "muted") if record.simulated else ("", "text"))
    names = _few(record.tasks, "tasks"), _few(record.models, "models"), _few(record.boards, "boards")
    what = " · ".join((*names, f"n = {record.repeats}", record.protocol))
    room = columns - width(line) - width(end)
    return fit([*fit([*line, (what, "text")], width(line) + room), *end], columns)


def short_moment(time: float, now: float) -> str:
    """``07:12:33`` of today, else ``20 Nov``; local clock, Unix s."""
    whole = moment(time, now)
    return whole if len(whole) <= 8 else whole[:6]


def _few(names: tuple[str, ...], word: str) -> str:
    return hostile.one_line(names[0], 24) if len(names) == 1 else f"{len(names)} {word}"


def unix(stamp: str) -> float:
    """RFC 3339 to Unix s."""
    return datetime.fromisoformat(stamp).timestamp()
