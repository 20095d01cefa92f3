"""Dots over two axes in braille: tok/s over temperature, a small plot for each board and model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from edgetui.model import hostile, known
from edgetui.model.run import GOOD
from edgetui.store import StoredReply
from edgetui.summary import QUANTITIES, shown
from edgetui.ui.drawing.bars import COOLEST_C, HOTTEST_C
from edgetui.ui.drawing.box import boxed
from edgetui.ui.drawing.ink import Ink, Line, fit

WIDTH, HEIGHT = 38, 9
"""Columns and rows of one plot with its frame."""
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Bits of U+2800 by row and column of a cell."""


class Dot(NamedTuple):
    """One reply."""

    celsius: float
    """Hottest while it was made."""
    rate: float
    """tok/s, in the board's own time."""
    throttled: bool


def heat_page(replies: Iterable[StoredReply], columns: int) -> list[Line]:
    """As many plots beside each other as have room. Replies without temperature or rate are counted."""
    plots: defaultdict[tuple[str, str], list[Dot]] = defaultdict(list)
    blank, simulated = 0, False
    for stored in replies:
        reply = stored.reply
        rate = QUANTITIES["tok_per_s"].of(reply)
        simulated = simulated or reply.sim_speed > 0
        if stored.peak_c is None or not known(rate) or reply.outcome not in GOOD:
            blank += 1
            continue
        held = bool(stored.throttled) or "throttled" in reply.marks
        plots[reply.request.board, reply.request.model].append(Dot(stored.peak_c, rate, held))
    lines: list[Line] = []
    drawn = [plot(f"{board} · {model}", dots) for (board, model), dots in plots.items()]
    beside = max(1, columns // (WIDTH + 1))
    for first in range(0, len(drawn), beside):
        row = drawn[first : first + beside]
        lines += [[span for each in row for span in (*each[y], (" ", "text"))] for y in range(HEIGHT)]
    told = f"{COOLEST_C:.0f} to {HOTTEST_C:.0f} °C to the right, tok/s upwards from 0; ▲ throttled"
    lines.append([(told, "muted"), ("  simulated" if simulated else "", "muted")])
    if blank:
        lines.append([(f"not drawn, for want of temperature, rate or a whole answer: {blank}", "muted")])
    return lines


def plot(title: str, dots: Sequence[Dot]) -> list[Line]:
    """One of them in its frame."""
    columns, rows = WIDTH - 4, HEIGHT - 2
    top = max(dot.rate for dot in dots)
    head: Line = [(hostile.one_line(title, WIDTH - 6), "strong")]
    body = [fit(row, columns) for row in scatter(dots, top, columns, rows)]
    coolest, hottest = min(dot.celsius for dot in dots), max(dot.celsius for dot in dots)
    foot: Line = [(f"{coolest:.0f}–{hottest:.0f} °C", "muted")]
    scale: Line = [(f"up to {shown(top)} tok/s", "text")]
    return boxed(body, WIDTH, HEIGHT, ink="grid", title=head, foot=foot, foot_right=scale)


def scatter(dots: Iterable[Dot], top: float, columns: int, rows: int) -> list[Line]:
    """Braille cells of two by four dots; one with a throttled reply is a ``▲``."""
    bits = [[0] * columns for _ in range(rows)]
    held = [[False] * columns for _ in range(rows)]
    for dot in dots:
        across = (dot.celsius - COOLEST_C) / (HOTTEST_C - COOLEST_C)
        x = max(0, min(columns * 2 - 1, int(across * columns * 2)))
        y = max(0, min(rows * 4 - 1, int((1 - dot.rate / top) * rows * 4))) if top > 0 else rows * 4 - 1
        bits[y // 4][x // 2] |= _DOTS[y % 4][x % 2]
        held[y // 4][x // 2] |= dot.throttled
    return [[_cell(*cell) for cell in zip(*row, strict=True)] for row in zip(bits, held, strict=True)]


def _cell(bits: int, held: bool) -> tuple[str, Ink]:
    if held:
        return "▲", "bad"
    return (chr(0x2800 + bits), "accent") if bits else (" ", "text")
