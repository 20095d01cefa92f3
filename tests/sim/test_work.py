"""Times, heat and clocks of the model of work, against the published comparison."""

from __future__ import annotations

import pytest

from edgetui.sim import work
from edgetui.sim.heat import Activity, Body
from edgetui.sim.kinds import kinds
from edgetui.sim.ollama.catalog import library

QWEN = library()["qwen2.5vl:3b"]
POTHOLES, TEXT, FELL = ((560, 504), 30), ((560, 308), 285), ((560, 364), 22)


def through(body: Body, stages: list[work.Stage]) -> float:
    """Work off the stages; returns the world time of the end."""
    moment = body.time
    for stage in stages:
        *_, moment = work.carry_out(body, stage, moment, 60.0)
    return moment


def answer(body: Body, task: tuple[tuple[int, int], int], *, cold: bool = False) -> float:
    """World s of one request on a board in this state."""
    size, tokens = task
    kind, cost = body.kind, QWEN.cost
    stages = work.loading(kind, cost) if cold else []
    prompt = QWEN.tokens_of(size, False)
    stages += [work.overhead(kind), work.vision(kind, cost, QWEN.patches_of(size, False))]
    stages += [work.prefill(kind, cost, prompt + 26), *[work.token(kind, cost)] * tokens]
    begin = body.time
    return through(body, stages) - begin


@pytest.mark.parametrize(
    ("kind", "task", "cold", "seconds"),
    [
        ("rtx3060", POTHOLES, True, 9.4),
        ("rtx3060", FELL, False, 2.48),
        ("orin-nano", POTHOLES, False, 4.0),
        ("orin-nano", FELL, False, 2.78),
        ("orin-nano", TEXT, False, 21.27),
        ("pi5", POTHOLES, False, 120),
        ("pi5", TEXT, False, 145.43),
        ("pi4-8g", POTHOLES, False, 300),
        ("pi4-8g", TEXT, False, 302.41),
    ],
)
def test_published_times_within_15_percent(kind, task, cold, seconds):
    body = Body(kinds()[kind])
    assert answer(body, task, cold=cold) == pytest.approx(seconds, rel=0.15)


def test_right_after_its_own_load_the_pi5_still_keeps_the_times():
    for task, seconds in ((POTHOLES, 120), (TEXT, 145.43)):
        body = Body(kinds()["pi5"])
        through(body, work.loading(body.kind, QWEN.cost))
        assert answer(body, task) == pytest.approx(seconds, rel=0.15)


def test_a_bare_pi5_idles_warm_passes_80_and_throttles_and_says_so_ever_after():
    body = Body(kinds()["pi5"])
    assert 50 <= body.celsius <= 57
    answer(body, POTHOLES)
    assert body.celsius < 80  # the die cools at once
    assert {"hot", "capped"} <= body.ever
    assert body.limited_s > 30
    body.advance(body.time + 3600)
    assert body.limits() == set()
    assert {"hot", "capped"} <= body.ever


def test_a_4_gb_pi4_idles_at_47():
    assert Body(kinds()["pi4-4g"]).celsius == pytest.approx(47, abs=0.5)


@pytest.mark.parametrize("kind", ["orin-nano", "rtx3060", "nano-4g"])
def test_boards_with_a_good_heatsink_never_throttle(kind):
    body = Body(kinds()[kind])
    for _ in range(3):
        answer(body, TEXT)
    assert body.limited_s == 0


def test_looking_often_or_once_gives_the_same_heat():
    often, once = Body(kinds()["pi5"]), Body(kinds()["pi5"])
    for body in (often, once):
        body.activity = Activity(1.0, cpu=1.0)
    for step in range(1, 601):
        often.advance(step * 0.5)
    once.advance(300)
    assert often.celsius == pytest.approx(once.celsius, abs=0.3)
    assert often.busy_s == pytest.approx(once.busy_s, rel=1e-6)


def test_undervoltage_slows_the_work_and_hot_air_too():
    healthy, weak, hot = (Body(kinds()["pi5"]) for _ in range(3))
    weak.undervolt = True
    hot.ambient_c += 30
    hot.board_c += 30
    base = answer(healthy, POTHOLES)
    assert answer(weak, POTHOLES) > base * 1.2
    assert answer(hot, POTHOLES) > base * 1.15
    assert "undervolt" in weak.ever


def test_era_c_enlarges_small_pictures_and_takes_its_time():
    assert QWEN.tokens_of((560, 504), False) == 360
    assert QWEN.tokens_of((560, 504), True) >= 1024
    assert QWEN.tokens_of((2000, 1100), False) <= 1280
    assert 3900 < QWEN.tokens_of((4000, 3000), True) <= 4096  # of 12 MP 4061 were reported
    assert library()["moondream:latest"].tokens_of((2000, 1100), True) == 729
