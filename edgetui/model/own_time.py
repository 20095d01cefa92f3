"""Whose seconds people read: those of a simulated board that lives S times faster are its own.

Documents and the Store keep the host's beside ``sim_speed``; a real board's own are the host's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from typing import TypeVar

from edgetui.model.phases import Metrics, Phases
from edgetui.model.reading import Reading

_Figure = TypeVar("_Figure", float, Reading, float | None)
_Figures = TypeVar("_Figures", Metrics, Phases)


def own(name: str, value: _Figure, sim_speed: float) -> _Figure:
    """A host's figure in the board's own time, by the unit that its name carries; ``sim_speed`` 0: a real board.

    Rates are S times lower, s and J S times more; temperatures, tokens and shares stay, as does what is not there.
    """
    if not sim_speed or not isinstance(value, int | float):
        return value
    if name.endswith("_per_s"):
        return value * float(sim_speed**-1)
    return value * sim_speed if name.endswith(("_s", "_j")) else value


def all_own(figures: _Figures, sim_speed: float) -> _Figures:
    """Every figure of a reply in the board's own time."""
    if not sim_speed:
        return figures
    return replace(
        figures, **{each.name: own(each.name, getattr(figures, each.name), sim_speed) for each in fields(figures)}
    )


def own_time(speeds: Iterable[float]) -> str:
    """``boards' own time, simulated ×15`` of boards with these speeds, 0 being a real one; empty where all are."""
    simulated = sorted({speed for speed in speeds if speed})
    return f"boards' own time, simulated ×{', ×'.join(f'{s:g}' for s in simulated)}" if simulated else ""
