"""What a person types over the results, and what is left; out of a real file."""

import sqlite3
from dataclasses import replace

import pytest

from edgetui.errors import StoreError
from edgetui.model import Metrics, known, na
from edgetui.model.score import Overruling, Score
from edgetui.store import Store
from edgetui.store.alone import alone
from edgetui.store.sieve import ordered, sift

from .test_store import REPLY, RUN, request, sample


def reply(board="pi5", n=1, text="Three potholes.", outcome="ok", marks=(), e2e=10.0, score=None, **asked):
    return replace(
        REPLY,
        request=request(board=board, repeat=n, **asked),
        text=text,
        outcome=outcome,
        reason="",
        marks=marks,
        metrics=Metrics(e2e_s=e2e / 20 if known(e2e) else e2e, tok_per_s=80.0),  # its board lives 20 times faster
        score=na("not scored") if score is None else score,
    )


def judged(passed):
    return Score(metric="exact-count", version=1, value=float(passed), passed=passed, rule="the number")


@pytest.fixture
async def store(tmp_path):
    async with await Store.open(tmp_path / "edgetui.db") as made:
        await made.save_run(RUN)
        await made.save_reply(reply(score=judged(True)))
        await made.save_reply(
            reply(n=2, text="No Potholes at all", e2e=40.0, marks=("throttled",), score=judged(False))
        )
        await made.save_reply(reply("nano-2g", outcome="oom", text="", e2e=na("did not get that far")))
        yield made


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("", 3),
        ("  ", 3),
        ("pi5", 2),
        ("PI5 potholes", 2),
        ('"no potholes"', 1),
        ("board:nano", 1),
        ("outcome:oom", 1),
        ("-outcome:oom", 2),
        ("-throttled", 2),
        ("marks:throttled", 1),
        ("e2e:>10", 1),
        ("e2e:>=10", 2),
        ("e2e:<1", 0),
        ("score:right", 1),
        ("score:wrong", 1),
        ("score:person", 0),
        ("task:count-potholes board:pi5 n:2", 1),
        ("http://nothing", 0),
        ("board:", 3),
        ("-", 3),
        ('"', 3),
        ("simulated", 3),
    ],
)
async def test_filter(store, query, left):
    assert len(sift(await store.results(), query)) == left


async def test_order_keeps_what_has_no_value_last(store):
    results = await store.results()
    assert [r.e2e_s for r in ordered(results, "e2e", down=False)] == [0.5, 2.0, None]
    assert [r.e2e_s for r in ordered(results, "e2e", down=True)] == [2.0, 0.5, None]
    assert [r.board for r in ordered(results, "board", down=False)] == ["nano-2g", "pi5", "pi5"]


async def test_only_what_is_new_is_read_and_a_verdict_is_a_change(store):
    before, newest = await store.extent(), (await store.results())[0].id
    assert await store.results(after=newest) == []
    await store.save_reply(reply("pi4-8g"))
    assert [r.board for r in await store.results(after=newest)] == ["pi4-8g"]
    cell = {"run_id": RUN.id, "board": "pi5", "task": "count-potholes", "item": "a", "model": "m", "repeat": 2}
    await store.overrule(cell, Overruling(value=1.0, passed=True, why="it is right", at=1.0))
    after = await store.extent()
    assert (after.replies, after.runs) == (before.replies + 1, before.runs)
    assert after.overruled != before.overruled
    (overruled,) = sift(await store.results(), "score:person")
    assert (overruled.repeat, overruled.passed, overruled.value) == (2, True, 1.0)


async def test_replies_chosen_are_whole_with_their_heat(store):
    one = (await store.results())[0].id
    late = replace(sample(REPLY.started_at + 1), temperature_c=84.0)
    await store.save_reply(replace(reply("hot", score=judged(True)), samples=(sample(REPLY.started_at - 9), late)))
    cold, hot = await store.chosen([(await store.results())[0].id, one])
    assert (cold.reply.request.board, hot.reply.request.board) == ("nano-2g", "hot")
    assert (hot.peak_c, hot.throttled) == (84.0, "T")
    assert hot.reply.score.passed
    assert hot.reply == (await store.stored_replies(RUN.id))[-1].reply


async def test_a_run_is_forgotten_whole_but_not_while_it_is_measured(store):
    with alone(store.path, RUN.id), pytest.raises(StoreError, match="another edgetui measures"):
        await store.delete_run(RUN.id)
    assert len(await store.results()) == 3
    await store.delete_run(RUN.id)
    assert (await store.extent())[1:] == (0, 0, "")
    assert await store.runs() == []


async def test_simulated_boards_stand_among_real_ones_by_their_own_time(store):
    await store.save_reply(replace(reply("real"), sim_speed=0.0, metrics=Metrics(e2e_s=30.0, tok_per_s=5.0)))
    results = await store.results()
    assert {r.e2e_s for r in sift(results, "e2e:>25")} == {30.0, 2.0}
    assert [r.board for r in sift(results, "tok/s:>4.5")] == ["real"]
    assert [r.e2e_s for r in ordered(results, "e2e", down=True)] == [2.0, 30.0, 0.5, None]


@pytest.mark.parametrize(
    "change", ["e2e_s = 'fast'", "finished_at = 'today'", "marks = 'none'", "finished_at = x''"]
)
async def test_what_was_written_by_hand_ends_in_a_sentence(store, change):
    with sqlite3.connect(store.path) as other:
        other.execute(f"UPDATE replies SET {change} WHERE board = 'pi5'")
    other.close()
    with pytest.raises(StoreError, match="damaged or was changed"):
        await store.results()
