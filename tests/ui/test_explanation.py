from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import pytest

from edgetui.model import WORDS, HistoryPoint, Identity, Sample, Throttle, na
from edgetui.model.throttle import Kind
from edgetui.ui.drawing.timeline import points
from edgetui.ui.explanation import explain
from edgetui.ui.happenings import beside, happenings
from edgetui.ui.spans import WorkSpan
from tests.ui import fake

PI5 = Identity(family="raspberry-pi", model="Raspberry Pi 5 Model B Rev 1.0")
PI4 = replace(PI5, model="Raspberry Pi 4 Model B Rev 1.4")
ORIN = Identity(family="jetson", model="NVIDIA Jetson Orin Nano Developer Kit")
SPAN = WorkSpan(fake.NOW, fake.NOW + 100, "count-potholes · qwen2.5vl:3b", "ok")
SUPPLY = "use a 5 V 5 A supply with a short, thick cable"
FAN = "give its fan a larger heatsink or cooler air"
DURING = " during count-potholes · qwen2.5vl:3b"


def seconds(*letters: str, celsius: float = 70.0, **more: object) -> list[Sample]:
    """A reading a second from NOW on; upper case: in force now, lower case: since boot, ``?``: not known."""
    out = []
    for second, said in enumerate(letters):
        throttle: object = tuple(Throttle(c.upper(), "now" if c.isupper() else "boot", "bit") for c in said)  # type: ignore[arg-type]
        if said == "?":
            throttle = na("vcgencmd is not installed")
        out.append(fake.sample("pi5", fake.NOW + second, celsius, **({"throttle": throttle} | more)))
    return out


def swapping() -> list[Sample]:
    return [fake.sample("pi5", fake.NOW + n, 60.0, swap_used_bytes=n * fake.GIB / 4) for n in range(5)]


@pytest.mark.parametrize(
    ("samples", "span", "identity", "told"),
    [
        (
            seconds("", "U", "U", "", "U", ""),
            SPAN,
            PI5,
            [f"under-voltage 2 times for 3 s{DURING}: below 4.63 V; {SUPPLY}"],
        ),
        (
            seconds("", "U", "u", "u"),
            None,
            PI4,
            ["under-voltage once for 1 s: below 4.63 V; use a 5 V 3 A supply with a short, thick cable"],
        ),
        (
            seconds("", "u", "u"),
            None,
            PI4,
            ["under-voltage once: below 4.63 V; use a 5 V 3 A supply with a short, thick cable"],
        ),
        (
            seconds("u", "u", "u"),
            None,
            PI4,
            ["not throttled; hottest 70°C of 80°C", "since boot, but before this: under-voltage"],
        ),
        (
            seconds("", "U"),
            None,
            ORIN,
            ["under-voltage once for 1 s: its supply sags; use a stronger one and a shorter, thicker cable"],
        ),
        (
            [*seconds("", celsius=79), *seconds("", "FT", "FT", celsius=82, clock_hz=1.5e9)[1:]],
            SPAN,
            PI5,
            [f"throttled from 82°C on for 2 s{DURING}: {FAN}; its clock fell to 1.50 of 2.40 GHz"],
        ),
        (
            seconds("", "T", clock_hz=1.5e9, clock_source="requested"),
            None,
            PI5,
            [f"throttled from 70°C on for 1 s: {FAN}"],
        ),
        (
            [replace(s, temperature_c=na("no sensor")) for s in seconds("S", "")],
            None,
            PI5,
            [f"soft temperature limit for 1 s: {FAN}; its clock fell to 1.50 of 2.40 GHz"],
        ),
        (
            seconds("", "F", clock_hz=0.6e9),
            None,
            PI5,
            ["clock capped for 1 s: look at heat and supply; its clock fell to 0.60 of 2.40 GHz"],
        ),
        (
            seconds("", "P"),
            None,
            ORIN,
            ["power or current limit for 1 s: it asked for more than its power mode or supply gives"],
        ),
        (swapping(), None, PI5, ["swap grew by 1.0 GiB: take a smaller model or a shorter context"]),
        (seconds("?", "?"), None, PI5, ["whether it throttled is not known: vcgencmd is not installed"]),
        (seconds("", ""), SPAN, PI5, [f"not throttled{DURING}; hottest 70°C of 80°C"]),
        ([], SPAN, PI5, [f"no readings{DURING}"]),
        (
            seconds("U", "", "U", ""),
            replace(SPAN, since=fake.NOW - 60),
            PI5,
            [f"under-voltage at least 2 times for about 2 s{DURING}: below 4.63 V; {SUPPLY}"],
        ),
    ],
)
def test_what_happened_and_what_to_do(
    samples: Sequence[Sample], span: WorkSpan | None, identity: Identity, told: list[str]
) -> None:
    assert [s.text for s in explain(points(samples), span, identity)] == told


BARE = {"fan_rpm": na("no fan sensor"), "clock_hz": 2.4e9}
LOW = f"under-voltage once for 1 s: below 4.63 V; {SUPPLY}"
BARE_FAN = "add a fan or a heatsink"
LIMIT = "power or current limit for 1 s"


@pytest.mark.parametrize(
    ("letters", "celsius", "told"),
    [
        ("U", 70, [LOW]),
        ("UF", 70, [LOW]),
        ("UT", 82, [LOW, f"throttled from 82°C on for 1 s: mend the supply first, then {BARE_FAN}"]),
        ("UFT", 82, [LOW, f"throttled from 82°C on for 1 s: mend the supply first, then {BARE_FAN}"]),
        ("UFT", 55, [LOW, "throttled at 55°C of 80°C for 1 s: that is its supply, not heat; mend the supply"]),
        ("US", 62, [LOW, f"soft temperature limit from 62°C on for 1 s: mend the supply first, then {BARE_FAN}"]),
        ("UP", 70, [LOW, f"{LIMIT}: mend the supply first"]),
        ("FT", 82, [f"throttled from 82°C on for 1 s: {BARE_FAN}"]),
        ("FTS", 82, [f"throttled from 82°C on for 1 s: {BARE_FAN}"]),
        ("T", 55, ["throttled at 55°C of 80°C for 1 s: that is not heat; look at its supply"]),
        ("S", 61, [f"soft temperature limit from 61°C on for 1 s: {BARE_FAN}"]),
        ("F", 70, ["clock capped for 1 s: look at heat and supply"]),
        ("FP", 70, [f"{LIMIT}: it asked for more than its power mode or supply gives"]),
        (
            "TP",
            82,
            [
                f"throttled from 82°C on for 1 s: {BARE_FAN}",
                f"{LIMIT}: it asked for more than its power mode or supply gives",
            ],
        ),
    ],
)
def test_limits_that_stand_together_name_one_cause(letters: str, celsius: float, told: list[str]) -> None:
    samples = seconds("", letters, celsius=celsius, **BARE)
    assert [s.text for s in explain(points(samples), None, PI5)] == told


def test_the_answer_is_named_once_and_the_longest_hold_is_told() -> None:
    samples = seconds("", "UFT", "F", "F", "F", "F", celsius=82, **BARE)
    assert [s.text for s in explain(points(samples), SPAN, PI5)] == [
        f"under-voltage once for 1 s{DURING}: below 4.63 V; {SUPPLY}",
        f"throttled from 82°C on for 1 s: mend the supply first, then {BARE_FAN}; clock capped for 5 s",
    ]


def test_a_fan_that_stands_still_is_looked_at() -> None:
    (told,) = explain(points(seconds("T", celsius=82, fan_rpm=0.0, clock_hz=2.4e9)), None, PI5)
    assert told.text == "throttled from 82°C on for 1 s: see why its fan stands still"


EVERY = [set(kinds) for n in range(6) for kinds in combinations(WORDS, n)]


@pytest.mark.parametrize("caps", [(), ("power mode 7W", "1 core unplugged")], ids=["free", "capped"])
@pytest.mark.parametrize("when", ["now", "between readings", "before"])
@pytest.mark.parametrize("kinds", EVERY, ids=lambda kinds: "".join(sorted(kinds)) or "none")
def test_every_combination_is_told_and_none_is_blamed_on_the_wrong_thing(
    kinds: set[Kind], when: str, caps: tuple[str, ...]
) -> None:
    inside, past = "".join(kinds), "".join(kinds).lower()
    said = {"now": ("", inside, past), "between readings": ("", past, past), "before": (past, past, past)}[when]
    told = [s.text for s in explain(points(seconds(*said, celsius=82, caps=caps, **BARE)), None, PI5)]
    assert (told[-1] == "held back, not throttled, by power mode 7W, 1 core unplugged") == bool(caps)
    told = told[:-1] if caps else told
    if when == "before":
        assert told[0] == "not throttled; hottest 82°C of 80°C"
        names = ", ".join(word for kind, word in WORDS.items() if kind in kinds)
        assert told[1:] == ([f"since boot, but before this: {names}"] if kinds else [])
        return
    starts = ("under-voltage", "throttled", "soft", "clock", "power or current")
    found = [next(word for word in starts if text.startswith(word)) for text in told if not text.startswith("not ")]
    heat = ["throttled"] if "T" in kinds else ["soft"] if "S" in kinds else []
    supply, power = ["under-voltage"] * ("U" in kinds), ["power or current"] * ("P" in kinds)
    clock = ["clock"] if kinds == {"F"} else []
    assert found == [*supply, *heat, *clock, *power]
    assert (told == ["not throttled; hottest 82°C of 80°C"]) == (not kinds)
    for text in told[1:] if "U" in kinds else ():
        assert "mend the supply first" in text
    assert ("add a fan" in " ".join(told)) == bool(heat)
    assert (" for 1 s" in " ".join(told)) == (when == "now" and bool(kinds))


def test_coarse_readings_never_count_exactly() -> None:
    coarse = [replace(p, span_s=10) for p in points(seconds("", "U"))]
    (told,) = explain(coarse, None, PI5)
    assert told.text.startswith("under-voltage at least once for about 10 s")


@pytest.mark.parametrize(
    ("rate", "throttled_at", "told"),
    [(5, 10, "; its text came 50% slower than before"), (10, 10, ""), (5, 1, ""), (5, 19, "")],
)
def test_an_answer_is_called_slower_only_where_enough_came_before_and_after(
    rate: int, throttled_at: int, told: str
) -> None:
    came = tuple((fake.NOW + n, 10 if n <= 10 else rate) for n in range(21))
    letters = ["" if n < throttled_at else "T" for n in range(21)]
    (sentence,) = explain(points(seconds(*letters, clock_hz=2.4e9)), replace(SPAN, arrivals=came), PI5)
    assert sentence.text.endswith(f"{FAN}{told}")


def test_events_are_what_begins_and_ends() -> None:
    gap = [replace(s, time=s.time + 20) for s in seconds("", "T", "?", "T")]
    found: list[HistoryPoint] = points([*seconds("", "FT", "T"), *gap])
    events = happenings(found, [replace(SPAN, since=fake.NOW + 0.5, until=fake.NOW + 40)])
    assert [(e.time - fake.NOW, e.words) for e in events] == [
        (0.5, "count-potholes · qwen2.5vl:3b begins"),
        (1.0, "frequency capped begins"),
        (1.0, "thermal throttling begins"),
        (2.0, "frequency capped ends"),
        (3.0, "readings stop"),
        (20.0, "readings come again"),
        (20.0, "thermal throttling ends"),
        (21.0, "thermal throttling begins"),
        (40.0, "count-potholes · qwen2.5vl:3b ends: ok"),
    ]
    assert beside(events, fake.NOW + 1.0, forward=True) == events[3]
    assert beside(events, fake.NOW + 1.0, forward=False) == events[0]
    assert beside(events, fake.NOW + 40, forward=True) is None
