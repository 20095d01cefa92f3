"""Finds the metrics, ours and third parties' alike, under the entry point ``edgetui.metrics``."""

from __future__ import annotations

from functools import cache

from edgetui.errors import TaskError, did_you_mean
from edgetui.scoring.metric import Metric


@cache
def metrics() -> dict[str, Metric]:
    """Every metric by its name."""
    from importlib.metadata import entry_points  # 15 ms that a start without runs need not pay

    return {entry.name: entry.load() for entry in entry_points(group="edgetui.metrics")}


def find_metric(name: str) -> Metric:
    """The metric of this name. Raises TaskError with the nearest one."""
    if name not in metrics():
        raise TaskError(f"there is no metric {name!r}", did_you_mean(name, metrics()))
    return metrics()[name]
