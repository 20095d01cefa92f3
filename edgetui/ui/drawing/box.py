"""A frame around lines, with words in its upper and lower edge."""

from __future__ import annotations

from collections.abc import Sequence

from edgetui.ui.drawing.ink import Ink, Line, fit, width


def edge(corners: str, dash: str, left: Line, right: Line, columns: int, ink: Ink) -> Line:
    """An upper or lower edge: ``╭─ left ──── right ─╮``; the right end is left out where it does not fit."""
    room = columns - 4
    if left:
        left = [(" ", ink), *fit(left, min(width(left), room - 2)), (" ", ink)]
    if right:
        right = [(" ", ink), *right, (" ", ink)]
    if width(left) + width(right) > room:
        right = []
    fill = dash * (room - width(left) - width(right))
    return [(corners[0] + dash, ink), *left, (fill, ink), *right, (dash + corners[1], ink)]


def boxed(
    body: Sequence[Line],
    columns: int,
    rows: int,
    *,
    ink: Ink,
    heavy: bool = False,
    title: Line | None = None,
    title_right: Line | None = None,
    foot: Line | None = None,
    foot_right: Line | None = None,
) -> list[Line]:
    """Exactly ``rows`` lines of ``columns``; what is too much of the body is left out."""
    top, bottom, dash, side = ("┏┓", "┗┛", "━", "┃") if heavy else ("╭╮", "╰╯", "─", "│")
    out = [edge(top, dash, title or [], title_right or [], columns, ink)]
    for y in range(rows - 2):
        inner = fit(body[y], columns - 4) if y < len(body) else [(" " * (columns - 4), "text")]
        out.append([(side + " ", ink), *inner, (" " + side, ink)])
    out.append(edge(bottom, dash, foot or [], foot_right or [], columns, ink))
    return out
