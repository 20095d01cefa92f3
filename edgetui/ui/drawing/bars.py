"""Bars and sparklines on fixed scales: the same height means the same value on every card."""

from __future__ import annotations

from collections.abc import Sequence

from edgetui.model import Reading, Sample, known
from edgetui.ui.drawing.ink import Ink, Line

BLOCKS = "▁▂▃▄▅▆▇█"
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


def heatline(history: Sequence[Sample], limit: Reading, columns: int) -> Line:
    """The last temperatures, newest at the right end, a gap where there was no reading."""
    recent = history[-columns:] if columns > 0 else ()
    out: Line = [(" " * (columns - len(recent)), "text")] if len(recent) < columns else []
    run, ink = "", None
    for sample in recent:
        value = sample.temperature_c
        now = heat(value, limit)
        if now != ink and run and ink is not None:
            out.append((run, ink))
            run = ""
        ink = now
        run += _block(value)
    if run and ink is not None:
        out.append((run, ink))
    return out


def _block(value: Reading) -> str:
    if not known(value):
        return " "
    step = (value - COOLEST_C) / (HOTTEST_C - COOLEST_C) * len(BLOCKS)
    return BLOCKS[min(len(BLOCKS) - 1, max(0, int(step)))]
