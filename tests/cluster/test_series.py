"""Marks and figures of a reply that need more than the reply."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edgetui.cluster.series import Series, Start
from edgetui.model import Identity, Metrics, Phases, Protocol, Reading, Reply, Request, Sample, Throttle, known, na
from edgetui.model.figures import gross_j, is_steady, spread, throttle_tax, throttled_percent
from edgetui.model.sound import SPOILS, drifted, sound, why_unsound
from edgetui.runners import TRANSIENT
from edgetui.runners.timing import MISFIT

ORIN = Identity(family="jetson", model="Orin Nano", release="L4T R36.4.7 (JetPack 6)")
NANO = Identity(family="jetson", model="Nano", release="L4T R32.7.4 (JetPack 4)")
GB = 1e9


def sample(time: float, **fields: Any) -> Sample:
    usual = {"temperature_c": 60.0, "throttle": (), "power_w": 5.0, "power_scope": "SoC rails"}
    return Sample(time=time, **(usual | {"memory_total_bytes": 8 * GB, "memory_available_bytes": 4 * GB} | fields))


def reply(*, e2e: float = 10.0, prefill: float = 4.0, mode: Any = "burst", **fields: Any) -> Reply:
    request = Request(
        run="r", board="b", task="t", kind="vqa", item="i", model="m", prompt="?", image=b"png",
        protocol=Protocol(mode=mode, gate=mode != "quick"),
    )  # fmt: skip
    usual: dict[str, Any] = {
        "fired_at": 80.0,
        "finished_at": 100.0,
        "phases": Phases(encode_s=1.0, prefill_s=prefill, total_s=20.0),
        "metrics": Metrics(e2e_s=e2e, ttft_s=5.0, itl_s=0.05, prompt_tokens=385),
        "samples": tuple(sample(88.0 + n) for n in range(14)),
        "size_bytes": 3 * GB,
        "size_vram_bytes": 3 * GB,
    }
    return Reply(request=request, outcome="ok", **(usual | fields))


def judged(*replies: Reply, start: Start | None = None, identity: Identity | None = ORIN) -> list[Reply]:
    series = Series(("k",), text_tokens=25)
    return [series.judged(r, start or Start(50.0, 3.0), identity) for r in replies]


def test_figures_of_the_definitions() -> None:
    (one,) = judged(reply())
    m = one.metrics
    assert m.t100_s == pytest.approx(5.0 + 99 * 0.05)
    assert m.image_tokens == 360
    assert m.gross_j == pytest.approx(50.0)
    assert m.net_j == pytest.approx(20.0)
    assert m.throttled_percent == 0
    assert one.energy_scope == "SoC rails"
    assert one.marks == ()
    assert sound(one)


def test_energy_is_told_only_where_it_was_measured() -> None:
    assert gross_j([sample(0.0), sample(10.0)], 1, 9) == na("too short for its readings of power")
    gappy = [sample(t) for t in (0.0, 1.0, 2.0, 9.0, 10.0)]
    assert not known(gross_j(gappy, 0, 10))
    assert gross_j([sample(float(t), power_w=na("no sensor")) for t in range(9)], 0, 8) == na("no sensor")
    ramp = [sample(float(t), power_w=float(t)) for t in range(11)]
    assert gross_j(ramp, 2.5, 7.5) == pytest.approx(25.0)


def test_half_of_the_readings_throttled() -> None:
    held = (Throttle("T", "now", "bit 2"),)
    half = [sample(float(t), throttle=held if t % 2 else ()) for t in range(10)]
    assert throttled_percent(half, 0, 9.5) == 50
    assert throttled_percent([sample(1.0, throttle=na("no bits"))], 0, 9) == na("no bits")


@pytest.mark.parametrize(
    ("changes", "start", "identity", "mark"),
    [
        ({}, Start(50.0, 3.0, hot=True), ORIN, "hot-start"),
        ({}, Start(50.0, 3.0, co_run=True), ORIN, "co-run"),
        ({}, Start(50.0, 3.0, shared=True), ORIN, "shared-board"),
        ({"finished_at": 3700.0}, None, ORIN, "clock-suspect"),
        ({"phases": Phases(prefill_s=MISFIT, total_s=20.0)}, None, ORIN, "clock-suspect"),
        ({"size_vram_bytes": 2 * GB}, None, ORIN, "cpu-fallback"),
        (
            {"samples": (sample(80.0, swap_used_bytes=0.0), sample(99.0, swap_used_bytes=3e7))},
            None,
            ORIN,
            "swapped",
        ),
    ],
)
def test_what_spoils_a_reply_marks_it(
    changes: dict[str, Any], start: Start | None, identity: Any, mark: str
) -> None:
    (one,) = judged(reply(**changes), start=start, identity=identity)
    assert one.marks == (mark,)
    assert not sound(one)
    assert why_unsound(one.marks, "burst") == SPOILS[mark]


def test_no_fallback_where_ollama_has_no_gpu_to_use() -> None:
    assert judged(reply(size_vram_bytes=0), identity=NANO)[0].marks == ()
    assert judged(reply(size_vram_bytes=0), identity=Identity(family="raspberry-pi", model="Pi 5"))[0].marks == ()


def test_a_prompt_that_was_read_in_less_than_half_the_time_was_not_read() -> None:
    first, slower, cached = judged(reply(), reply(prefill=6.0), reply(prefill=0.9))
    assert (first.marks, slower.marks, cached.marks) == ((), (), ("cache-suspect",))
    told = judged(reply(), reply(prefill=0.9, cached_tokens=0))[1]
    assert told.marks == ()


def test_memory_that_fills_up_is_noticed() -> None:
    full = tuple(sample(88.0 + n, memory_available_bytes=3.1 * GB) for n in range(14))
    assert [r.marks for r in judged(reply(), reply(samples=full))] == [(), ("memory-drift",)]


def test_a_picture_without_tokens_was_not_seen() -> None:
    blind = replace(reply(), metrics=replace(reply().metrics, prompt_tokens=25))
    (one,) = judged(blind)
    assert (one.outcome, one.marks) == ("no-vision", ("image-unseen",))


def test_sustained_ends_when_three_are_alike_and_the_temperature_is_still() -> None:
    times = (10.0, 12.0, 13.0, 13.1, 13.2)
    assert [r.marks for r in judged(*(reply(e2e=t, mode="sustained") for t in times))] == [()] * 4 + [("steady",)]
    warming = [sample(float(t), temperature_c=60 + t / 60) for t in range(30)]
    assert not is_steady([13.0, 13.1, 13.2], warming)


def test_heat_is_no_blemish_where_it_is_measured() -> None:
    assert why_unsound(("throttled", "hot-start"), "sustained") == ""
    assert why_unsound(("throttled",), "burst")
    assert why_unsound(("cold-load", "context-clamped"), "quick") == ""


def test_time_limits_are_kept_in_n() -> None:
    assert spread([]) is None
    three = spread([3.0, 1.0, 2.0])
    assert three is not None
    assert (three.n, three.low, three.median, three.high) == (3, 1.0, 2.0, 3.0)
    one_cut = spread([100.0, 110.0, 120.0], [600.0])
    assert one_cut is not None
    assert (one_cut.n, one_cut.median, one_cut.censored) == (4, 115.0, 1)
    most_cut = spread([100.0], [600.0, 600.0])
    assert most_cut is not None
    assert most_cut.median == na("> 600 s")
    half_cut = spread([100.0, 102.0], [600.0, 600.0])
    assert half_cut is not None
    assert half_cut.median == na("> 351 s")  # 102 and whatever is above 600
    late = spread([100.0], [599.975, 600.085])
    assert late is not None
    assert late.median == na("> 599 s"), "three digits, and never more than was waited for"


def test_what_heat_costs() -> None:
    tax: Reading = throttle_tax([130.0, 128.0, 129.0], [100.0, 101.0, 99.0])
    assert tax == pytest.approx(1.29)
    assert not known(throttle_tax([], [1.0]))


def test_a_model_that_differs_from_board_to_board() -> None:
    rows = [
        {"model": "m", "digest": d, "board": b} for d, b in (("aa", "x"), ("bb", "y"), ("aa", "z"), (None, "w"))
    ]
    assert drifted(rows) == {"m": {"aa": ["x", "z"], "bb": ["y"]}}
    assert drifted(rows[:1]) == {}


def test_an_answer_that_is_asked_again_is_no_repeat() -> None:
    series = Series(("k",), cold_load_s=5.0)
    failed, again, next_one = reply(marks=(TRANSIENT,)), reply(marks=("retried",)), reply()
    told = [series.judged(each, Start(50.0, 3.0), ORIN).metrics.cold_load_s for each in (failed, again, next_one)]
    assert told == [5.0, 5.0, na("loaded for an earlier repeat")]
