"""Short questions about pictures: the normalised answer is one of those accepted."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from edgetui.model.score import Score
from edgetui.scoring.mentions import Mention, find
from edgetui.scoring.metric import Answer, Metric
from edgetui.scoring.numbers import numbers

CHATTY = 12
"""Words up to which an answer may be a sentence around the word that was asked for."""
RULE = "after normalising (case, articles, punctuation, number words) it is an accepted answer"
_SENTENCE = f"a sentence of at most {CHATTY} words that names an accepted answer and no other"
_CONTRACTED = {"cannot": "can not", "can't": "can not", "won't": "will not", "n't": " not"}


def normal(text: str) -> str:
    """As the VQA evaluation does it: lower case, no articles and punctuation, number words as digits."""
    out = text.casefold().replace("’", "'")
    for number in reversed(numbers(out)):
        out = f"{out[: number.start]}{number.value:.15g}{out[number.end :]}"
    for short, long in _CONTRACTED.items():
        out = out.replace(short, long)
    out = re.sub(r"(?<!\d)\.|\.(?!\d)", "", out)
    out = re.sub(r"[^\w\s.'-]", " ", out)
    return " ".join(word for word in out.split() if word not in ("a", "an", "the"))


def judge(answer: Answer, truth: Mapping[str, Any]) -> Score:
    """Exact, or said in a short sentence beside nothing else that could be meant."""
    accepted, others = tuple(truth["answers"]), tuple(truth.get("others", ()))
    told = " or ".join(accepted)
    start = len(answer.text) - len(answer.text.lstrip())
    whole = (start, len(answer.text.rstrip()))
    if normal(answer.text) in {normal(each) for each in accepted}:
        return Score(value=1.0, passed=True, rule=RULE, span=whole, truth=told)
    if normal(answer.text) in {normal(each) for each in others}:
        return Score(value=0.0, passed=False, rule=RULE, span=whole, truth=told)
    mentions = list(find(answer.text, accepted))
    meant = [m for m in mentions if not m.denied]
    rivals = [m for m in find(answer.text, others) if not m.denied and not _within(m.start, mentions)]
    short = len(answer.text.split()) <= CHATTY
    right = short and bool(meant) and not rivals
    span = (meant[0].start, meant[0].end) if meant else (rivals[0].start, rivals[0].end) if rivals else None
    marks = ("chatty", "ambiguous") if meant and rivals else ("chatty",)
    return Score(value=float(right), passed=right, rule=_SENTENCE, span=span, truth=told, marks=marks)


METRIC = Metric(name="short-answer", version=2, needs=("answers",), judge=judge)


def _within(place: int, mentions: Sequence[Mention]) -> bool:
    """``red`` within ``dark red`` is no rival of it."""
    return any(m.start <= place < m.end for m in mentions)
