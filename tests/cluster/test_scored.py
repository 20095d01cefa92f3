"""Every answer of a run is judged, shown and stored with its verdict."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.simulated import simulated


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What ``run`` printed and what ``results`` says of it; all items of three tasks on two boards."""
    with simulated(tmp_path_factory.mktemp("sim"), speed=600) as sim:
        asked = ("count-potholes", "add-up", "find-shape", "-m", "qwen2.5vl:3b", "-b", "rtx3060", "-b", "pi2")
        done = sim.edgetui("run", *asked, "--items", "all", "--json")
        table = sim.edgetui("run", "why-fell", "-m", "moondream", "-b", "rtx3060")
        other = sim.edgetui(
            "run", "why-fell", "-m", "moondream", "-b", "rtx3060", "--prompt", "Who fell?", "--json"
        )
        run = json.loads(done.stdout)
        shown = sim.edgetui("results", "show", run["run"]["id"], "--json")
        return {"run": run, "told": done.stderr, "table": table, "other": other, "shown": json.loads(shown.stdout)}


def of(ran: dict[str, Any], board: str, task: str) -> dict[str, Any]:
    return {r["item"]: r for r in ran["run"]["replies"] if (r["board"], r["task"]) == (board, task)}


def test_every_answer_has_its_verdict_with_rule_span_and_truth(ran: dict[str, Any]) -> None:
    five = of(ran, "rtx3060", "count-potholes")["five"]
    score = five["score"]
    assert (score["metric"], score["value"], score["passed"], score["truth"]) == ("exact-count", 1.0, True, "5")
    assert five["text"][slice(*score["span"])] == "5"
    assert score["rule"]
    assert {item: r["score"]["passed"] for item, r in of(ran, "rtx3060", "count-potholes").items()} == {
        "five": True,
        "three": True,
        "none": True,
        "one": True,
    }


def test_a_task_without_a_picture_asks_each_item_in_its_own_words(ran: dict[str, Any]) -> None:
    replies = of(ran, "rtx3060", "add-up")
    assert {item: r["score"]["passed"] for item, r in replies.items()} == dict.fromkeys(replies, True)
    assert len({r["prompt"] for r in replies.values()}) == 4
    assert replies["two-and-two"]["canary"] is True


def test_boxes_are_found_in_the_picture(ran: dict[str, Any]) -> None:
    for reply in of(ran, "rtx3060", "find-shape").values():
        assert reply["score"]["value"] == 1.0
        assert reply["score"]["details"]["box_px"] == reply["truth"]["box"]


def test_a_board_that_gave_no_answer_has_no_score_and_says_why(ran: dict[str, Any]) -> None:
    for reply in of(ran, "pi2", "count-potholes").values():
        assert reply["score"] is None
        assert reply["na"]["score"] == f"no whole answer: {reply['outcome']}"


def test_what_is_stored_is_what_was_told(ran: dict[str, Any]) -> None:
    def scores(document: dict[str, Any]) -> dict[tuple[str, str, str], Any]:
        return {(r["board"], r["task"], r["item"]): (r["score"], r["truth"]) for r in document["replies"]}

    assert scores(ran["shown"]) == scores(ran["run"])


def test_the_table_shows_a_failed_answer(ran: dict[str, Any]) -> None:
    assert ran["table"].returncode == 0
    assert "✗" in ran["table"].stdout
    assert "✗" in ran["table"].stderr


def test_another_question_than_the_tasks_is_not_judged_by_its_truth(ran: dict[str, Any]) -> None:
    (reply,) = json.loads(ran["other"].stdout)["replies"]
    assert (reply["score"], reply["truth"]) == (None, None)
    assert reply["na"]["score"] == "no truth is known for what was asked"
