"""Good and bad answers, and what becomes of them."""

import json
import time

import pytest

from edgetui.model.repetition import repetition
from edgetui.runners.verdict import verdict

BOXES = [{"bbox_2d": [10 * i, 20, 10 * i + 50, 80], "label": "pothole"} for i in range(9)]
BAD = {
    "GGGG": "G" * 124,
    "GGGG short": "G" * 12,
    "333": "3" * 31,
    "at at": "@ " * 40,
    "exclamation": "!" * 31,
    "sentence loop": "The image shows a board with pins. " * 12,
    "phrase loop late": "The diagram shows the ESP32 DevKitC pinout with GPIO labels and power rails on both sides "
    "of the module. " + "The pins are labelled. " * 14,
    "loop with a tail": "moving " * 40 + "and then it stops.",
    "loop with a head": "There is a car. " + "moving " * 40,
}
GOOD = {
    "caption": "The image is a pinout diagram of an ESP32 development board. A photograph of the board sits in the "
    "middle, and coloured labels on the left and right name every pin: power pins are red, ground pins black, and "
    "GPIO, ADC, touch and serial functions use other colours. A legend at the bottom explains each colour.",
    "count": "There are 7 potholes in the image.",
    "just 7": "7",
    "one sign": "!",
    "boxes": json.dumps(BOXES),
    "boxes fenced": f"```json\n{json.dumps(BOXES, indent=1)}\n```",
    "table": "| Pin | Function |\n|-----|----------|\n"
    + "".join(f"| GPIO{i} | ADC{i % 2 + 1}_CH{i % 8} |\n" for i in range(20)),
    "pins": "".join(f"- GPIO{i}: general purpose input/output\n" for i in range(18)),
    "rule": "Title\n" + "-" * 60 + "\nSome text below the rule that is perfectly fine.",
    "dots": "Contents\nChapter one ............................ 5\nChapter two ............................ 9",
    "form": "Name: ____________________",
}


@pytest.mark.parametrize("answer", BAD.values(), ids=BAD)
def test_repetitions(answer):
    assert repetition(answer.strip()) == "degenerate"
    assert verdict(answer, "", True, "stop")[0] == "degenerate"


@pytest.mark.parametrize("answer", GOOD.values(), ids=GOOD)
def test_honest_answers(answer):
    assert repetition(answer.strip()) != "degenerate"
    assert verdict(answer, "", True, "stop")[:2] == ("ok", "")


def test_duplication_only_warns():
    cars = ["car", "bus", "van", "cab", "dog"] * 3
    text = " ".join(f"The {car} is red and it stands on the left side of the road." for car in cars)
    outcome, _, marks = verdict(text, "", True, "stop")
    assert (outcome, marks) == ("ok", ("repetitive",))


@pytest.mark.parametrize(
    ("text", "thinking", "done", "why", "outcome", "mark"),
    [
        ("", "", True, "stop", "empty", ""),
        (" \n\u200b\u2060\x1b", "", True, "stop", "empty", ""),
        ("", "let me see", True, "length", "empty", "thinking-only"),
        ("half an ans", "", True, "length", "truncated", ""),
        ("G" * 40, "", True, "length", "degenerate", "degenerate"),
        ("half", "", False, "", "aborted-by-runtime", ""),
        ("G" * 31, "", False, "", "aborted-by-runtime", "degenerate"),
        ("", "G" * 31, False, "", "aborted-by-runtime", "degenerate"),
        ("", "", False, "", "aborted-by-runtime", ""),
    ],
)
def test_outcomes(text, thinking, done, why, outcome, mark):
    got, reason, marks = verdict(text, thinking, done, why)
    assert got == outcome
    assert reason
    assert mark in marks if mark else not marks


@pytest.mark.parametrize(
    "text", ["ab" * 500_000, "x y " * 250_000, "aab" * 333_333 + "c", "word " * 100_000 + "q" * 500_000]
)
def test_a_megabyte_is_judged_in_a_moment(text):
    start = time.process_time()
    repetition(text)
    assert time.process_time() - start < 2.0
