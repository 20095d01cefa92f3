"""A number that was read or worked out, right within a tolerance."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from edgetui.model.score import Score
from edgetui.scoring.metric import Answer, Metric
from edgetui.scoring.numbers import DENIED, Number, numbers

TOLERANCE_PERCENT = 5.0
"""Relaxed accuracy as in ChartQA; a truth of 0 is met exactly."""
_CLAIMED = re.compile(r"(?:=|\b(?:is|equals?|answer|result|reads|shows)\b\W*(?:\w+\W+){0,2}?)\s*$", re.IGNORECASE)
_RANGE = re.compile(r"\s*(?:-|–|—|\bto\b|\bor\b|\band\b)\s*", re.IGNORECASE)


def judge(answer: Answer, truth: Mapping[str, Any]) -> Score:
    """Exact or within the tolerance."""
    wanted = float(truth["number"])
    percent = float(truth.get("tolerance_percent", TOLERANCE_PERCENT))
    allowed = abs(wanted) * percent / 100
    rule = f"the number claimed in the end is within {percent:g} % of the truth"
    told = f"{wanted:g}"
    found = _claimed(answer)
    if len({number.value for number in found}) != 1:
        mark = "ambiguous" if found else "no-number"
        return Score(value=0.0, passed=False, rule=rule, truth=told, marks=(mark,))
    claim = found[-1]
    right = abs(claim.value - wanted) <= allowed + 1e-9 * abs(wanted)
    return Score(
        value=float(right),
        passed=right,
        rule=rule,
        span=(claim.start, claim.end),
        truth=told,
        details=(("claim", claim.value), ("error", abs(claim.value - wanted))),
    )


METRIC = Metric(name="numeric", version=2, needs=("number",), judge=judge)


def _claimed(answer: Answer) -> list[Number]:
    """The number after ``=`` or ``is``, else those that the question did not bring along."""
    found = [n for n in numbers(answer.text) if not DENIED.search(answer.text[max(0, n.start - 30) : n.start])]
    asked = {number.value for number in numbers(answer.prompt)}
    own = [number for number in found if number.value not in asked] or found
    for first, second in pairwise(own):
        if _RANGE.fullmatch(answer.text[first.end : second.start]):
            return [first, second]
    told = [n for n in found if _CLAIMED.search(answer.text[max(0, n.start - 40) : n.start])]
    if told and (told[-1] is found[-1] or told[-1] in own):
        return told[-1:]
    return own
