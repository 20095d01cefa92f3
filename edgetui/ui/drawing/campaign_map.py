"""How the squares of a campaign look: a tile each, their labels, and the one under the cursor in words."""

from __future__ import annotations

from edgetui.model import hostile, known
from edgetui.ui.drawing import numbers, words
from edgetui.ui.drawing.campaign import Square
from edgetui.ui.drawing.ink import Ink, Line, cells, fit, plain, shorten, width

STEPS: tuple[tuple[float, Ink], ...] = ((1.25, "heat-1"), (3.0, "heat-2"), (10.0, "heat-3"))
"""Up to so many times the reference's time, and the ink; above the last it is ``heat-4``."""


def tile(square: Square | None, columns: int, rows: int, *, cursor: bool, reference: bool) -> list[Line]:
    """``rows`` lines of ``columns``, the last column and from three rows on the last row left free."""
    ink: Ink = "cursor-pill" if cursor else _ink(square, reference)
    free: Line = [(" " * columns, "text")]
    lines: list[Line] = [
        [(plain(fit([(f" {text}", ink)], columns - 1)), ink), (" ", "text")]
        for text in _said(square, columns - 2)[:rows]
    ]
    return [*lines, *[free] * (rows - len(lines))]


def _ink(square: Square | None, reference: bool) -> Ink:
    if square is None:
        return "text"
    if square.seconds is None:
        return "heat-0" if square.failure is None else words.outcome(square.failure)[1]
    if reference or square.ratio is None:
        return "heat-1" if reference else "heat-0"
    return next((ink for most, ink in STEPS if square.ratio <= most), "heat-4")


def _said(square: Square | None, columns: int) -> tuple[str, str]:
    """(state and time, ratio and how far it is): the first line is enough where there is but one."""
    if square is None:
        return "", ""
    how_far = f"{square.done}/{square.planned}"
    glyph = _glyph(square)
    if square.seconds is None or not known(square.seconds.median):
        what = square.failure or how_far
        return shorten(f"{glyph} {what}", columns), how_far if square.failure else ""
    time = _short(square.seconds.median)
    first = f"{glyph} {time}{'▲' if square.left_out else ''}"
    if columns >= cells(first) + cells(how_far) + 1 and square.done < square.planned:
        first = f"{first} {how_far}"
    if cells(first) > columns:
        first = first.replace(" ", "")
    times = _times(square.ratio) if square.ratio is not None else ""
    both = f"{times} {how_far}".strip()
    return shorten(first, columns), both if cells(both) <= columns else shorten(times or how_far, columns)


def _glyph(square: Square) -> str:
    if square.working is not None:
        return words.RUNNING
    if square.done < square.planned:
        return words.WAITING
    if square.failures:
        return "✕" if square.seconds is None else "!"
    return "✓"


def _short(seconds: float) -> str:
    """``4.2s``, ``125s``, ``12m``: a tile has no room for more."""
    if seconds < 99.5:
        return f"{seconds:.1f}s" if seconds >= 1 else f"{seconds:.2f}s"
    return f"{seconds:.0f}s" if seconds < 600 else f"{seconds / 60:.0f}m"


def _times(ratio: float) -> str:
    return f"×{ratio:.0f}" if ratio >= 9.95 else f"×{ratio:.1f}"


def label(task: str, model: str, columns: int, rows: int) -> list[Line]:
    """Task and model of a row of the map, in one line or in two."""
    task, model = hostile.one_line(task), hostile.one_line(model)
    free: Line = [(" " * columns, "text")]
    if rows > 1:
        return [
            fit([(f" {shorten(task, columns - 2)}", "strong")], columns),
            fit([(f"   {shorten(model, columns - 4)}", "muted")], columns),
            *[free] * (rows - 2),
        ]
    name = shorten(model, columns * 2 // 3)
    return [
        fit([(f" {shorten(task, columns - cells(name) - 3)} ", "strong"), (name, "muted")], columns),
    ]


def detail(square: Square | None, reference: str, columns: int, now: float) -> list[Line]:
    """Two lines: what it is and its figures; marks, failures, and what it waits for. ``now``: monotonic s."""
    if square is None:
        return [[], []]
    place, s = square.place, square.seconds
    what = hostile.one_line(f"{place.board} · {place.task} · {place.model}")
    first: Line = [(f" {what}", "strong"), (f"   {square.done} of {square.planned}", "accent")]
    if s is not None:
        median = numbers.seconds(s.median) if known(s.median) else str(s.median)
        first.append((f"   {median} [{s.low:.3g}–{s.high:.3g}] n = {s.n}", "text"))
    if square.ratio is not None:
        first.append((f"   {numbers.ratio(square.ratio)}, {reference} being 1", "text"))
    if square.right[1]:
        first.append((f"   {square.right[0]}/{square.right[1]} right", "text"))
    return [fit(first, columns), fit(_blemishes(square, now), columns)]


def _blemishes(square: Square, now: float) -> Line:
    line: Line = []
    reasons = ", ".join(f"{why} ×{count}" for why, count in square.left_out)
    if square.spoiled:
        line.append((f" indicative only, all are left out of summaries: {reasons} ", "warn"))
    elif square.left_out:
        line.append((f" left out: {reasons} ", "warn"))
    if square.failure is not None:
        last = next(
            (c.reply for c in reversed(square.cells) if c.reply and c.reply.outcome == square.failure), None
        )
        why = hostile.one_line(last.reason, 160) if last is not None else ""
        line.append((f" {square.failures} {square.failure}: {why} ", "bad"))
    if (live := square.working) is not None:
        held = hostile.one_line(live.held) if live.held else words.PHASE[live.phase]
        line.append((f" {words.RUNNING} {held}, {numbers.stopwatch(live.elapsed_s(now))} ", "accent"))
    return line or [(" ", "text")]


def head(
    run_id: str, protocol: str, done: int, planned: int, eta: str, columns: int, *, paused: bool, own: str
) -> Line:
    """The line above the map. ``own``: whose time its figures are in, where they are not the host's."""
    line: Line = [(f" {run_id} ", "strong"), (f" {hostile.one_line(protocol)} ", "muted")]
    line.append((f" {done}/{planned} answers ", "good" if done == planned else "accent"))
    bar = min(30, columns - width(line) - cells(eta) - cells(own) - 26)
    if bar >= 6 and planned:
        full = done * bar // planned
        line += [("━" * full, "accent"), ("━" * (bar - full), "grid")]
    if eta:
        line.append((f" {eta} ", "text"))
    if paused:
        line.append((" paused ", "warn-pill"))
    if own:
        line.append((f" {own} ", "accent"))
    return fit(line, columns)


def eta_words(seconds: float, unknown: int) -> str:
    """``~12 min 05 left``; where nobody knows of some cells it takes longer."""
    if not seconds:
        return f"{unknown} never measured so far" if unknown else ""
    about = numbers.seconds(seconds) if seconds < 5400 else f"{seconds / 3600:.1f} h"
    return f"over {about} left, {unknown} unknown" if unknown else f"~{about} left"
