"""Figures as people read them: as many digits as they are worth."""

from __future__ import annotations

from edgetui.model import NA, Reading, known
from edgetui.model.figures import Spread
from edgetui.summary.cell import Cell


def shown(value: Reading, unit: str = "") -> str:
    """``302 s``, ``21.3 s``, ``2.46 s``: three digits, none after the point from 100 on; ``n/a (why)``."""
    if isinstance(value, NA):
        return str(value)
    digits = 0 if abs(value) >= 99.95 else 1 if abs(value) >= 9.995 else 2
    whole = f"{value:.{digits}f}"
    return f"{whole} {unit}" if unit else whole


def span(found: Spread | NA, unit: str = "") -> str:
    """``120 [118–125] s``, ``> 600 s``, what the median exceeds; only the median where all are alike."""
    if isinstance(found, NA):
        return str(found)
    low, high = shown(found.low), shown(found.high)
    middle = found.median.reason.removesuffix(" s") if isinstance(found.median, NA) else shown(found.median)
    alike = (low == high and not found.censored) or found.censored == found.n
    whole = middle if alike else f"{middle} [{low}–{'> ' * bool(found.censored)}{high}]"
    return f"{whole} {unit}" if unit else whole


def cold_start(cell: Cell) -> str:
    """``9.5 s = 7.0 load + 2.5``: a first question, told apart; empty where the load is not known."""
    load, warm = cell.cold_load_s, cell.median("e2e_s")
    if not known(load) or not known(warm):
        return ""
    return f"{load + warm:.1f} s = {load:.1f} load + {warm:.1f}"
