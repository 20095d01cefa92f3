"""What sections are made of: facts, readings, gauges, and the section itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edgetui.model import NA, Reading, hostile, known
from edgetui.ui.drawing import numbers
from edgetui.ui.drawing.bars import bar
from edgetui.ui.drawing.ink import Ink, Line, shorten
from edgetui.ui.drawing.wrap import wrap

LABEL = 13
"""Columns of a label."""
NEVER = 9.0
"""A share that no bar reaches: it never warns."""


@dataclass(frozen=True, slots=True)
class Section:
    """A box: a title and the lines in it."""

    title: str
    lines: Sequence[Line]
    aside: Line | None = None
    """At the right end of its upper edge."""
    ink: Ink = "grid"
    """Of its frame."""


def fact(label: str, value: str, ink: Ink = "text") -> Line:
    """A label and words; they are cleaned here."""
    return [(f"{label:<{LABEL}}", "muted"), (hostile.one_line(value), ink)]


def facts(label: str, value: str, columns: int, ink: Ink = "text") -> list[Line]:
    """The same over as many lines as it takes."""
    rows = wrap(hostile.one_line(value, 1000), max(12, columns - LABEL))
    return [fact("" if index else label, row, ink) for index, row in enumerate(rows)]


def reading(label: str, value: object, show: str, columns: int) -> list[Line]:
    """The value in words, or why there is none."""
    if isinstance(value, NA):
        return facts(label, str(value), columns, "muted")
    return [fact(label, show)]


def gauge(
    label: str,
    value: Reading,
    full: Reading,
    words: str,
    columns: int,
    ink: Ink = "accent",
    warn_from: float = NEVER,
) -> list[Line]:
    """A bar between label and words; where the value is not known, why."""
    if isinstance(value, NA):
        return facts(label, str(value), columns, "muted")
    name = shorten(hostile.one_line(label), LABEL - 1)
    size = min(32, max(6, columns - LABEL - max(14, len(words)) - 2))
    whole = full if known(full) else 0.0
    drawn = bar(value, whole, size, ink, warn_from) if whole > 0 else [(" " * size, ink)]
    return [[(f"{name:<{LABEL}}", "muted"), *drawn, (f"  {words}", "text")]]


def paragraph(text: str, columns: int, ink: Ink = "text") -> list[Line]:
    """Words over as many lines as it takes."""
    return [[(row, ink)] for row in wrap(hostile.one_line(text, 1000), max(12, columns))]


def command(text: str, columns: int) -> list[Line]:
    """A command to type."""
    rows = wrap(hostile.one_line(text, 1000), max(12, columns - 2))
    return [[("$ " if index == 0 else "  ", "muted"), (row, "accent")] for index, row in enumerate(rows)]


def gib(value: float) -> str:
    """Bytes to ``5.1 GiB``."""
    return f"{numbers.gibibytes(value)} GiB"


def rate(value: Reading) -> str:
    """Bytes per s to ``1.2 MB/s``."""
    if not known(value):
        return numbers.NOT_KNOWN
    for limit, unit in ((1e6, "kB/s"), (1e9, "MB/s"), (1e12, "GB/s")):
        if value < limit:
            share = value / limit * 1000
            return f"{share:.1f} {unit}" if share < 10 else f"{share:.0f} {unit}"
    return numbers.NOT_KNOWN
