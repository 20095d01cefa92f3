"""A line is a list of spans, a span is text and the name of its ink. Themes turn inks into colours."""

from __future__ import annotations

from typing import Literal, TypeAlias

from rich.cells import cell_len, set_cell_size

Ink: TypeAlias = Literal[
    "text",
    "strong",
    "muted",
    "grid",
    "accent",
    "accent-strong",
    "good",
    "warn",
    "bad",
    "area",
    "area-warn",
    "area-bad",
    "bad-pill",
    "warn-pill",
    "cursor-pill",
    "mark",
    "heat-0",
    "heat-1",
    "heat-2",
    "heat-3",
    "heat-4",
]
"""What a span means; never a colour. ``heat-0``: compared with nothing; from ``heat-1`` (as fast) to ``heat-4``."""

Span: TypeAlias = tuple[str, Ink]
Line: TypeAlias = list[Span]


def cells(text: str) -> int:
    """Columns that ``text`` takes on the screen."""
    return len(text) if text.isascii() else cell_len(text)


def width(line: Line) -> int:
    """Columns that a line takes."""
    return sum(cells(text) for text, _ in line)


def shorten(text: str, limit: int) -> str:
    """``text`` in at most ``limit`` columns, with an ellipsis where something was cut."""
    if cells(text) <= limit:
        return text
    if limit <= 1:
        return "…"[:limit]
    return set_cell_size(text, limit - 1).rstrip() + "…"


def fit(line: Line, columns: int) -> Line:
    """A line of exactly ``columns``: padded with blanks, or cut with an ellipsis."""
    out: Line = []
    left = columns
    for text, ink in line:
        cut = cells(text) > left
        if cut:
            text = shorten(text, left)
        if text:
            out.append((text, ink))
        left -= cells(text)
        if cut or left <= 0:
            break
    if left > 0:
        out.append((" " * left, "text"))
    return out


def spread(left: Line, right: Line, columns: int) -> Line:
    """Left and right end of one line; the right end goes first where both do not fit, whole or not at all."""
    space = columns - width(left)
    if width(right) + 1 > space:
        return fit(left, columns)
    return [*left, (" " * (space - width(right)), "text"), *right]


def plain(line: Line) -> str:
    """The text alone."""
    return "".join(text for text, _ in line)
