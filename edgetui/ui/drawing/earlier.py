"""A run against the last one of the same cells before it: differs, or nobody can tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TypeAlias, cast

from edgetui.model import Mode, hostile, known
from edgetui.model.figures import spread
from edgetui.model.own_time import own
from edgetui.model.sound import why_unsound
from edgetui.scoring.statistics import Comparison, compare
from edgetui.store import Result
from edgetui.summary import span
from edgetui.summary.quantity import MEASURED
from edgetui.ui.drawing.ink import Ink, Line, fit, shorten, width

Cell: TypeAlias = tuple[str, str, str, str, str]
"""Board, model, task, item, mode."""


@dataclass(frozen=True, slots=True)
class Change:
    """End-to-end times of one cell in two runs, s of the board's own time."""

    cell: Cell
    now: tuple[float, ...]
    before: tuple[float, ...]
    """Of the earlier run; empty where there is none."""
    run: str
    """The earlier one."""
    simulated: bool

    @property
    def verdict(self) -> Comparison:
        """Does it differ?"""
        return compare(self.now, self.before)


def changes(results: Iterable[Result], chosen: Collection[str]) -> list[Change]:
    """Of every cell of the newest of the ``chosen`` runs that has it. Only sound, whole answers count."""
    times: defaultdict[Cell, dict[str, list[Result]]] = defaultdict(dict)
    for r in results:
        if r.outcome in MEASURED and r.e2e_s is not None and not why_unsound(r.marks, cast("Mode", r.mode)):
            times[r.board, r.model, r.task, r.item, r.mode].setdefault(r.run, []).append(r)
    found = []
    for cell, runs in times.items():
        by_age = sorted(runs, key=lambda run: max(r.finished_at for r in runs[run]), reverse=True)
        newest = next((run for run in by_age if run in chosen), None)
        if newest is None:
            continue
        older = by_age[by_age.index(newest) + 1 :]
        before = older[0] if older else ""
        simulated = any(r.sim_speed for r in (*runs[newest], *runs.get(before, ())))
        found.append(Change(cell, _own(runs[newest]), _own(runs.get(before, ())), before, simulated))
    return found


def _own(results: Iterable[Result]) -> tuple[float, ...]:
    return tuple(own("e2e_s", r.e2e_s or 0.0, r.sim_speed) for r in results)


def earlier_page(found: Iterable[Change], columns: int) -> list[Line]:
    """What differs first, then what cannot be told, then what has nothing to be compared with."""
    every = list(found)
    compared = [(change, change.verdict) for change in every if change.before]
    compared.sort(key=lambda pair: pair[1].verdict != "differs")
    lines = [line for change, verdict in compared for line in _lines(change, verdict, columns)]
    alone = sum(1 for change in every if not change.before)
    if alone:
        lines.append([(f"without an earlier run to be compared with: {alone}", "muted")])
    if not every:
        lines.append([("no sound, whole answer is among these", "muted")])
    return lines


def _lines(change: Change, verdict: Comparison, columns: int) -> list[Line]:
    board, model, task, item, mode = change.cell
    differs = verdict.verdict == "differs"
    now, before = spread(change.now), spread(change.before)
    ink: Ink = "warn" if differs else "muted"
    title = hostile.one_line(f"{model} · {task} / {item or 'no picture'} · {mode}", 120)
    head: Line = [(f"{shorten(hostile.one_line(board), 14):<15}", "strong"), (title, "text")]
    if change.simulated:
        head.append(("  simulated", "muted"))
    told: Line = [(f"   {verdict.verdict}", ink)]
    if now is not None and before is not None:
        if differs and known(now.median) and known(before.median) and before.median > 0:
            told.append((f": {_percent(now.median / before.median)}", "strong"))
        told.append((f"   {span(now, 's')} n={now.n}", "text"))
        told.append((f"   was {span(before, 's')} n={before.n}", "muted"))
    why: Line = [(f"   {verdict.why}; run {hostile.one_line(change.run, 40)}", "muted")]
    rows = [head, [*told, *why]] if width(told) + width(why) <= columns else [head, told, why]
    return [fit(row, columns) for row in rows]


def _percent(ratio: float) -> str:
    return f"{100 * abs(ratio - 1):.0f} % {'slower' if ratio > 1 else 'faster'}"
