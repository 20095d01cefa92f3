from __future__ import annotations

import pytest

from edgetui.links.backoff import Backoff


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_the_ceiling_doubles_to_2_s_in_the_first_two_minutes_and_to_30_s_after() -> None:
    clock = Clock()
    backoff = Backoff(clock, jitter=lambda: 1.0)
    assert [backoff.next() for _ in range(4)] == [1, 2, 2, 2]
    clock.now += 119
    assert backoff.next() == 2
    clock.now += 1
    assert backoff.next() == 30


@pytest.mark.parametrize("jitter", [0.0, 0.25, 0.999])
def test_jitter_is_full(jitter: float) -> None:
    backoff = Backoff(Clock(), jitter=lambda: jitter)
    assert backoff.next() == jitter * 1
    assert backoff.next() == jitter * 2


def test_thousands_of_tries_do_not_overflow() -> None:
    clock = Clock()
    backoff = Backoff(clock, jitter=lambda: 1.0)
    backoff.next()
    clock.now += 1e6
    assert [backoff.next() for _ in range(5000)][4:] == [30] * 4996


def test_tcp_is_given_2_s_only_while_the_outage_is_fresh() -> None:
    clock = Clock()
    backoff = Backoff(clock)
    assert backoff.tcp_timeout_s is None
    backoff.next()
    assert backoff.tcp_timeout_s == 2
    clock.now += 120
    assert backoff.tcp_timeout_s is None


def test_30_s_up_end_the_outage_and_a_shorter_time_does_not() -> None:
    clock = Clock()
    backoff = Backoff(clock, jitter=lambda: 1.0)
    backoff.next()
    clock.now += 200
    backoff.was_up(29.9)
    backoff.next()
    assert backoff.next() == 4, "a board that flaps is still in its outage"
    backoff.was_up(30)
    assert backoff.next() == 1
    assert backoff.tcp_timeout_s == 2
