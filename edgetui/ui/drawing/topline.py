"""The first line of the screen: where one is, and how the cluster is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from edgetui.model import State, known
from edgetui.ui.drawing.ink import Line, fit, width
from edgetui.ui.drawing.words import LINK
from edgetui.ui.selection import throttles_now

TABS: tuple[tuple[str, str, str], ...] = (("1", "wall", "Wall"), ("2", "run", "Run"), ("8", "log", "Log"))
"""(key, view, title)."""


def topline(
    states: Iterable[State], current: str, notes: Sequence[str], running: int, now: float, columns: int
) -> Line:
    """Exactly ``columns`` wide. ``notes``: what holds for the view (``paused``); ``now``: Unix s, local clock."""
    left: Line = [(" edgetui ", "accent-strong"), (" ", "text")]
    for key, view, title in TABS:
        here = view == current
        left += [(f" {key} ", "accent" if not here else "cursor-pill")]
        left += [(f"{title} ", "cursor-pill" if here else "muted"), (" ", "text")]
    parts = _parts(list(states), notes, running, now)
    room = columns - width(left) - 1
    while sum(width(line) + 2 for _, line in parts) > room and parts:
        parts.remove(max(parts, key=lambda part: part[0]))
    right: Line = []
    for _, line in parts:
        right += [("  ", "text"), *line]
    gap = columns - width(left) - width(right) - 1
    return fit([*left, (" " * max(0, gap), "text"), *right, (" ", "text")], columns)


def _parts(states: list[State], notes: Sequence[str], running: int, now: float) -> list[tuple[int, Line]]:
    """(rank, words): the highest rank is left out first."""
    parts: list[tuple[int, Line]] = [(1, [(note, "warn")]) for note in notes]
    if simulated := _simulated(states):
        parts.append((0, [(simulated, "accent")]))
    if running:
        parts.append((5, [("▶ ", "accent"), (f"{running} running", "text")]))
    if hottest := _hottest(states):
        parts.append((6, [("hottest ", "muted"), (hottest, "text")]))
    count = Counter(state.link for state in states)
    for link, (glyph, ink) in LINK.items():
        if count[link]:
            parts.append((2, [(glyph + " ", ink), (f"{count[link]} {link}", "text")]))
    if throttled := sum(1 for state in states if throttles_now(state)):
        parts.append((2, [("▲ ", "bad"), (f"{throttled} throttled", "text")]))
    parts.append((7, [(datetime.fromtimestamp(now).strftime("%H:%M:%S"), "muted")]))
    return parts


def _simulated(states: list[State]) -> str:
    speeds = [s.identity.sim_speed for s in states if s.identity is not None and s.identity.simulated]
    if not speeds:
        return ""
    times = ", ".join(f"×{speed:g}" for speed in sorted(set(speeds)))
    some = "" if len(speeds) == sum(1 for s in states if s.identity is not None) else f"{len(speeds)} "
    return f"{some}simulated {times}"


def _hottest(states: list[State]) -> str:
    known_c = [
        (s.sample.temperature_c, s.board)
        for s in states
        if s.link in ("up", "late") and s.sample is not None and known(s.sample.temperature_c)
    ]
    if not known_c:
        return ""
    celsius, board = max(known_c)
    return f"{celsius:.0f}° {board}"
