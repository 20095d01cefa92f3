"""The first line of the screen: where one is, and how the cluster is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeAlias

from edgetui.model import State, known
from edgetui.ui.drawing.ink import Line, Span, fit, width
from edgetui.ui.drawing.words import LINK
from edgetui.ui.selection import throttles_now

TABS: tuple[tuple[str, str, str], ...] = (
    ("1", "wall", "Wall"),
    ("2", "run", "Run"),
    ("3", "throttle", "Throttle"),
    ("4", "models", "Models"),
    ("5", "results", "Results"),
    ("7", "alerts", "Alerts"),
    ("8", "log", "Log"),
)
"""(key, view, title)."""
ROOMY = 100
"""Columns from which on every view is named."""


def topline(
    states: Iterable[State],
    current: str,
    notes: Sequence[Span],
    running: int,
    now: float,
    columns: int,
    alerts: int = 0,
) -> Line:
    """Exactly ``columns`` wide. ``notes``: what holds for the view (``paused``); ``now``: Unix s, local clock;
    ``alerts``: how many wait for a person."""
    left = _tabs(current, alerts, short=columns < ROOMY)
    board = list(states)
    room = columns - width(left) - 1
    parts = _parts(board, notes, running, now, short=False)
    if _width(parts) > room:
        parts = _parts(board, notes, running, now, short=True)
    if notes and _width(parts) > room:  # what holds now goes before the names of places
        left = _tabs(current, alerts, short=True)
        room = columns - width(left) - 1
    while parts and _width(parts) > room:
        parts.remove(max(parts, key=lambda part: part[0]))
    right = [span for _, line in parts for span in (_GAP, *line)]
    gap = columns - width(left) - width(right) - 1
    return fit([*left, (" " * max(0, gap), "text"), *right, (" ", "text")], columns)


def _tabs(current: str, alerts: int, *, short: bool) -> Line:
    """Where one can be; ``short``: of the others only the key. Alerts that wait are counted beside theirs."""
    tabs: Line = [(" edgetui ", "accent-strong"), (" ", "text")]
    for key, view, title in TABS:
        here = view == current
        tabs.append((f" {key} ", "accent" if not here else "cursor-pill"))
        if here or not short:
            tabs.append((f"{title} ", "cursor-pill" if here else "muted"))
        if view == "alerts" and alerts:
            tabs += [(f" {alerts} ", "bad-pill"), (" ", "text")]
    return tabs


_GAP: Span = ("  ", "text")
_Parts: TypeAlias = list[tuple[int, Line]]
"""(rank, words): the highest rank is left out first."""


def _width(parts: _Parts) -> int:
    return sum(width(line) + 2 for _, line in parts)


def _parts(states: list[State], notes: Sequence[Span], running: int, now: float, *, short: bool) -> _Parts:
    parts: _Parts = [(3, [note]) for note in notes]
    if simulated := _simulated(states):
        parts.append((0, [(simulated, "accent")]))
    if running:
        parts.append((6, [("▶ ", "accent"), (f"{running}" if short else f"{running} running", "text")]))
    if hottest := _hottest(states):
        parts.append((7, [("" if short else "hottest ", "muted"), (hottest, "text")]))
    count = Counter(state.link for state in states)
    for link, (glyph, ink) in LINK.items():
        if count[link]:
            rank = 4 if link in ("up", "connecting", "off") else 2
            parts.append(
                (rank, [(glyph + " ", ink), (f"{count[link]}" if short else f"{count[link]} {link}", "text")])
            )
    if throttled := sum(1 for state in states if throttles_now(state)):
        parts.append((1, [("▲ ", "bad"), (f"{throttled}" if short else f"{throttled} throttled", "text")]))
    parts.append((8, [(datetime.fromtimestamp(now).strftime("%H:%M:%S"), "muted")]))
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
