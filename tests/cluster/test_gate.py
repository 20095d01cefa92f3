"""A board starts when it is as cool as at rest: what rest is, and what stands against a start."""

from __future__ import annotations

import math
import time
from collections import deque

import pytest

from edgetui.cluster.gate import Gate
from edgetui.model import Protocol, Sample, State, Throttle, known, na
from edgetui.model.heat import idle_of, slope_k_min

PROTOCOL = Protocol(mode="burst", gate=True, warm_up=True)


def cooling(seconds: int, *, over_k: float, tau_s: float = 130.0, ends: float = 1000.0) -> list[Sample]:
    """One Sample a second of a board that cools towards 50 °C, quantised as a Pi does."""
    begin = ends - seconds
    return [
        Sample(
            time=begin + n,
            uptime_s=5000.0 + n,
            temperature_c=round((50 + over_k * math.exp(-n / tau_s)) / 0.55) * 0.55,
            power_w=3.0,
            throttle=(),
        )
        for n in range(seconds + 1)
    ]


def state(samples: list[Sample]) -> State:
    return State(board="pi5", link="up", sample=samples[-1], history=deque(samples, maxlen=120))


def test_a_resting_board_has_a_temperature_and_a_power_at_rest() -> None:
    idle = idle_of(cooling(100, over_k=0), 60)
    assert idle is not None
    assert idle.settled
    assert idle.temperature_c == pytest.approx(50, abs=0.5)
    assert idle.power_w == 3.0


def test_a_cooling_board_is_not_at_rest_and_less_than_a_minute_is_too_little() -> None:
    hot = idle_of(cooling(100, over_k=25), 60)
    assert hot is not None
    assert not hot.settled
    assert idle_of(cooling(59, over_k=0), 60) is None


def test_a_board_that_lives_faster_is_measured_by_its_own_clock() -> None:
    fast = [Sample(time=n, uptime_s=20.0 * n, temperature_c=50.0) for n in range(6)]
    assert idle_of(fast, 60) is not None
    assert idle_of([Sample(time=float(n), temperature_c=50.0) for n in range(6)], 60) is None


def test_the_slope_is_that_of_the_line() -> None:
    rising = [Sample(time=float(n), temperature_c=40 + n / 60) for n in range(60)]
    assert slope_k_min(rising) == pytest.approx(1.0)
    assert not known(slope_k_min(rising[:3]))


def test_what_stands_against_a_start() -> None:
    now = time.time()
    gate = Gate()
    resting = cooling(100, over_k=0, ends=now)
    assert gate.not_rested(state(cooling(100, over_k=25, ends=now)), PROTOCOL)
    assert gate.not_rested(state(resting), PROTOCOL) == ""
    cool = Sample(time=now, temperature_c=52.9, throttle=())
    assert gate.not_cool(cool, PROTOCOL) == ""
    assert "53" in gate.not_cool(Sample(time=now, temperature_c=53.6, throttle=()), PROTOCOL)
    throttled = (Throttle("T", "now", "bit 2"),)
    assert "throttle" in gate.not_cool(Sample(time=now, temperature_c=50.0, throttle=throttled), PROTOCOL)
    weak = (Throttle("U", "now", "bit 0"), Throttle("F", "now", "bit 1"))  # no waiting mends a power supply
    assert gate.not_cool(Sample(time=now, temperature_c=50.0, throttle=weak), PROTOCOL) == ""
    since_boot = (Throttle("T", "boot", "bit 18"),)
    assert gate.not_cool(Sample(time=now, temperature_c=50.0, throttle=since_boot), PROTOCOL) == ""
    assert gate.not_cool(Sample(time=now - 60, temperature_c=50.0), PROTOCOL) == "no reading of now"
    assert gate.not_cool(Sample(time=now, temperature_c=na("no sensor")), PROTOCOL) == ""


def test_readings_of_our_own_work_are_no_rest() -> None:
    now = time.time()
    gate = Gate(worked=now - 20)
    assert gate.not_rested(state(cooling(100, over_k=0, ends=now)), PROTOCOL)
    assert gate.idle is None


def test_somebody_elses_load_is_noticed_and_ours_is_not() -> None:
    gate = Gate(worked=1000.0)
    assert gate.busy(Sample(time=1010.0, cpu_percent=60.0))
    assert gate.busy(Sample(time=1010.0, cpu_percent=2.0, gpu_percent=90.0))
    assert not gate.busy(Sample(time=1001.0, cpu_percent=99.0))
    assert not gate.busy(Sample(time=1010.0, cpu_percent=3.0))
