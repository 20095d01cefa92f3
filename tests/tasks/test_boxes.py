"""mAP50, agreement and non-maximum suppression of detect-yolo, against values worked out by hand."""

from __future__ import annotations

from types import ModuleType

import pytest

from tests.tasks.scripts import module, need_onnxruntime

A, B, C = (0, 0, 10, 10), (20, 0, 30, 10), (40, 0, 50, 10)
NOWHERE = (80, 80, 90, 90)


@pytest.fixture(scope="module")
def boxes() -> ModuleType:
    need_onnxruntime()
    return module("detect-yolo", "boxes")


def test_all_found_and_nothing_else_is_one(boxes: ModuleType) -> None:
    labels = {"a": [(0, *A), (1, *B)], "b": [(0, *C)]}
    found = {"a": [(0, 0.9, *A), (1, 0.8, *B)], "b": [(0, 0.3, *C)]}
    assert boxes.map50(found, labels) == 1.0


def test_a_wrong_box_between_two_right_ones_costs_what_101_steps_of_recall_say(boxes: ModuleType) -> None:
    labels = {"a": [(0, *A), (0, *B)]}
    found = {"a": [(0, 0.9, *A), (0, 0.8, *NOWHERE), (0, 0.7, *B)]}
    # precision 1 up to recall 0.50 (51 steps), 2/3 from there to 1.00 (50 steps)
    assert boxes.map50(found, labels) == pytest.approx((51 + 50 * 2 / 3) / 101)


def test_a_thing_counts_once_and_a_picture_without_an_answer_counts_as_missed(boxes: ModuleType) -> None:
    twice = {"a": [(0, 0.9, *A), (0, 0.8, *A)]}
    assert boxes.map50(twice, {"a": [(0, *A)], "b": [(0, *B)]}) == pytest.approx(51 / 101)


def test_classes_are_averaged_and_the_wrong_class_is_no_hit(boxes: ModuleType) -> None:
    labels = {"a": [(0, *A), (1, *B)]}
    assert boxes.map50({"a": [(0, 0.9, *A), (0, 0.8, *B)]}, labels) == pytest.approx(0.5)


def test_half_covered_is_the_limit(boxes: ModuleType) -> None:
    half, less = (0, 0, 10, 5), (0, 0, 10, 4.9)
    assert boxes.map50({"a": [(0, 0.9, *half)]}, {"a": [(0, *A)]}) == 1.0
    assert boxes.map50({"a": [(0, 0.9, *less)]}, {"a": [(0, *A)]}) == 0.0


def test_without_labels_there_is_no_map50(boxes: ModuleType) -> None:
    assert boxes.map50({"a": [(0, 0.9, *A)]}, {}) is None
    assert boxes.map50({"a": [(0, 0.9, *A)]}, {"a": []}) is None


def test_agreement_is_the_share_of_boxes_that_have_a_partner(boxes: ModuleType) -> None:
    one = {"a": [(0, 0.9, *A), (0, 0.8, *B), (0, 0.1, *C)]}
    assert boxes.agreement(one, one) == 1.0
    other = {"a": [(0, 0.5, *A), (1, 0.8, *B), (0, 0.9, *NOWHERE)]}
    assert boxes.agreement(one, other) == pytest.approx(2 / 5)  # of 2 + 3 boxes that are shown, one pair
    assert boxes.agreement(one, {}) == 0.0
    assert boxes.agreement({"a": [(0, 0.1, *A)]}, {}) is None


def test_suppression_keeps_the_best_of_a_class_and_what_lies_apart(boxes: ModuleType) -> None:
    import numpy as np

    edges = np.array([A, (0, 0, 10, 9), (0, 0, 10, 6), A, B], dtype=float)
    assert boxes.suppressed(edges, np.array([0, 0, 0, 1, 0])) == [0, 2, 3, 4]


def test_boxes_come_back_to_the_picture_out_of_the_letterbox(boxes: ModuleType) -> None:
    import numpy as np

    output = np.zeros((6, 3), dtype=np.float32)
    output[:, 0] = (320, 320, 64, 32, 0.1, 0.9)
    output[:, 1] = (320, 320, 62, 32, 0.0, 0.8)
    (box,) = boxes.decode(output, 2.0, 0.0, 80.0)
    assert box == (1, 0.9, 144.0, 112.0, 176.0, 128.0)


def test_labels_are_read_as_yolo_writes_them(boxes: ModuleType) -> None:
    assert boxes.read_labels("2 0.5 0.5 0.2 0.4\n\n", 100, 50) == [(2, 40.0, 15.0, 60.0, 35.0)]
    assert boxes.read_labels("", 100, 50) == []


@pytest.mark.parametrize(
    "line", ["0 0.5 0.5 0.2", "red 0.5 0.5 0.2 0.4", "0 50 50 20 40", "-1 0.5 0.5 0.2 0.4", "0 nan 0 0 0"]
)
def test_a_line_that_is_no_label_is_named(boxes: ModuleType, line: str) -> None:
    with pytest.raises(ValueError, match="line 2"):
        boxes.read_labels(f"0 0.5 0.5 0.2 0.4\n{line}\n", 100, 100)
