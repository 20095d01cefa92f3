"""What the results view and the comparison write into files. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from edgetui.model.tables import Table
from edgetui.store import Result

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


def of_results(results: Iterable[Result]) -> Table:
    """A row a reply; times are the host's."""
    return Table("replies", _RESULTS, [_row(result) for result in results])


def _row(result: Result) -> dict[str, Any]:
    said = result._asdict()
    named = {name: said[name] for name in _RESULTS if name in said}
    also = {"score": result.value, "overruled": result.person, "simulated": result.sim_speed > 0}
    return {name: {**named, **also}[name] for name in _RESULTS} | {
        "marks": list(result.marks),
        "sim_speed": result.sim_speed or None,
    }
