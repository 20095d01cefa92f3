"""Finds the metrics, ours and third parties' alike, under the entry point ``edgetui.metrics``."""

from __future__ import annotations

from functools import cache

from edgetui.plug_ins import PlugIns, load
from edgetui.scoring.metric import Metric


@cache
def metrics() -> PlugIns:
    """Every metric by its name."""
    return load("edgetui.metrics")


def find_metric(name: str) -> Metric:
    """The metric of this name. Raises TaskError with the nearest one, or with why it cannot be loaded."""
    metrics().need("metric", name)
    metric: Metric = metrics().found[name]
    return metric
