"""Everything that is known of one board, as lines: boxes in one, two or three columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from edgetui.cluster.visit.visit import Visit
from edgetui.config import Board
from edgetui.doctor.check import Check
from edgetui.model import State, hostile
from edgetui.ui.drawing import numbers, words
from edgetui.ui.drawing.board.compute import age_words, compute_section, heat_section, power_section
from edgetui.ui.drawing.board.facts import Section
from edgetui.ui.drawing.board.logs import log_sections, mending_sections
from edgetui.ui.drawing.board.memory import memory_section
from edgetui.ui.drawing.board.ollama import ollama_section, worries
from edgetui.ui.drawing.board.system import disk_section, identity_section, link_section, network_section
from edgetui.ui.drawing.box import boxed
from edgetui.ui.drawing.ink import Line, fit, shorten, spread
from edgetui.ui.drawing.trouble import trouble

TWO, THREE = 108, 168
"""From so many columns on there are two, and three, boxes beside each other."""
GAP = 1
_FRAME = 4
_Make = Callable[[int], Section]


def detail(board: Board, state: State, visit: Visit | None, now: float, columns: int) -> list[Line]:
    """As of ``now``, Unix s."""
    columns = max(40, columns)
    beside = 3 if columns >= THREE else 2 if columns >= TWO else 1
    found = worries(board, state, visit)
    lines = [*_head(state, now, columns), *_alarms(found, columns)]
    wide = columns - _FRAME
    lines += _laid_out(_sections(board, state, visit, found, now), columns, beside)
    for section in (*log_sections(visit, wide), *mending_sections(state, wide)):
        lines += _box(section, columns)
    return lines


def _head(state: State, now: float, columns: int) -> list[Line]:
    glyph, ink = words.LINK[state.link]
    since = f" for {numbers.ago(now - state.since)}" if state.since else ""
    left: Line = [(f"{glyph} {state.board}", "strong"), (f"  {state.link}{since}", ink)]
    age = age_words(state.sample, now) if state.sample is not None else ""
    right: Line = [(age, "warn")] if age else []
    if state.identity is not None and state.identity.simulated:
        right += [(f"  simulated ×{state.identity.sim_speed:g}", "muted")]
    lines = [spread(left, right, columns)]
    return lines if state.link == "up" else [*lines, *trouble(state, now, columns, 8)]


def _alarms(found: Sequence[Check], columns: int) -> list[Line]:
    """What makes answers wrong, or lets others in: on top, wherever the rest is scrolled to."""
    told = [f"▲ {check.name}: {check.looked}" for check in found if check.grade == "red"]
    return [[(" ", "bad"), (shorten(hostile.one_line(text), columns - 1), "bad")] for text in told]


def _sections(board: Board, state: State, visit: Visit | None, found: Sequence[Check], now: float) -> list[_Make]:
    """In the order of what matters."""
    sample, ollama = state.sample, state.ollama
    makes: list[_Make] = []
    if sample is not None:
        makes.append(lambda c: heat_section(state, sample, c))
        makes.append(lambda c: compute_section(sample, visit, c))
        makes.append(lambda c: memory_section(sample, visit, ollama, c))
    if sample is not None or ollama is not None:
        makes.append(lambda c: ollama_section(ollama, found, visit, now, c))
    if sample is not None:
        makes.append(lambda c: power_section(sample, c))
        makes.append(lambda c: disk_section(visit, c))
        makes.append(lambda c: network_section(visit, c))
        makes.append(lambda c: link_section(state, visit, c))
    return [*makes, lambda c: identity_section(board, state, c)]


def _laid_out(makes: Sequence[_Make], columns: int, beside: int) -> list[Line]:
    """Each box below the shortest column there is, so that the order stays and no gap grows."""
    width = (columns - GAP * (beside - 1)) // beside
    stacks: list[list[Line]] = [[] for _ in range(beside)]
    for make in makes:
        min(stacks, key=len).extend(_box(make(width - _FRAME), width))
    lines: list[Line] = []
    for row in range(max(map(len, stacks))):
        line: Line = []
        for stack in stacks:
            gap: Line = [(" " * GAP, "text")] if line else []
            line += [*gap, *fit(stack[row] if row < len(stack) else [], width)]
        lines.append(line)
    return lines


def _box(section: Section, columns: int) -> list[Line]:
    title: Line = [(section.title, "accent-strong")]
    return boxed(section.lines, columns, len(section.lines) + 2, ink=section.ink, title=title)
