"""A new version against the old one: what counts as a pair, and when the rules let it pass."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from pathlib import Path

import pytest

from edgetui.errors import UsageError
from edgetui.model import Metrics, Protocol, Reply, Request, na
from edgetui.model.score import Score
from edgetui.summary.shadow import Shadow, shadow
from edgetui.summary.shadow_rules import ShadowRules, read_rules

SPEED = {"pi5": 68.0, "orin-nano": 4.0, "rtx3060": 2.5}


def reply(model="a", board="pi5", item="five", repeat=1, e2e_s=6.0, outcome="ok", text="5", **changes) -> Reply:
    request = Request(
        run="r", board=board, task="count", kind="counting", item=item, model=model, repeat=repeat, prompt="?",
        protocol=Protocol(mode="burst"),
    )  # fmt: skip
    metrics = Metrics(e2e_s=e2e_s) if outcome in ("ok", "truncated") else Metrics()
    return Reply(**{"request": request, "outcome": outcome, "metrics": metrics, "text": text, **changes})


def judged(passed: bool | None) -> Score:
    return Score(value=na("no") if passed is None else float(passed), passed=passed, rule="r")


def boxed(*edges: float) -> Score:
    return replace(judged(True), details=(("box_px", edges),))


def measured(
    model: str, seed: int, *, slower: float = 0.0, throttled: float = 0.0, repeats: int = 8
) -> list[Reply]:
    """Three boards of very different speeds; each time differs by 2 %; some are throttled, and then 30 % slower."""
    chance, found = random.Random(f"{model}{seed}"), []
    for board, seconds in SPEED.items():
        for n in range(1, repeats + 1):
            hot = chance.random() < throttled
            took = seconds * (1 + slower) * chance.gauss(1, 0.02) * (1.3 if hot else 1)
            found.append(reply(model, board, repeat=n, e2e_s=took, marks=("throttled",) if hot else ()))
    return found


def holds(found: Shadow, rule: str) -> str:
    (told,) = [finding.holds for finding in found.findings if finding.rule == rule]
    return told


def rules(**changes) -> ShadowRules:
    return ShadowRules(**({"max_slower_percent": 5.0} | changes))


@pytest.mark.parametrize(
    ("slower", "limit", "verdict"),
    [
        (0.0, 5.0, "promote"),
        (0.0, 0.0, "cannot tell"),
        (0.1, 5.0, "reject"),
        (0.1, 15.0, "promote"),
        (-0.1, 0.0, "promote"),
    ],
)
def test_the_verdict_is_right_as_often_as_the_rules_say(slower: float, limit: float, verdict: str) -> None:
    """Throttled runs are of A alone: left in, they would hide that B is slower."""
    told = []
    for seed in range(100):
        a, b = measured("a", seed, throttled=0.3), measured("b", seed, slower=slower)
        found = shadow(a, b, rules(max_slower_percent=limit))
        hot = sum("throttled" in each.marks for each in a)
        assert found.excluded == ((("it was throttled", hot),) if hot else ())
        assert found.pairs == 24 - hot
        told.append(found.verdict)
    assert told.count(verdict) >= 95


def test_throttled_runs_left_in_would_have_turned_the_verdict() -> None:
    a, b = measured("a", 1), measured("b", 1, throttled=0.8)
    assert shadow(a, b, rules(min_pairs=1, confidence=0.5)).verdict == "promote"
    hidden = [replace(each, marks=()) for each in b]
    assert shadow(a, hidden, rules()).verdict == "reject"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"marks": ("cache-suspect",)}, "the prompt may have come from a cache"),
        ({"marks": ("throttled",), "outcome": "timeout"}, "it was throttled"),
        ({"outcome": "lost-link"}, "not measured: lost-link"),
        ({"sim_speed": 20.0}, "not the same question"),
    ],
)
def test_what_says_nothing_is_taken_out_with_its_reason(changes, why) -> None:
    for old, new in (({}, changes), (changes, {})):
        found = shadow([reply(**old)], [reply("b", **new)], rules())
        assert (found.pairs, found.excluded) == (0, ((why, 1),))
        assert holds(found, "failures") == "holds"
        assert found.verdict == "cannot tell"
    assert shadow([reply()], [], rules()).excluded == (("only one of them was asked", 1),)
    assert shadow([reply(outcome="oom")], [reply("b")], rules()).excluded == (("A gave no answer: oom", 1),)


@pytest.mark.parametrize(
    "changes", [{"outcome": "oom"}, {"outcome": "oom", "marks": ("throttled",)}, {"outcome": "timeout"}]
)
def test_a_new_version_that_fails_where_the_old_one_answers_is_rejected(changes) -> None:
    a = [reply(repeat=n) for n in range(1, 8)]
    b = [reply("b", repeat=n) for n in range(1, 7)] + [reply("b", repeat=7, **changes)]
    assert shadow(a, b, rules()).verdict == "reject"
    assert shadow(a, b, rules(max_failures=1)).verdict == "promote"


@pytest.mark.parametrize(
    ("n", "confidence", "verdict"), [(5, 0.95, "cannot tell"), (6, 0.95, "reject"), (5, 0.9, "reject")]
)
def test_few_pairs_cannot_reach_the_confidence_asked_for(n, confidence, verdict) -> None:
    a = [reply(repeat=k, e2e_s=5 + 0.01 * k) for k in range(n)]
    b = [reply("b", repeat=k, e2e_s=9 + 0.01 * k) for k in range(n)]
    found = shadow(a, b, rules(min_pairs=1, confidence=confidence))
    assert found.verdict == verdict


def test_a_script_is_compared_by_a_figure_of_its_own() -> None:
    def timed(model: str, n: int, seconds) -> Reply:
        return reply(model, repeat=n, figures=(("latency_median_s", seconds),))

    a = [timed("a", n, 0.2) for n in range(8)]
    b = [timed("b", n, 0.1) for n in range(7)] + [timed("b", 8, na("none"))]
    slower = shadow(a, b, rules(figure="latency_median_s")).findings[-1]
    assert slower.percent is not None
    assert (slower.n, slower.percent.value, slower.holds) == (7, -50.0, "holds")
    missing = shadow(a, b, rules(figure="other_s")).findings[-1]
    assert (missing.holds, missing.sum) == ("cannot tell", "other_s: n/a (no figure other_s)")


def items(model: str, said: list[dict], repeats: int = 2) -> list[Reply]:
    return [reply(model, item=f"i{k}", repeat=n, **each) for k, each in enumerate(said) for n in range(repeats)]


@pytest.mark.parametrize(("same", "told"), [(40, "holds"), (36, "cannot tell"), (20, "broken")])
def test_agreement_counts_items_not_repeats(same: int, told: str) -> None:
    a = items("a", [{"text": "Five potholes."}] * 40)
    b = items("b", [{"text": "5 potholes"}] * same + [{"text": "6"}] * (40 - same))
    found = shadow(a, b, ShadowRules(min_agreement_percent=85))
    assert holds(found, "agreement") == told
    assert found.findings[-1].n == 40


@pytest.mark.parametrize(
    ("by", "one", "other", "told"),
    [
        ("text", {"text": "猫"}, {"text": "猫。"}, "holds"),
        ("text", {"text": "猫"}, {"text": "犬"}, "broken"),
        ("score", {"score": judged(True), "text": "x"}, {"score": judged(True), "text": "y"}, "holds"),
        ("score", {"score": judged(True)}, {"score": judged(False)}, "broken"),
        ("score", {"score": judged(True)}, {}, "cannot tell"),
        ("boxes", {"score": boxed(0, 0, 10, 10)}, {"score": boxed(0, 0, 10, 8)}, "holds"),
        ("boxes", {"score": boxed(0, 0, 10, 10)}, {"score": boxed(6, 0, 16, 10)}, "broken"),
        ("boxes", {"text": "[0, 0, 9, 9] [20, 20, 30, 30]"}, {"text": "[20, 20, 30, 30], [0, 0, 9, 9]"}, "holds"),
        ("boxes", {"text": "[0, 0, 9, 9] [20, 20, 30, 30]"}, {"text": "[20, 20, 30, 30]"}, "broken"),
        ("boxes", {"text": "no"}, {"text": "none"}, "cannot tell"),
    ],
)  # fmt: skip
def test_what_is_the_same_answer(by, one, other, told) -> None:
    found = shadow(
        items("a", [one] * 20), items("b", [other] * 20), ShadowRules(agreement=by, min_agreement_percent=80)
    )
    assert holds(found, "agreement") == told


@pytest.mark.parametrize(("right", "told"), [(20, "holds"), (16, "cannot tell"), (6, "broken")])
def test_accuracy_is_of_the_new_version(right: int, told: str) -> None:
    b = [{"score": judged(k < right)} for k in range(20)]
    found = shadow(items("a", [{}] * 20), items("b", b), ShadowRules(min_accuracy_percent=80))
    assert holds(found, "accuracy") == told


def test_the_document_has_the_figures_of_each_rule() -> None:
    said = shadow(measured("a", 1), measured("b", 1, slower=0.1), rules()).to_json()
    assert said["verdict"] == "reject"
    slower = said["rules"][-1]
    assert slower["low_percent"] < slower["value_percent"] < slower["high_percent"]
    assert (slower["limit"], slower["n"]) == (5.0, 24)
    assert slower["confidence"] >= 0.95
    assert said["rules"][0]["value_percent"] is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("confidence = 0.9\n", "there is no rule"),
        ("max_slower_percent = 5\nmin_pair = 3\n", ":2: min_pair: unknown key"),
        ('max_slower_percent = 5\nfigure = "tok_per_s"\n', ":2: figure: must be a time"),
        ("max_slower_percent = 5\nconfidence = 95\n", ":2: confidence"),
    ],
)
def test_a_rule_that_cannot_be_is_told_with_its_line(text: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(text)
    with pytest.raises(UsageError) as told:
        read_rules(file)
    assert words in told.value.message


def test_the_documented_rules_are_rules(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "deploy.md").read_text()
    (example,) = re.findall(r"^```toml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    (tmp_path / "rules.toml").write_text(example)
    said = read_rules(tmp_path / "rules.toml")
    assert said.model_fields_set == set(ShadowRules.model_fields)
    default = ShadowRules(max_slower_percent=0)
    for name in ("confidence", "min_pairs", "max_failures", "figure", "agreement", "min_iou"):
        assert getattr(said, name) == getattr(default, name)
