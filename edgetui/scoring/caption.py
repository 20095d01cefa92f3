"""Captions: facts told, things invented, and the limit of words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from edgetui.model.score import Score
from edgetui.scoring.facts import in_words, recall
from edgetui.scoring.metric import Answer, Metric

ENOUGH = 0.75
"""Part of the facts that a good caption tells."""
RULE = (
    f"at least {ENOUGH:.0%} of the facts, nothing invented, in the question's language, within its limit of words"
)
_WORD = re.compile(r"[぀-ヿ㐀-鿿]|[^\W_]+(?:['’.-][^\W_]+)*")
"""A word; of Chinese and Japanese a character."""


def judge(answer: Answer, truth: Mapping[str, Any]) -> Score:
    """The value is that of the facts; the rest decides whether it is good."""
    found = recall(answer.text, truth)
    words = [word.casefold() for word in _WORD.findall(answer.text)]
    limit = truth.get("max_words")
    over = limit is not None and len(words) > limit
    marks = {"hallucinated": bool(found.invented), "over-words": over}
    enough = len(found.found) >= ENOUGH * found.total
    return Score(
        value=found.value,
        passed=enough and not any(marks.values()) and "wrong-language" not in answer.marks,
        rule=RULE,
        span=found.span,
        truth=in_words(truth) + (f"; at most {limit} words" if limit else ""),
        details=(*found.details, ("words", len(words)), ("distinct_words", len(set(words)))),
        marks=tuple(mark for mark, there in marks.items() if there),
    )


METRIC = Metric(name="caption", version=2, needs=("facts",), judge=judge)
