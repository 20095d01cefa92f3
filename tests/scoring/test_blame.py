"""Canaries: who is blamed for bad answers."""

from dataclasses import replace

from edgetui.model.score import Overruling, Score
from edgetui.scoring.blame import DECODING, LOOPING, SEEING, UNSURE, blamed
from edgetui.scoring.judging import BROKEN
from tests.store.test_store import REPLY, request

RIGHT = Score(value=1.0, passed=True, rule="r")
WRONG = Score(value=0.0, passed=False, rule="r")
LOOP = Score(value=BROKEN, passed=None, rule="r", marks=("degenerate",))


def said(*scores, picture="ab", canary=True, board="orin"):
    return [
        replace(
            REPLY, request=request(board=board, item=str(n), canary=canary, image_sha256=picture), score=s
        ).to_json()
        for n, s in enumerate(scores)
    ]


def only(replies):
    return blamed(replies).get(("orin", "m"))


def test_a_loop_of_one_sign_is_the_runtimes_whatever_else_is_right():
    assert only(said(RIGHT, RIGHT, LOOP, canary=False)) == LOOPING


def test_failing_without_a_picture_is_the_runtimes():
    assert only(said(WRONG, WRONG, picture="") + said(WRONG, WRONG)) == DECODING


def test_failing_easy_pictures_alone_is_the_picture_paths():
    assert only(said(RIGHT, RIGHT, picture="") + said(WRONG, WRONG)) == SEEING
    assert only(said(WRONG, WRONG)) == UNSURE


def test_failing_what_is_hard_is_nobodys_fault():
    assert only(said(WRONG, WRONG, WRONG, canary=False)) is None
    assert only(said(RIGHT, picture="") + said(RIGHT, WRONG)) is None


def test_each_board_is_judged_by_its_own_answers():
    assert set(blamed(said(LOOP, board="orin") + said(RIGHT, board="pi5"))) == {("orin", "m")}


def test_a_persons_word_stands_and_what_has_no_score_blames_nobody():
    ruled = replace(LOOP, overruled=Overruling(value=1.0, passed=True, why="fine", at=0.0))
    assert only(said(ruled)) is None
    assert blamed([REPLY.to_json()]) == {}
