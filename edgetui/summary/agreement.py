"""Do two answers to the same question say the same?"""

from __future__ import annotations

from edgetui.model import Reply, known
from edgetui.model.score import Score
from edgetui.scoring.boxes import Box, Convention, overlap, written
from edgetui.scoring.short_answer import normal
from edgetui.summary.shadow_rules import ShadowRules

_PIXELS = Convention("pixels")


def agree(one: Reply, other: Reply, rules: ShadowRules) -> bool | None:
    """None where the rule cannot compare them: no score, no boxes."""
    if rules.agreement == "text":
        return normal(one.text) == normal(other.text)
    if rules.agreement == "score":
        return _same_score(one, other)
    return _same_boxes(_boxes(one), _boxes(other), rules.min_iou)


def _same_score(one: Reply, other: Reply) -> bool | None:
    if not isinstance(one.score, Score) or not isinstance(other.score, Score):
        return None
    (value, passed), (other_value, other_passed) = one.score.final, other.score.final
    if passed is not None and other_passed is not None:
        return passed == other_passed
    return value == other_value if known(value) and known(other_value) else None


def _boxes(reply: Reply) -> list[Box]:
    """The one that was scored, in px of the picture; else all that stand in the text."""
    if isinstance(reply.score, Score):
        told = dict(reply.score.details).get("box_px")
        if isinstance(told, tuple) and len(told) == 4:
            x1, y1, x2, y2 = (float(edge) for edge in told)
            return [(x1, y1, x2, y2)]
    return [box for box, _ in written(reply.text, _PIXELS)]


def _same_boxes(one: list[Box], other: list[Box], least: float) -> bool | None:
    """Each has a partner of its own, the nearest first."""
    if not one and not other:
        return None
    if len(one) != len(other):
        return False
    pairs = sorted(((overlap(a, b), i, j) for i, a in enumerate(one) for j, b in enumerate(other)), reverse=True)
    mine, theirs = set(range(len(one))), set(range(len(other)))
    for covered, i, j in pairs:
        if covered >= least and i in mine and j in theirs:
            mine.remove(i)
            theirs.remove(j)
    return not mine
