"""Which board should do this task with this model, and what does heat cost there? Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from shlex import join
from statistics import median

from edgetui.model import NA, Mode, known
from edgetui.model.hostile import one_line
from edgetui.model.sound import SPOILS
from edgetui.summary.cell import Cell
from edgetui.summary.comparison import Comparison
from edgetui.summary.quantity import QUANTITIES
from edgetui.summary.words import shown, span

_JUDGED: tuple[Mode, ...] = ("burst", "quick", "sustained")
"""Boards are told apart by the first of these that was measured."""
_NAMED = 4
"""So many boards with the same reason are told by name."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The answer for one task and model."""

    task: str
    model: str
    board: str
    """Which board, as a sentence."""
    heat: str
    """What heat costs there, as a sentence; empty where that is not known."""
    learn: str
    """How to learn it, with the command; empty where it is known."""
    cells: tuple[Cell, ...]
    """What it follows from."""

    @property
    def words(self) -> str:
        """All of it."""
        return " ".join(filter(None, (self.board, self.heat, self.learn)))


def choices(comparison: Comparison) -> tuple[Choice, ...]:
    """One for each task and model that was asked of several boards."""
    found = []
    for task in comparison.tasks:
        for model in comparison.models:
            cells = tuple(c for c in comparison.cells if (c.task, c.model) == (task, model))
            if len({cell.board for cell in cells}) > 1:
                found.append(Choice(task, model, *_words(comparison, task, model), cells))
    return tuple(found)


def _words(comparison: Comparison, task: str, model: str) -> tuple[str, str, str]:
    what = f"{one_line(task, 80)} with {one_line(model, 80)}"
    for mode in _JUDGED:
        ranked = comparison.ranked(model, task, mode)
        cells = [c for c in ranked if known(c.median("e2e_s")) and not c.broken]
        most = max((c.items[0] for c in cells), default=0)
        able = [c for c in cells if c.items[0] == most]
        if not able:
            continue
        best = next((c for c in able if c.board != comparison.reference), able[0])
        told = [f"{what}: {_advice(best, able, cells, ranked)}"]
        told += [f"the reference is {_told(c)}" for c in able[:1] if c is not best]
        hot = _faster_hot(comparison, best)
        told += [*hot.values(), *_left_out([c for c in ranked if c not in able and c.board not in hot], best)]
        heat, learn = _heat(comparison, best)
        return f"{'; '.join(told)}.", heat, learn if best.items[0] or not best.items[1] else ""
    return f"{what}: no board has a time that counts; the reasons stand in its cells.", "", ""


def _advice(best: Cell, able: Sequence[Cell], cells: Sequence[Cell], ranked: Sequence[Cell]) -> str:
    """Which board, by which rule: ``able`` are most often right of ``cells``, whose times count of ``ranked``."""
    right, judged = best.items
    aside = "" if best is able[0] else " apart from the reference"
    if judged and not right:
        whose = " whose time counts" if any(c.items[0] for c in ranked) else ""
        return f"no board{whose} answered right, so there is none to take; the fastest{aside} is {_told(best)}"
    if len(able) > 1:
        rule = " of those that are right" if right == judged else " of those most often right"
        return f"take {_told(best)}, the fastest{rule if judged else ''}{aside}"
    return f"take {_told(best)}, {'most often right' if len(cells) > 1 else 'the only one whose time counts'}"


def _left_out(cells: Sequence[Cell], best: Cell) -> list[str]:
    """The others that were as fast or whose time does not count, by why that does not make them the choice."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for cell in cells:
        time, limit = cell.median("e2e_s"), best.median("e2e_s")
        if cell.broken:
            why = "its runtime is broken"
        elif isinstance(time, NA):
            why = time.reason
        elif known(limit) and time <= limit:
            why = f"faster, but {cell.items[0]} of {cell.items[1]} right"
        else:
            continue
        found[why].append(one_line(cell.board, 80))
    told = [f"{', '.join(b) if len(b) <= _NAMED else f'{len(b)} boards'} ({why})" for why, b in found.items()]
    return [f"left out: {'; '.join(told)}"] if told else []


def _faster_hot(comparison: Comparison, best: Cell) -> dict[str, str]:
    """By name, boards that throttled in every answer and are faster all the same: kept out, but not passed over."""
    found = {}
    limit = best.median("e2e_s")
    for cell in comparison.ranked(best.model, best.task, best.mode):
        hot = [
            s for r, why in cell.excluded if why == SPOILS["throttled"] and known(s := QUANTITIES["e2e_s"].of(r))
        ]
        if cell.n or cell.broken or not hot or not known(limit):
            continue
        if median(hot) < limit and cell.items[0] >= best.items[0]:
            name = one_line(cell.board, 80)
            told = f"{name} took {shown(median(hot), 's')}, but throttled in every answer and does not count"
            found[cell.board] = told
    return found


def _told(cell: Cell) -> str:
    right, judged = cell.items
    said = f"{one_line(cell.board, 80)} ({span(cell.spreads['e2e_s'], 's')} {cell.mode}, n = {cell.n}"
    said += f", {right} of {judged} right" if judged else ", not judged"
    return f"{said}{', simulated' if cell.sim_speed else ''})"


def _heat(comparison: Comparison, cell: Cell) -> tuple[str, str]:
    """The throttle tax, or what has to be done to know it."""
    board = one_line(cell.board, 80)
    tax = comparison.tax(cell.board, cell.model, cell.task)
    if not isinstance(tax, NA):
        cost = f"{100 * (tax - 1):.0f} %" if tax > 1.02 else "nothing to speak of"
        return f"Heat costs {cost} on {board}: sustained takes {tax:.2f} times as long as burst.", ""
    lacking = [m for m in ("burst", "sustained") if not _asked(comparison, cell, m)]
    if not lacking:
        return "", f"What heat costs on {board} is not known: {tax.reason}."
    commands = [
        join(["edgetui", "run", cell.task, "-m", cell.model, "-b", cell.board, "--mode", m]) for m in lacking
    ]
    todo = " && ".join([*map(one_line, commands), "edgetui results compare last last-1"])
    return "", f"To learn what heat costs on {board}: {todo}"


def _asked(comparison: Comparison, cell: Cell, mode: str) -> bool:
    return any(
        (c.board, c.model, c.task, c.mode) == (cell.board, cell.model, cell.task, mode) for c in comparison.cells
    )
