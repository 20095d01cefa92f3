"""A list of things seen, against those that are there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from edgetui.model.score import Score
from edgetui.scoring.json_fields import parse
from edgetui.scoring.metric import Answer, Metric

ENOUGH = 0.75
"""F1 from which on a list counts as good."""
RULE = (
    f"harmonic mean of recall and precision of the things named, at least {ENOUGH:g}; the last word of each counts"
    "; where some are told with a confidence, only those are things"
)
_LEAD = re.compile(
    r"\A[^,;\n]*?\b(?:contains?|includes?|including|shows?|are|has|see|objects|items)\b:?\s+|\A[^,;\n]*:\s*",
    re.IGNORECASE,
)
_PART = re.compile(r"[,;\n、，；]|\band\b|(?:^|\n)\s*\d+[.)]\s", re.IGNORECASE)
_CONFIDENCE = re.compile(r"(?<![\s:：(（])[\s:：(（]*\d{1,3}(?:\.\d+)?\s*[%％][)）]?\s*$")
_EDGES = " \t*•-–.\"'`[](){}"
_ARTICLE = re.compile(
    r"^(?:\d+[.)]\s*)?(?:[-*•]\s*)?(?:(?:a|an|the|some|one|two|three|several)\s+)*", re.IGNORECASE
)


def judge(answer: Answer, truth: Mapping[str, Any]) -> Score:
    """The value is F1."""
    tags = [(tag,) if isinstance(tag, str) else tuple(tag) for tag in truth["tags"]]
    named, chatty = things(answer.text)
    found = [group for group in tags if any(_is(thing, group) for thing in named)]
    other = tuple(thing for thing in named if not any(_is(thing, group) for group in tags))
    hits = len(named) - len(other)
    recall = len(found) / len(tags)
    precision = hits / len(named) if named else 0.0
    value = 2 * recall * precision / (recall + precision) if hits else 0.0
    return Score(
        value=value,
        passed=value >= ENOUGH,
        rule=RULE,
        truth=", ".join("/".join(group) for group in tags),
        details=(
            ("recall", recall),
            ("precision", precision),
            ("missing", tuple(group[0] for group in tags if group not in found)),
            ("other", other),
        ),
        marks=("chatty",) if chatty else (),
    )


METRIC = Metric(name="tags", version=2, needs=("tags",), judge=judge)


def things(text: str) -> tuple[list[str], bool]:
    """What a list names, each once, without articles and numbers; was it wrapped in a sentence?"""
    _, said = parse(text.strip())
    if isinstance(said, list) and all(isinstance(each, str) for each in said):
        parts: Sequence[str] = said
        chatty = False
    else:
        bare = text.strip()
        first = _PART.split(bare)[0]
        lead = _LEAD.match(bare) if ":" in first or len(first.split()) > 4 else None
        chatty = lead is not None
        parts = _PART.split(bare[lead.end() :] if lead else bare)
    rated = [part for part in parts if _CONFIDENCE.search(part)]
    if rated:
        parts, chatty = [_CONFIDENCE.sub("", part) for part in rated], False
    named = [_ARTICLE.sub("", part.strip().casefold()).strip(_EDGES) for part in parts]
    return list(dict.fromkeys(name for name in named if name)), chatty


def _is(thing: str, group: Sequence[str]) -> bool:
    """``a wooden table``, ``tables`` are the tag ``table``."""
    forms = {thing, thing.removesuffix("s"), thing.removesuffix("es")}
    return any(form == tag or form.endswith(f" {tag}") for tag in map(str.casefold, group) for form in forms)
