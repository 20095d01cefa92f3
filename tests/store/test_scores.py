"""Scores beside their replies: the automatic one and the person's, neither instead of the other."""

import json
import sqlite3
from dataclasses import replace

import pytest

from edgetui.model import na
from edgetui.model.score import Overruling, Score
from edgetui.store import Store
from tests.store.test_store import REPLY, RUN, request

SCORE = Score(
    metric="iou",
    version=3,
    value=0.25,
    passed=False,
    rule="overlap of the first box with the truth",
    span=(4, 21),
    truth="green triangle at 1, 2, 3, 4",
    details=(("box_px", (1.0, 2.0, 3.5, 4.0)), ("convention", "pixels")),
    marks=("several-boxes",),
)
REASKED = request(metric="iou", truth={"label": "green triangle", "box": [1, 2, 3, 4]}, canary=True)
SCORED = replace(REPLY, request=REASKED, score=SCORE)
SAID = Overruling(value=1.0, passed=True, why="the frame is the picture's, I looked", at=1795230300.0)
CELL = {"run_id": RUN.id, "board": "pi5", "task": "count-potholes", "item": "a", "model": "m", "repeat": 1}


@pytest.fixture
async def store(tmp_path):
    async with await Store.open(tmp_path / "edgetui.db") as opened:
        await opened.save_run(RUN)
        yield opened


async def test_a_score_comes_back_as_it_was(store):
    await store.save_reply(SCORED)
    (document,) = await store.replies(RUN.id)
    assert document["score"] == json.loads(json.dumps(SCORE.to_json()))
    assert (document["metric"], document["canary"]) == ("iou", True)
    assert document["truth"] == {"label": "green triangle", "box": [1, 2, 3, 4]}
    (value,) = await store.stored_replies(RUN.id)
    assert value.reply.score == SCORE


async def test_what_was_not_scored_says_why(store):
    await store.save_reply(replace(REPLY, score=na("the task tells no truth")))
    (document,) = await store.replies(RUN.id)
    assert (document["score"], document["na"]["score"]) == (None, "the task tells no truth")
    (value,) = await store.stored_replies(RUN.id)
    assert value.reply.score == na("the task tells no truth")


async def test_a_person_overrules_and_both_verdicts_stay(store):
    await store.save_reply(SCORED)
    await store.overrule(CELL, replace(SAID, passed=False, value=0.0, why="first thought"))
    await store.overrule(CELL, SAID)
    (stored,) = await store.stored_replies(RUN.id)
    assert stored.reply.score == replace(SCORE, overruled=SAID)
    assert stored.reply.score.final == (1.0, True)
    assert stored.reply.score.short == "✓ (person)"
    rows = sqlite3.connect(store.path).execute("SELECT source, value, rule FROM scores ORDER BY source").fetchall()
    assert rows == [("automatic", 0.25, SCORE.rule), ("person", 1.0, SAID.why)]


async def test_a_person_may_judge_what_no_rule_could(store):
    await store.save_reply(replace(REPLY, score=na("the task tells no truth")))
    await store.overrule(CELL, replace(SAID, passed=None, value=0.5))
    (document,) = await store.replies(RUN.id)
    assert document["score"]["na"] == {"value": "the task tells no truth"}
    (stored,) = await store.stored_replies(RUN.id)
    assert stored.reply.score.value == na("the task tells no truth")
    assert (stored.reply.score.final, stored.reply.score.short) == ((0.5, None), "0.50 (person)")


async def test_a_copied_run_has_its_verdicts_with_it(store, tmp_path):
    await store.save_reply(SCORED)
    await store.overrule(CELL, SAID)
    async with await Store.open(tmp_path / "copy.db") as copy:
        await store.copy_run(RUN.id, copy, {"pi5"}, str)
        (stored,) = await copy.stored_replies(RUN.id)
    assert stored.reply.score == replace(SCORE, overruled=SAID)


async def test_a_reply_that_is_stored_again_has_one_automatic_score(store):
    await store.save_reply(SCORED)
    await store.save_reply(replace(SCORED, score=replace(SCORE, value=0.75)))
    (stored,) = await store.stored_replies(RUN.id)
    assert stored.reply.score.value == 0.75
    assert sqlite3.connect(store.path).execute("SELECT count(*) FROM scores").fetchone() == (1,)
