"""Grounding: how far the first box of the answer covers the true one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edgetui.model.reading import na
from edgetui.model.score import Detail, Score
from edgetui.scoring.boxes import Box, Convention, convention, frame, in_picture, overlap, written
from edgetui.scoring.metric import Answer, Metric

ENOUGH = 0.5
"""Overlap from which on a thing counts as found (Acc@0.5)."""
SLACK = 1.02
"""Times the frame that a coordinate may lie beyond it."""
RULE = f"intersection over union of the first box, at least {ENOUGH:g}"


def judge(answer: Answer, truth: Mapping[str, Any]) -> Score:
    """The value is the overlap."""
    how = convention(answer.model)
    told = f"{truth['label']} at {', '.join(map(str, truth['box']))}"
    if how is None:
        return _blank(told, f"nobody told how {answer.model} writes boxes", "no-convention")
    rule = f"{RULE}; {how} as this family writes it"
    size = (truth["size"][0], truth["size"][1])
    within = frame(how, size, answer.era)
    if within is None:
        return _blank(
            told, "the frame of this family's boxes depends on an Ollama era that is not known", "no-frame"
        )
    boxes = written(answer.text, how)
    if how.trusted and not boxes:
        return _blank(told, how.trusted, "no-region-head")
    if not boxes:
        return Score(value=0.0, passed=False, rule=rule, truth=told, marks=("no-box",))
    box, span = boxes[0]
    marks = ("several-boxes",) if len(boxes) > 1 else ()
    found = in_picture(box, how, within, size)
    if found[0] >= found[2] or found[1] >= found[3]:
        return Score(value=0.0, passed=False, rule=rule, span=span, truth=told, marks=(*marks, "bad-box"))
    if found[2] > SLACK * size[0] or found[3] > SLACK * size[1] or min(found) < -(SLACK - 1) * max(size):
        marks = (*marks, "outside-frame")
    return _scored(found, span, how, truth, rule, told, marks)


METRIC = Metric(name="iou", version=2, needs=("label", "box", "size"), judge=judge)


def _blank(told: str, why: str, mark: str) -> Score:
    return Score(value=na(why), passed=None, rule=RULE, truth=told, marks=(mark,))


def _scored(
    found: Box,
    span: tuple[int, int],
    how: Convention,
    truth: Mapping[str, Any],
    rule: str,
    told: str,
    marks: tuple[str, ...],
) -> Score:
    x1, y1, x2, y2 = (float(edge) for edge in truth["box"])
    covered = overlap(found, (x1, y1, x2, y2))
    middle = (found[0] + found[2]) / 2, (found[1] + found[3]) / 2
    details: tuple[tuple[str, Detail], ...] = (
        ("box_px", tuple(round(edge, 1) for edge in found)),
        ("convention", str(how)),
        ("centre_in_box", "yes" if x1 <= middle[0] <= x2 and y1 <= middle[1] <= y2 else "no"),
    )
    if how.trusted:
        blank = na(how.trusted)
        shown = (*marks, "no-region-head")
        return Score(value=blank, passed=None, rule=rule, span=span, truth=told, details=details, marks=shown)
    passed = covered >= ENOUGH
    return Score(value=covered, passed=passed, rule=rule, span=span, truth=told, details=details, marks=marks)
