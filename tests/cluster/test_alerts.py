"""What is wrong on a board is told once, after the time its rule gives it, and nothing is told of idle boards."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from edgetui.cluster.alerts import CLEAR_S, DEFAULTS, Alerts, Memory, evaluate, rules
from edgetui.cluster.symptoms import threshold
from edgetui.config import AlertRule, Board, Config, load
from edgetui.errors import ConfigError
from edgetui.model import Disk, Event, Identity, OllamaInfo, Reading, Sample, State, Throttle, known, na
from tests.cluster.fleet import Fleet, fleet
from tests.servers import soon
from tests.simulated import Simulated, simulated

HOT = AlertRule(name="hot", metric="temperature_c", above=80.0, for_s=3.0, boards=("pi",))
EMPTY = na("permission denied")


def noon(second: float = 0.0) -> float:
    """Unix s."""
    return datetime(2026, 1, 5, 12).timestamp() + second


def up(second: float, **readings: Any) -> State:
    return State(board="pi", link="up", reason="", sample=Sample(time=noon(second), **readings))


def actions(rule: AlertRule, states: list[State], memory: Memory | None = None) -> list[tuple[int, str]]:
    """(second, action) of one look a second."""
    memory = memory or Memory()
    return [
        (second, event.detail["action"])
        for second, state in enumerate(states)
        for event in evaluate([rule], {"pi": state}, memory, noon(second))
    ]


@pytest.mark.parametrize(
    ("temperatures", "told"),
    [
        ([81.0] * 10, [(3, "raised")]),
        ([81.0, 81.0, 79.0] * 4, []),
        ([81.0, 81.0, EMPTY] * 4, []),
        ([80.0] * 10, []),
        ([EMPTY] * 10, []),
        ([81.0] * 4 + [79.0, 81.0] * 30, [(3, "raised")]),
        ([81.0] * 4 + [79.0] * 40, [(3, "raised"), (33, "over")]),
        ([81.0] * 4 + [EMPTY] * 60, [(3, "raised")]),
        ([81.0] * 4 + [79.0] * 31 + [81.0] * 4, [(3, "raised"), (33, "over"), (38, "raised")]),
    ],
)
def test_a_rule_over_time(temperatures: list[Reading], told: list[tuple[int, str]]) -> None:
    assert CLEAR_S == 30
    assert actions(HOT, [up(n, temperature_c=t) for n, t in enumerate(temperatures)]) == told


def test_a_link_that_is_up_again_is_no_alert_for_long() -> None:
    rule = next(rule for rule in DEFAULTS if rule.metric == "link_down").model_copy(update={"boards": ("pi",)})
    cut = State(board="pi", link="down", reason="no route")
    assert actions(rule, [cut] * 8 + [up(n) for n in range(8, 20)]) == [(5, "raised"), (10, "over")]


def limits(*kinds: Any) -> tuple[Throttle, ...]:
    return tuple(Throttle(kind, "now", "a test") for kind in kinds)


ROOMY = Disk("/", 60e9, 40e9)
BOOTED = Identity(family="linux", model="x", boot_id="a")
CALM = replace(
    up(0, temperature_c=50.0, limit_c=80.0, throttle=(), swap_used_bytes=1e6, oom_kills=2.0),
    identity=BOOTED,
    ollama=OllamaInfo(asked_at=0.0, version="0.12.3"),
    disks=(ROOMY,),
)


@pytest.mark.parametrize(
    ("wrong", "title"),
    [
        ({"sample": {"temperature_c": 75.1}}, "near its temperature limit"),
        ({"sample": {"throttle": limits("F")}}, "throttling"),
        ({"sample": {"throttle": limits("U")}}, "under-voltage"),
        ({"sample": {"swap_used_bytes": 60e6}}, "swap grows"),
        ({"sample": {"oom_kills": 3.0}}, "kernel killed a program for memory"),
        ({"link": "down", "reason": "no route"}, "link down"),
        ({"link": "connecting", "attempts": 2}, "link down"),
        ({"ollama": OllamaInfo(asked_at=0.0, reason="refused")}, "Ollama down"),
        ({"identity": replace(BOOTED, boot_id="b")}, "rebooted"),
        ({"disks": (ROOMY, Disk("/data", 100e9, 4e9))}, "disk nearly full"),
        ({"disks": (ROOMY, Disk("/data", 100e9, 6e9))}, None),
        ({"disks": EMPTY}, None),
        ({"disks": (Disk("/", 100e9, 4e9),), "link": "connecting"}, None),
        ({"sample": {"throttle": limits("P")}}, None),
        ({"sample": {"throttle": EMPTY, "temperature_c": EMPTY, "oom_kills": EMPTY}}, None),
        ({"sample": {"temperature_c": 99.0, "time": noon(-60)}}, None),
        ({"sample": {"oom_kills": 0.0}}, None),
        ({"link": "connecting", "attempts": 1}, None),
        ({"link": "off"}, None),
    ],
)
def test_each_default_and_what_only_looks_like_it(wrong: dict[str, Any], title: str | None) -> None:
    every = [rule.model_copy(update={"boards": ("pi",), "for_s": 0.0}) for rule in DEFAULTS]
    memory = Memory()
    assert CALM.sample is not None
    calm = replace(CALM, history=CALM.history.__class__([CALM.sample]))
    assert evaluate(every, {"pi": calm}, memory, noon()) == []
    sample = replace(CALM.sample, **{"time": noon(1)} | wrong.get("sample", {}))
    state = replace(calm, **{**wrong, "sample": sample})
    events = evaluate(every, {"pi": state}, memory, noon(1))
    assert [e.detail["rule"] for e in events] == ([title] if title else [])


def test_an_ollama_that_never_was_is_not_down() -> None:
    rule = next(r for r in DEFAULTS if r.metric == "ollama_down").model_copy(update={"boards": ("pi",)})
    silent = replace(up(0), ollama=OllamaInfo(asked_at=0.0, reason="nothing listens"))
    assert actions(rule, [silent] * 3) == []


def test_rules_of_the_configuration_choose_boards_and_replace_defaults(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(
        '[[board]]\nname = "a"\ntags = ["rack"]\n[[board]]\nname = "b"\n[[board]]\nname = "c"\n'
        '[[alert]]\nname = "throttling"\nmetric = "throttled"\nabove = 0.0\nfor_s = 60.0\n'
        '[[alert]]\nmetric = "power_w"\nabove = 20.0\nboards = ["b"]\ntags = ["rack"]\n'
        '[[alert]]\nmetric = "fan_rpm"\nbelow = 100.0\ntags = ["nowhere"]\n'
    )
    found = {rule.title: rule for rule in rules(load(file, {}))}
    assert found["throttling"].for_s == 60
    assert found["link down"].boards == {"a", "b", "c"}
    assert found["power_w above 20"].boards == {"a", "b"}
    assert found["fan_rpm below 100"].boards == set()
    file.write_text('[alerts]\ndefaults = false\n[[board]]\nname = "a"\n')
    assert rules(load(file, {})) == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('metric = "temperature"\nabove = 1.0', "alert.metric"),
        ('metric = "power_w"', "neither above nor below"),
        ('metric = "power_w"\nabove = 1.0\nquiet = "22-7"', "alert.quiet"),
    ],
)
def test_a_wrong_rule_is_named(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f"[[alert]]\n{text}\n")
    with pytest.raises(ConfigError, match=words):
        load(file, {})


@pytest.mark.parametrize(
    ("quiet", "hour", "expected"),
    [("22:00-07:00", 23, True), ("22:00-07:00", 6, True), ("22:00-07:00", 7, False), ("11:00-13:00", 12, True),
     ("11:00-13:00", 13, False), ("", 3, False)],
)  # fmt: skip
def test_quiet_hours(quiet: str, hour: int, expected: bool) -> None:
    rule = HOT.model_copy(update={"quiet": quiet, "for_s": 0.0})
    now = datetime(2026, 1, 5, hour).timestamp()
    state = State(board="pi", link="up", sample=Sample(time=now, temperature_c=90.0))
    (event,) = evaluate([rule], {"pi": state}, Memory(), now)
    assert event.detail["quiet"] is expected


def at(clock: str) -> float:
    """Unix s of a local time, on the day after from midnight to noon."""
    day = 6 if clock < "12" else 5
    return datetime.fromisoformat(f"2026-01-0{day}T{clock}").timestamp()


def looks(memory: Memory, *readings: tuple[str, Reading]) -> list[tuple[str, str, bool]]:
    """(clock, action, quiet) of what a rule with quiet hours says, looked at so."""
    rule = HOT.model_copy(update={"quiet": "22:00-07:00", "for_s": 0.0})
    return [
        (clock, event.detail["action"], event.detail["quiet"])
        for clock, celsius in readings
        for event in evaluate([rule], {"pi": replace(up(0), sample=Sample(time=at(clock), temperature_c=celsius))},
                              memory, at(clock))
    ]  # fmt: skip


def test_what_still_stands_when_the_quiet_hours_end_is_told_then_and_once() -> None:
    memory = Memory()
    readings = [(clock, 90.0) for clock in ("23:00:00", "23:00:01", "06:59:59", "07:00:00", "07:00:01")]
    assert looks(memory, *readings) == [("23:00:00", "raised", True), ("07:00:00", "stands", False)]
    assert looks(memory, ("08:00", 50.0)) == [("08:00", "over", False)]


def test_what_is_over_within_the_quiet_hours_is_never_told() -> None:
    told = looks(Memory(), ("23:00", 90.0), ("23:01", 50.0), ("07:00", 50.0))
    assert told == [("23:00", "raised", True), ("23:01", "over", True)]


def test_the_end_of_what_nobody_was_told_of_is_not_told_either() -> None:
    told = looks(Memory(), ("06:59:50", 90.0), ("07:00:10", 50.0), ("07:00:30", 50.0))
    assert told == [("06:59:50", "raised", True), ("07:00:30", "over", True)]


def test_what_a_person_has_seen_is_not_told_when_the_quiet_hours_end() -> None:
    memory = Memory()
    looks(memory, ("23:00", 90.0))
    memory.standing = {key: replace(alert, acknowledged=True) for key, alert in memory.standing.items()}
    assert looks(memory, ("07:00", 90.0)) == []


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (AlertRule(metric="temperature_c", above=80.0, for_s=30.0), "above 80 °C for 30 s"),
        (AlertRule(metric="fan_rpm", below=500.0), "below 500 rpm"),
        (AlertRule(metric="load_1", above=8.0, below=0.5), "above 8 or below 0.5"),
        (AlertRule(metric="swap_growth_bytes", above=50e6), "above 50 MB"),
        (AlertRule(metric="clock_hz", below=1.5e9), "below 1.5 GHz"),
        (AlertRule(metric="over_limit_k", above=-5.0), "above limit -5 K"),
        (AlertRule(metric="link_down", above=0.0, for_s=5.0), ""),
        (AlertRule(metric="throttled", above=0.0), ""),
    ],
)
def test_a_threshold_in_words(rule: AlertRule, words: str) -> None:
    assert threshold(rule) == words


async def test_acknowledged_and_silenced_alerts_are_quiet(tmp_path: Path) -> None:
    config = Config(board=(Board(name="pi"),), alert=(AlertRule(name="off", metric="link_down", above=0.0),))
    states = {"pi": State(board="pi", link="down", reason="no route")}
    told: list[Event] = []
    alerts = Alerts(config, states, told.append)
    alerts.silence("off", "pi", until=9e9)
    task = asyncio.create_task(alerts.run())
    await soon(lambda: bool(alerts.standing))
    task.cancel()
    await asyncio.wait({task})
    (alert,) = alerts.standing
    assert (alert.text, alert.acknowledged, told[0].detail["quiet"]) == ("off: no route", False, True)
    alerts.acknowledge("off", "pi")
    alerts.acknowledge("off", "pi")
    assert alerts.standing[0].acknowledged
    assert [e.detail["action"] for e in told] == ["raised", "acknowledged"]
    assert alerts.standing[0].silenced_until == 9e9


async def test_a_silence_that_ends_is_followed_by_what_still_stands() -> None:
    config = Config(board=(Board(name="pi"),), alert=(AlertRule(name="off", metric="link_down", above=0.0),))
    states = {"pi": State(board="pi", link="down", reason="no route")}
    told: list[Event] = []
    alerts = Alerts(config, states, told.append)
    now = time.time()
    only = [rule for rule in rules(config) if rule.title == "off"]
    for later in (0, 59, 61, 62):
        told += evaluate(only, states, alerts.memory, now + later)
        if not later:
            alerts.silence("off", "pi", now + 60)
    assert [(e.detail["action"], e.detail["quiet"]) for e in told] == [
        ("raised", False),
        ("silenced", True),
        ("stands", False),
    ]
    assert told[-1].text.startswith("off: no route, since ")
    alerts.silence("off", "pi", 0.0)
    assert told[-1].text == "off: no longer silenced"


@pytest.fixture
def broken(tmp_path: Path) -> Iterator[Simulated]:
    with simulated(tmp_path, speed=20) as sim:
        yield sim


def raised(running: Fleet) -> set[tuple[str, str]]:
    return {
        (e.board, e.detail["rule"])
        for e in running.cluster.events
        if e.kind == "alert" and e.detail["action"] == "raised"
    }


async def test_every_default_fires_on_the_simulated_cluster(broken: Simulated) -> None:
    faults = {
        "pi5": ("hot", "40"),
        "pi2": ("misset", "disk"),
        "pi4-8g": ("undervolt", ""),
        "pi4-4g": ("swap", "150"),
        "orin-nano": ("reboot", ""),
        "nano-2g": ("cut", ""),
        "rtx3060": ("stop-ollama", ""),
        "nano-4g": ("oom", ""),
    }
    async with fleet(broken) as running:
        seen = running.cluster.alerts.memory.seen
        calm = lambda b: b in seen and seen[b].boot_id and seen[b].ollama and known(seen[b].oom_kills)  # noqa: E731
        await running.until(lambda: all(map(calm, ("rtx3060", "orin-nano", "nano-4g"))), 40, "all was well")
        await asyncio.gather(*(asyncio.to_thread(broken.fault, b, *f) for b, f in faults.items()))
        await running.fire("nano-4g")
        for board in ("rtx3060", "pi2"):
            running.cluster.keepers[board].survey_soon()
        expected = {
            ("pi5", "near its temperature limit"),
            ("pi5", "throttling"),
            ("pi4-8g", "under-voltage"),
            ("pi4-4g", "swap grows"),
            ("orin-nano", "rebooted"),
            ("nano-2g", "link down"),
            ("rtx3060", "Ollama down"),
            ("nano-4g", "kernel killed a program for memory"),
            ("pi2", "disk nearly full"),
        }
        assert {title for _, title in expected} == {rule.title for rule in DEFAULTS}
        await running.until(lambda: expected <= raised(running), 75, "all defaults fire")
        assert {title for board, title in raised(running) if board == "pi2"} == {"disk nearly full"}


async def test_nothing_fires_in_thirty_idle_minutes(tmp_path: Path) -> None:
    with simulated(tmp_path, speed=60) as sim:
        async with fleet(sim) as running:
            began = {b: running.state(b).sample for b in sim.boards}
            first = began["pi5"]
            assert first is not None
            await running.until(
                lambda: running.state("pi5").sample.uptime_s - first.uptime_s >= 1800,  # type: ignore[union-attr, operator]
                60,
                "30 minutes of the boards' time",
            )
            assert [e.text for e in running.cluster.events] == []


def test_a_clock_that_is_set_back_delays_nothing_for_longer_than_a_rule_says() -> None:
    memory = Memory()
    wrong, right = up(0, temperature_c=81.0), up(0, temperature_c=79.0)

    def look(state: State, second: float) -> list[str]:
        return [event.detail["action"] for event in evaluate([HOT], {"pi": state}, memory, noon(second))]

    assert look(wrong, 0) == []
    hour = -3600.0
    assert [look(wrong, hour + n) for n in range(4)] == [[], [], [], ["raised"]]
    day = -86400.0
    assert look(right, day) == []
    assert look(right, day + CLEAR_S) == ["over"]
