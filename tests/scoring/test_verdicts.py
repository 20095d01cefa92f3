"""Real-looking answers with verdicts made by hand before the code was asked: mend the code, not the verdicts."""

import tomllib
from pathlib import Path

import pytest

from edgetui.model import NA
from edgetui.model.hostile import clean
from edgetui.scoring import Answer, find_metric, judge

FILES = sorted(Path(__file__).with_name("verdicts").glob("*.toml"))


def answers():
    for file in FILES:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
        shared = {key: value for key, value in table.items() if key != "answer"}
        for number, each in enumerate(table["answer"], 1):
            yield pytest.param(
                file.stem, {"model": "qwen2.5vl:3b", "era": "B"} | shared | each, id=f"{file.stem}-{number}"
            )


def test_there_are_enough():
    assert len(list(answers())) >= 150


@pytest.mark.parametrize(("metric", "case"), list(answers()))
def test_the_verdict_is_the_one_made_by_hand(metric, case):
    answer = Answer(text=case["text"], prompt=case["prompt"], model=case["model"], era=case["era"])
    score = judge(find_metric(metric), answer, case["truth"])
    verdict = {True: "right", False: "wrong", None: "blank"}[score.passed]
    assert verdict == case["verdict"], score
    assert isinstance(score.value, NA) == (verdict == "blank")
    assert score.rule
    assert set(case.get("marks", ())) <= set(score.marks), score.marks
    assert not set(case.get("no_marks", ())) & set(score.marks), score.marks
    if "value" in case:
        assert score.value == pytest.approx(case["value"], abs=0.005)
    if "level" in case:
        assert dict(score.details)["level"] == case["level"]
    if "used" in case:
        assert clean(case["text"])[slice(*score.span)] == case["used"]
