"""From a finished Reply to its Score: what every answer is looked at for, then the task's own metric."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from edgetui.errors import TaskError
from edgetui.model import NA, Reply, na
from edgetui.model.hostile import clean
from edgetui.model.repetition import RUN, repetition
from edgetui.model.score import Score
from edgetui.scoring.marks import refused, strange_language
from edgetui.scoring.metric import Answer, Metric
from edgetui.scoring.registry import find_metric

ANSWERED = ("ok", "truncated", "empty", "degenerate")
"""Outcomes that are the model's doing. The others are the board's, the link's or the runtime's."""
LONGEST = 40_000
"""Characters that are judged; no task asks for more."""
BROKEN = na("a broken runtime, not a weak model: one sign over and over, see ollama#12209")
_FAULTS = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
_THOUGHTS = re.compile(r"\A.*?</think>", re.DOTALL)


def score(reply: Reply) -> Score | NA:
    """What a finished reply is worth; NA where there is nothing to judge or to judge by."""
    asked = reply.request
    if not asked.metric or asked.truth is None:
        return na("no truth is known for what was asked" if asked.metric else "the task names no metric")
    if reply.outcome == "aborted-by-runtime" and "degenerate" in reply.marks:
        return Score(metric=asked.metric, value=BROKEN, passed=None, rule=_BROKEN_RULE, marks=("degenerate",))
    if reply.outcome not in ANSWERED:
        return na(f"no whole answer: {reply.outcome}")
    try:
        metric = find_metric(asked.metric)
    except TaskError as error:
        return na(error.message)
    answer = Answer(
        text=reply.text,
        prompt=asked.prompt,
        model=asked.model,
        era="" if isinstance(reply.era, NA) else reply.era,
        marks=("truncated",) if reply.outcome == "truncated" else (),
    )
    return judge(metric, answer, asked.truth)


_BROKEN_RULE = "an answer of one sign over and over is the runtime's, no model writes it"


def judge(metric: Metric, answer: Answer, truth: Mapping[str, Any]) -> Score:
    """Judge one answer as it came."""
    text = clean(answer.text)[:LONGEST]
    text = _THOUGHTS.sub(lambda thoughts: " " * len(thoughts[0]), text)
    return replace(_judged(metric, replace(answer, text=text), truth), metric=metric.name, version=metric.version)


def _judged(metric: Metric, answer: Answer, truth: Mapping[str, Any]) -> Score:
    visible = answer.text.strip()
    if not visible:
        return Score(value=0.0, passed=False, rule="nothing was said", marks=("empty",))
    again = repetition(visible)
    signs = re.sub(r"\s", "", visible)
    if len(set(signs)) == 1 and len(signs) >= RUN:
        return Score(value=BROKEN, passed=None, rule=_BROKEN_RULE, marks=("degenerate",))
    if again == "degenerate":
        return Score(value=0.0, passed=False, rule="the answer repeats itself over and over", marks=("degenerate",))
    if missing := [name for name in metric.needs if name not in truth]:
        return _unjudged(f"metric {metric.name} needs {', '.join(missing)} in the truth")
    marks = {
        again: bool(again),
        "refused": refused(visible),
        "wrong-language": strange_language(visible, answer.prompt, truth),
    }
    seen = replace(answer, marks=(*answer.marks, *(mark for mark, there in marks.items() if there)))
    try:
        found = metric.judge(seen, truth)
    except _FAULTS as error:  # a stranger's metric shall cost its verdict, not the run
        return _unjudged(f"metric {metric.name} failed: {type(error).__name__}: {error}")
    return replace(found, marks=tuple(dict.fromkeys((*seen.marks, *found.marks))))


def _unjudged(why: str) -> Score:
    return Score(value=na(why), passed=None, rule="not judged")
