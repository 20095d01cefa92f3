"""Layers, rate, stall: what the lines of a pull come to."""

from __future__ import annotations

from edgetui.model import known
from edgetui.model.transfer import STALL_S, Transfer

BIG, SMALL = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"


def begun() -> Transfer:
    return Transfer(board="pi5", model="m:latest").at("asking", 100.0)


def test_what_was_there_before_was_not_fetched() -> None:
    first = begun().loaded(BIG, 1000, 600, 101.0)
    later = first.loaded(BIG, 1000, 900, 105.0)
    assert (first.fetched_bytes, later.fetched_bytes, later.completed_bytes) == (0, 300, 900)
    assert later.rate(105.0) == 75.0
    assert later.eta_s(105.0) == 100 / 75


def test_a_layer_is_whole_when_the_next_one_comes_whatever_its_last_line_said() -> None:
    now = begun().loaded(BIG, 1000, 970, 101.0).loaded(SMALL, 10, 10, 102.0)
    assert [layer.completed_bytes for layer in now.layers] == [1000, 10]
    assert now.whole(103.0).share == 1.0


def test_completed_may_go_down_and_nothing_is_taken_back_from_what_came() -> None:
    now = begun().loaded(BIG, 1000, 100, 101.0).loaded(BIG, 1000, 500, 102.0).loaded(BIG, 1000, 300, 103.0)
    assert (now.fetched_bytes, now.completed_bytes) == (400, 300)


def test_there_is_no_rate_before_two_seconds_and_none_while_nothing_is_loaded() -> None:
    now = begun().loaded(BIG, 1000, 0, 101.0).loaded(BIG, 1000, 500, 102.0)
    assert not known(now.rate(102.0))
    assert known(now.rate(103.0))
    assert not known(now.whole(110.0).rate(110.0))


def test_it_stalls_while_lines_repeat_the_same_number_and_not_while_a_digest_is_checked() -> None:
    now = begun().loaded(BIG, 1000, 500, 101.0)
    for second in range(1, 12):
        now = now.loaded(BIG, 1000, 500, 101.0 + second)
    assert now.stalled(101.0 + STALL_S)
    assert not now.loaded(BIG, 1000, 501, 112.5).stalled(112.6)
    assert not now.whole(113.0).stalled(500.0)


def test_the_size_of_the_whole_model_counts_where_it_is_known() -> None:
    known_size = Transfer(board="pi5", model="m", size_bytes=2000.0).at("asking", 0.0).loaded(BIG, 1000, 1000, 1.0)
    assert known_size.share == 0.5
    assert begun().loaded(BIG, 1000, 1000, 1.0).share == 1.0
    assert not known(begun().share)
