"""Pure: many replies become a comparison of boards, models and tasks. Screens and reports show the same figures."""

from edgetui.summary.cell import Cell
from edgetui.summary.choice import Choice, choices
from edgetui.summary.comparison import Comparison, compare
from edgetui.summary.quantity import QUANTITIES, Quantity, limit_s
from edgetui.summary.rivals import Rivals, rivals
from edgetui.summary.words import cold_start, shown, span

__all__ = [
    "QUANTITIES",
    "Cell",
    "Choice",
    "Comparison",
    "Quantity",
    "Rivals",
    "choices",
    "cold_start",
    "compare",
    "limit_s",
    "rivals",
    "shown",
    "span",
]
