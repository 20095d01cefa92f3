"""From a Reply to its Score: whose fault it is, what a stranger's metric may do, and how long it may take."""

import json
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from edgetui.errors import TaskError
from edgetui.model import NA
from edgetui.scoring import Answer, Metric, find_metric, judge, score
from edgetui.scoring.boxes import resized
from edgetui.scoring.registry import metrics
from edgetui.store import Store
from tests.store.test_store import REPLY, RUN, request

COUNTED = replace(
    REPLY, request=request(metric="exact-count", truth={"count": 5}), outcome="ok", text="5", marks=()
)
TRUTHS = {
    "exact-count": {"count": 5, "of": ["pothole"]},
    "facts": {"facts": [["cable"], ["trip*"]], "forbidden": ["running"]},
    "caption": {"facts": [["cable"], ["trip*"]], "forbidden": ["running"], "max_words": 9},
    "short-answer": {"answers": ["red"], "others": ["blue"]},
    "numeric": {"number": 5},
    "cer": {"text": "a printed page of words " * 40, "fields": ["page"]},
    "iou": {"label": "x", "box": [1, 2, 3, 4], "size": [896, 896]},
    "json": {"fields": {"a": 1}},
    "language": {"language": "en"},
    "tags": {"tags": ["apple", ["mug", "cup"]]},
    "intact": {},
}
NASTY = {
    "digits": "1 2 3 4 5 6 7 8 9 " * 5000,
    "one word": "potholes" * 9000,
    "denials": "no not never isn't " * 4000,
    "brackets": "[{(" * 20000,
    "lines": "\n".join(f"{n}. line {n}" for n in range(9000)),
    "thoughts": "<think>" * 9000,
    "blanks": "a" + " " * 70000 + "b",
    "blank thoughts": " " * 39_000 + "x",
    "blanks within": "without" + " \t" * 19_000 + ".",
    "boxes": "[1,2,3,4] (1,2),(3,4) " * 4000,
    "endless": f"[1, 2, {7**500}, {7**501}] are {7**500}",
    "nested": '{"a":' * 20000,
    "han": "五个坑" * 20000,
    "han digits": "".join("一二三四五六七八九"[n * n % 83 % 9] for n in range(39_000)) + "a",
    "words": "".join(chr(97 + n * n % 26) + " " * (n % 3 == 0) for n in range(60000)),
}


def test_a_finished_reply_is_scored_with_reason_and_truth():
    found = score(COUNTED)
    assert (found.metric, found.version, found.value, found.passed) == ("exact-count", 2, 1.0, True)
    assert (found.span, found.truth) == ((0, 1), "5")
    assert found.rule


async def test_a_stored_reply_has_all_that_its_score_was_made_of(tmp_path):
    truth = {"label": "x", "box": [100, 200, 300, 400], "size": [448, 448]}
    asked = request(metric="iou", truth=truth, model="qwen2.5vl:3b")
    reply = replace(COUNTED, request=asked, text="[200, 400, 600, 800]", era="C")
    reply = replace(reply, score=score(reply))
    async with await Store.open(tmp_path / "edgetui.db") as store:
        await store.save_run(RUN)
        await store.save_reply(reply)
        (stored,) = await store.stored_replies(RUN.id)
    assert score(stored.reply) == stored.reply.score == reply.score
    assert reply.score.value == 1.0


@pytest.mark.parametrize("outcome", ["oom", "timeout", "cancelled", "lost-link", "aborted-by-runtime", "error"])
def test_what_is_no_answer_is_not_scored(outcome):
    assert score(replace(COUNTED, outcome=outcome)) == NA(f"no whole answer: {outcome}")


def test_a_run_of_one_sign_is_blamed_on_the_runtime():
    broken = replace(COUNTED, outcome="aborted-by-runtime", marks=("degenerate",), text="G" * 31)
    for reply in (broken, replace(broken, outcome="degenerate")):
        found = score(reply)
        assert found.passed is None
        assert "ollama#12209" in found.value.reason
        assert "degenerate" in found.marks


def test_without_truth_or_metric_nothing_is_made_up():
    assert isinstance(score(replace(COUNTED, request=request(metric="exact-count"))), NA)
    assert isinstance(score(replace(COUNTED, request=request(truth={"count": 1}))), NA)
    unknown = score(replace(COUNTED, request=request(metric="gone", truth={"count": 1})))
    assert "no metric 'gone'" in unknown.reason
    missing = score(replace(COUNTED, request=request(metric="cer", truth={"count": 1})))
    assert "needs text" in missing.value.reason


def test_an_answer_that_was_cut_says_so():
    found = score(replace(COUNTED, outcome="truncated", text="There are 5 potholes and"))
    assert (found.passed, found.marks) == (True, ("truncated",))


def test_hidden_characters_change_no_verdict():
    assert score(replace(COUNTED, text="\u200b5\u202e\x1b")).passed


def test_every_metric_is_tried_here():
    assert set(TRUTHS) == set(metrics().found)


@pytest.mark.parametrize("name", TRUTHS)
@pytest.mark.parametrize("nasty", NASTY)
def test_no_answer_holds_the_work_up(name, nasty):
    begin = time.process_time()
    found = judge(find_metric(name), Answer(text=NASTY[nasty], prompt="How many?", model="qwen2.5vl"), TRUTHS[name])
    assert time.process_time() - begin < 1.5
    assert json.dumps(found.to_json(), allow_nan=False)


def test_a_strangers_metric_that_fails_costs_its_verdict_alone():
    def stumble(answer, truth):
        raise KeyError("nothing there")

    found = judge(
        Metric(name="odd", version=2, needs=(), judge=stumble), Answer(text="5", prompt="", model="m"), {}
    )
    assert (found.metric, found.version, found.passed) == ("odd", 2, None)
    assert "metric odd failed: KeyError" in found.value.reason


def test_a_metric_of_a_third_party_loads_like_ours(tmp_path):
    (tmp_path / "stranger.py").write_text(
        "from edgetui.model.score import Score\n"
        "from edgetui.scoring import Metric\n"
        "METRIC = Metric(name='loud', version=7, needs=(), judge=lambda answer, truth:\n"
        "    Score(value=1.0, passed=answer.text.isupper(), rule='it shouts'))\n"
    )
    info = tmp_path / "stranger-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[edgetui.metrics]\nloud = stranger:METRIC\n")
    code = (
        "from edgetui.scoring import *\n"
        "s = judge(find_metric('loud'), Answer(text='HI', prompt='', model='m'), {})\n"
        "print(s.metric, s.version, s.passed)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout == "loud 7 True\n"


@pytest.mark.parametrize("kind", ["metric", "runner"])
def test_a_plug_in_that_cannot_be_loaded_is_missed_by_its_tasks_alone(kind, tmp_path):
    info = tmp_path / "stranger-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[edgetui.{kind}s]\nloud = stranger:NONE\n")
    module = {"metric": "scoring", "runner": "runners"}[kind]
    code = (
        f"from edgetui.{module}.registry import {kind}s\n"
        "from edgetui.errors import TaskError\n"
        f"print(len({kind}s().found) > 1)\n"
        f"try: {kind}s().need('{kind}', 'loud')\n"
        "except TaskError as error: print(error.sentence)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.startswith(f"True\nloud of edgetui.{kind}s, which the package stranger brings, cannot")
    assert done.stdout.endswith("mend or uninstall stranger\n")


def test_an_unknown_metric_is_answered_with_the_nearest():
    with pytest.raises(TaskError) as caught:
        find_metric("exact-cuont")
    assert "'exact-count'" in caught.value.remedy


@pytest.mark.parametrize(
    ("size", "least", "most", "seen"),
    [
        ((896, 896), 4, 1280, (896, 896)),
        ((896, 896), 1024, 4096, (896, 896)),
        ((448, 448), 1024, 4096, (896, 896)),
        ((560, 504), 4, 1280, (560, 504)),
        ((2000, 1100), 4, 1280, (1344, 728)),
    ],
)
def test_the_frame_of_qwen_is_its_resized_picture(size, least, most, seen):
    assert resized(size, least, most) == seen
