"""Any whole answer: neither empty nor a repetition. For tasks that have no truth but that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edgetui.model.score import Score
from edgetui.scoring.metric import Answer, Metric

RULE = "neither empty nor a repetition"


def judge(answer: Answer, truth: Mapping[str, Any]) -> Score:
    """Whatever comes here has stood the tests that every answer must stand first."""
    return Score(value=1.0, passed=True, rule=RULE)


METRIC = Metric(name="intact", version=1, needs=(), judge=judge)
