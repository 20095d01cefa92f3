"""Cause and effect: every fact is said in one of its words, and nothing that is not in the picture."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edgetui.model.score import Score
from edgetui.scoring.mentions import Mention, find, said
from edgetui.scoring.metric import Answer, Metric

RULE = "each fact said and not denied, less one for each thing that is not in the picture; all needed"

_OF_IT = re.compile(r"\s+(?:(?:that|which)\s+)?(?:(?:is|are|was|were)\s+)?", re.IGNORECASE)
"""Between a fact and a word that is said of it."""


@dataclass(frozen=True, slots=True)
class Recall:
    """What an answer says of what it should say."""

    found: tuple[Mention, ...]
    missing: tuple[str, ...]
    """The first word of each fact that is not said."""
    invented: tuple[str, ...]
    total: int

    @property
    def value(self) -> float:
        """Facts found less things invented, of all facts; not below 0."""
        return max(0, len(self.found) - len(self.invented)) / self.total

    @property
    def span(self) -> tuple[int, int] | None:
        """From the first fact to the last."""
        return (min(m.start for m in self.found), max(m.end for m in self.found)) if self.found else None

    @property
    def details(self) -> tuple[tuple[str, float | tuple[str, ...]], ...]:
        """For the reader."""
        found = tuple(m.word for m in self.found)
        recall = len(found) / self.total
        return ("recall", recall), ("found", found), ("missing", self.missing), ("invented", self.invented)


def recall(text: str, truth: Mapping[str, Any]) -> Recall:
    """Look for facts, each a group of synonyms, and for what is forbidden."""
    groups = truth["facts"]
    mentions = [said(text, group) for group in groups]
    return Recall(
        found=tuple(m for m in mentions if m),
        missing=tuple(group[0] for group, m in zip(groups, mentions, strict=True) if not m),
        invented=tuple(word for word in truth.get("forbidden", ()) if _invented(text, word, groups)),
        total=len(groups),
    )


def _invented(text: str, word: str, facts: Sequence[Sequence[str]]) -> bool:
    """Is it said, and of something else than a fact? ``a cable running along the wall`` has nobody running."""
    own = [mention.end for group in facts for mention in find(text, group)]
    mine = [m for m in find(text, (word,)) if not m.denied]
    return any(not any(_OF_IT.fullmatch(text[end : m.start]) for end in own if end <= m.start) for m in mine)


def in_words(truth: Mapping[str, Any]) -> str:
    """The truth for a reader."""
    told = "; ".join(" or ".join(group) for group in truth["facts"])
    return f"{told}; not {', '.join(truth['forbidden'])}" if truth.get("forbidden") else told


def judge(answer: Answer, truth: Mapping[str, Any]) -> Score:
    """All facts and nothing invented, or it is wrong."""
    found = recall(answer.text, truth)
    return Score(
        value=found.value,
        passed=not found.missing and not found.invented,
        rule=RULE,
        span=found.span,
        truth=in_words(truth),
        details=found.details,
        marks=("hallucinated",) if found.invented else (),
    )


METRIC = Metric(name="facts", version=2, needs=("facts",), judge=judge)
