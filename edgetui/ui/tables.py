"""What the results view and the comparison write into files. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from edgetui.model import NA, na
from edgetui.model.tables import Table
from edgetui.store import Result
from edgetui.summary import Cell, Comparison

_RESULTS: Final[Mapping[str, str]] = {
    "run": "run",
    "board": "board",
    "task": "task",
    "item": "item",
    "model": "model",
    "repeat": "n",
    "mode": "mode",
    "outcome": "outcome",
    "score": "score",
    "passed": "right",
    "overruled": "by a person",
    "e2e_s": "e2e s",
    "ttft_s": "TTFT s",
    "t100_s": "T100 s",
    "tok_per_s": "tok/s",
    "marks": "marks",
    "finished_at": "finished at",
    "simulated": "simulated",
    "sim_speed": "simulated ×",
    "reason": "reason",
    "text": "answer",
}
_HOSTS: Final = frozenset({"e2e_s", "ttft_s", "t100_s", "tok_per_s"})


def of_results(results: Iterable[Result]) -> Table:
    """A row a reply; times are the host's, but the boards' own where people read them."""
    return Table("replies", _RESULTS, [_row(result) for result in results], _HOSTS)


def _row(result: Result) -> dict[str, Any]:
    said = result._asdict()
    named = {name: said[name] for name in _RESULTS if name in said}
    also = {"score": result.value, "overruled": result.person, "simulated": result.sim_speed > 0}
    return {name: {**named, **also}[name] for name in _RESULTS} | {
        "marks": list(result.marks),
        "sim_speed": result.sim_speed or None,
    }


_COMPARED: Final[Mapping[str, str]] = {
    "task": "task",
    "model": "model",
    "mode": "mode",
    "board": "board",
    "n": "n",
    "e2e_s": "end to end s",
    "e2e_low_s": "low s",
    "e2e_high_s": "high s",
    "ratio": "× reference",
    "ratio_low": "× low",
    "ratio_high": "× high",
    "ttft_s": "TTFT s",
    "read_s": "encode+prefill s",
    "tok_per_s": "tok/s",
    "t100_s": "T100 s",
    "gross_j": "J/answer",
    "net_j": "J net",
    "energy_scope": "J of",
    "throttled_percent": "throttled %",
    "right": "right items",
    "judged": "judged items",
    "right_low": "right ≥",
    "right_high": "right ≤",
    "outcomes": "outcomes",
    "left_out": "left out",
    "why_left_out": "why",
    "marks": "marks",
    "simulated": "simulated",
    "sim_speed": "simulated ×",
}


def of_comparison(comparison: Comparison) -> Table:
    """A row a cell: medians, in the board's own time."""
    ranked = [
        cell
        for task in comparison.tasks
        for mode in comparison.modes
        for model in comparison.models
        for cell in comparison.ranked(model, task, mode)
    ]
    return Table("cells", _COMPARED, [_cell(cell, comparison.reference) for cell in ranked])


def _cell(cell: Cell, reference: str) -> dict[str, Any]:
    time, ratio, share = cell.spreads["e2e_s"], cell.ratio, cell.right
    names = ("e2e_s", "ttft_s", "read_s", "tok_per_s", "t100_s", "gross_j", "net_j", "throttled_percent")
    said: dict[str, Any] = {name: cell.median(name) for name in names}
    said |= {
        **{name: getattr(cell, name) for name in ("task", "model", "mode", "board", "n", "energy_scope")},
        "e2e_low_s": time if isinstance(time, NA) else time.low,
        "e2e_high_s": time if isinstance(time, NA) else na("a time limit ended it") if time.censored else time.high,
        "ratio": ratio if isinstance(ratio, NA) else ratio.value,
        "ratio_low": ratio if isinstance(ratio, NA) else ratio.low,
        "ratio_high": ratio if isinstance(ratio, NA) else ratio.high,
        "reference": reference,
        "right": cell.items[0],
        "judged": cell.items[1],
        "right_low": share if isinstance(share, NA) else share.low,
        "right_high": share if isinstance(share, NA) else share.high,
        "outcomes": [f"{outcome} ×{count}" for outcome, count in cell.outcomes],
        "left_out": len(cell.excluded),
        "why_left_out": [f"{why} ×{count}" for why, count in Counter(w for _, w in cell.excluded).items()],
        "marks": [f"{mark} ×{count}" for mark, count in cell.marks],
        "simulated": cell.sim_speed > 0,
        "sim_speed": cell.sim_speed or None,
    }
    missing = {name: value.reason for name, value in said.items() if isinstance(value, NA)}
    return {**{name: None if name in missing else value for name, value in said.items()}, "na": missing}
