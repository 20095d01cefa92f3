"""What is wrong now and what was: told in short notices, marked on cards and tabs, listed, put off, looked into."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edgetui.cluster.alerts import DEFAULTS, Standing
from edgetui.config import AlertRule
from edgetui.model import Disk, Event
from edgetui.ui.drawing.alerts import event_line, standing_line
from edgetui.ui.drawing.ink import plain, width
from edgetui.ui.drawing.marks import alert_mark
from edgetui.ui.journal import Journal
from edgetui.ui.screens.event_history import MOST, EventHistory
from edgetui.ui.screens.inspector import InspectorView
from edgetui.ui.toasts import GATHERED_S, SHOWN_S, Toasts
from edgetui.ui.toasts import MOST as MOST_TOASTS
from tests.ui import fake
from tests.ui.stage import Stage, staged

RULES = {rule.title: rule for rule in DEFAULTS}
HOUR = 3600.0


def alert(board: str, title: str, ago: float = 60.0, **more: Any) -> Standing:
    since = fake.NOW - ago
    fields = {"since": since, "last": fake.NOW, "text": title, "told": True} | more
    return Standing(rule=RULES[title], board=board, **fields)


def event(ago: float, board: str = "pi5", kind: str = "alert", text: str = "throttling", **detail: Any) -> Event:
    return Event(time=fake.NOW - ago, board=board, kind=kind, text=text, detail=detail)


def raised(board: str, title: str, *, quiet: bool = False) -> Event:
    said = {"action": "raised", "rule": title, "metric": RULES[title].metric, "quiet": quiet}
    return event(0, board, text=f"{title}: some words", **said)


def history(stage: Stage) -> list[str]:
    return [e.text for e in stage.app.query_one(EventHistory).ledger.items]


# notices


def told(toasts: Toasts, *events: Event, mono: float = 0.0) -> list[str]:
    toasts.hear(events, mono)
    return [toast.text for toast in toasts.due(mono + GATHERED_S)]


def test_one_notice_for_many_boards_and_none_for_what_is_quiet() -> None:
    down = [raised(f"pi{n}", "link down") for n in range(12)]
    assert told(Toasts(), *down, raised("pi5", "rebooted")) == ["link down: 12 boards", "pi5: rebooted"]
    assert told(Toasts(), raised("pi5", "rebooted", quiet=True)) == []
    assert told(Toasts(), event(0, action="over", rule="rebooted"), event(0, kind="guard", action="hold")) == []


def test_work_that_the_heat_guard_ended_is_told() -> None:
    ended = event(0, "pi5", "guard", "heat guard: work is ended: 96 °C ≥ 95 °C", action="cancel")
    assert told(Toasts(), ended) == ["pi5: the heat guard ended its work"]


def test_a_transfer_that_failed_is_told_and_stands_in_the_log() -> None:
    what = {"action": "failed", "title": "pull of moondream:latest failed"}
    failed = [event(0, board, "model", "pull of moondream:latest failed: no-space", **what) for board in ("a", "b")]
    assert told(Toasts(), failed[0]) == ["a: pull of moondream:latest failed: 8 tells why"]
    assert told(Toasts(), *failed) == ["pull of moondream:latest failed: 2 boards: 8 tells why"]
    journal = Journal()
    journal.hear(failed[:1])
    (entry,) = journal.entries
    assert (entry.about, entry.glyph, entry.text) == ("a", "✕", failed[0].text)


def test_others_of_the_same_rule_are_waited_for() -> None:
    toasts = Toasts()
    toasts.hear([raised("pi5", "link down")], 10.0)
    assert toasts.due(10.0) == []
    toasts.hear([raised("pi2", "link down")], 11.0)
    assert [t.text for t in toasts.due(10.0 + GATHERED_S)] == ["link down: 2 boards"]
    assert toasts.due(20.0) == []


def test_never_more_than_three_at_once_and_what_is_too_much_is_counted() -> None:
    toasts, titles = Toasts(), list(RULES)
    assert told(toasts, *(raised("pi5", title) for title in titles[:2])) == [f"pi5: {t}" for t in titles[:2]]
    many = [raised(board, title) for title in titles[2:6] for board in ("pi5", "pi2")]
    assert told(toasts, *many, mono=1.0) == ["8 more alerts: 7 shows them"]
    assert told(toasts, raised("pi5", titles[0]), mono=2.0) == []
    later = [t.text for t in toasts.due(GATHERED_S + SHOWN_S)]
    assert later == [f"pi5: {titles[0]}"]
    assert MOST_TOASTS == 3


async def test_a_new_alert_is_told_and_logged_and_a_silenced_one_only_logged(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        held = event(0, "pi5", "guard", "heat guard: new work is held: 86 °C ≥ 85 °C", action="hold")
        stage.background.told = [raised("pi5", "rebooted"), raised("pi2", "link down", quiet=True), held]
        stage.app.toasts.due = lambda _mono: Toasts.due(stage.app.toasts, 1e12)  # type: ignore[method-assign]
        await stage.settle()
        assert [n.message for n in stage.app._notifications] == ["pi5: rebooted"]
        screen = await stage.press("8")
        assert "rebooted: some words" in screen
        assert "link down: some words" in screen
        assert "▲ pi5             heat guard: new work is held: 86 °C ≥ 85 °C" in screen
        assert screen.count("rebooted: some words") == 1
        assert (await stage.settle()).count("rebooted: some words") == 1


# marks


def test_a_card_names_the_worst_alert_that_waits() -> None:
    near, hot = alert("pi5", "near its temperature limit"), alert("pi5", "throttling")
    assert alert_mark([near], fake.NOW) == "! near its temperature limit"
    assert alert_mark([hot, near], fake.NOW) == "! throttling +1"
    seen = replace(hot, acknowledged=True)
    assert alert_mark([seen, replace(near, silenced_until=fake.NOW + 1)], fake.NOW) == ""
    assert alert_mark([seen, replace(near, silenced_until=fake.NOW)], fake.NOW) == "! near its temperature limit"


async def test_cards_and_tab_count_what_waits_until_it_is_acknowledged(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.background.alerts = (alert("pi5", "throttling"), alert("nano-2g", "link down"))
        stage.background.holds = {"pi5": "86.2 °C ≥ 85 °C, released below 80 °C"}
        screen = await stage.settle()
        assert "7 Alerts  2 " in screen
        assert "─ ! throttling ─" in screen
        assert "─ ! link down ─" in screen
        assert "held: 86.2 °C ≥ 85 °C" in screen
        await stage.press("7", "A", "1")
        screen = await stage.settle()
        assert "7 Alerts  8 Log" in screen
        assert "! throttling" not in screen


# lists


@pytest.mark.parametrize("columns", [72, 80, 120, 200])
@pytest.mark.parametrize("cursor", [True, False])
def test_every_line_is_as_wide_as_asked(columns: int, cursor: bool) -> None:
    state = replace(fake.eight()["pi5"], disks=(Disk("/", 60e9, 2e9),))
    for title, rule in RULES.items():
        standing = alert("pi5", title, value=3.3, silenced_until=fake.NOW + HOUR)
        line = standing_line(standing, state, fake.NOW, columns, cursor=cursor)
        assert width(line) == columns
        assert rule.title[:20] in plain(line)
        assert "silenced until" in plain(line) or columns < 72
    long = event(5, board="b" * 63, text="x" * 500, simulated=True)
    line = event_line(long, fake.NOW, columns, cursor=cursor)
    assert width(line) == columns
    assert plain(line).rstrip().endswith("simulated" if columns >= 100 else "sim")


@pytest.mark.parametrize(
    ("title", "value", "words"),
    [
        ("near its temperature limit", 1.4, "81.4 °C, limit 80 °C · above limit -5 K for 30 s"),
        ("throttling", 1.0, "thermal throttling, frequency capped"),
        ("disk nearly full", 3.3, "3.3 %, 2.0 of 60 GB free on / · below 5 %"),
        ("swap grows", 80e6, "80 MB within 60 s · above 50 MB"),
    ],
)
def test_a_standing_alert_shows_its_reading_against_its_threshold(title: str, value: float, words: str) -> None:
    state = replace(fake.eight()["pi5"], disks=(Disk("/", 60e9, 2e9),))
    line = plain(standing_line(alert("pi5", title, value=value), state, fake.NOW, 200, cursor=False))
    assert f"1 min  pi5             {title}  {words} " in line.replace("60 s  pi5", "1 min  pi5")


def test_what_a_foreign_file_says_is_no_markup_and_no_glyph() -> None:
    bad = event(1, board="\x1b[31m[b]x", kind="link\n", text="\u202e[red]\x07", action={"a": 1}, link=["up"])
    line = plain(event_line(bad, fake.NOW, 120, cursor=False))
    assert "\x1b" not in line
    assert "\u202e" not in line
    assert "[red]" in line


async def test_the_history_is_newest_first_and_grows_without_moving_the_cursor(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.background.told = [event(100.0 - n, text=f"event {n}") for n in range(3)]
        screen = await stage.press("7")
        assert "none stands" in screen
        assert history(stage) == ["event 2", "event 1", "event 0"]
        await stage.press("j")
        stage.background.told.append(event(0, text="event 3"))
        stage.app.clock = lambda: fake.NOW + 5
        await stage.settle()
        await stage.settle()
        view = stage.app.query_one(EventHistory)
        assert history(stage) == ["event 3", "event 2", "event 1", "event 0"]
        assert view.ledger.current is not None
        assert view.ledger.current.text == "event 1"


async def test_the_history_is_filtered_by_board_kind_and_words(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.background.told = [
            event(3, "pi5", "guard", "heat guard: 96 °C"),
            event(2, "pi5", "alert", "throttling"),
            event(1, "pi2", "alert", "link down"),
        ]
        await stage.press("7", "slash", *"pi5 guard")
        await stage.settle()
        assert history(stage) == ["heat guard: 96 °C"]
        assert "with pi5 guard" in await stage.press("enter")
        await stage.press("escape")
        await stage.settle()
        assert len(history(stage)) == 3
        assert stage.app.view == "alerts"
        await stage.press("escape")
        assert stage.app.view == "wall"


async def test_thousands_of_events_cost_a_screenful(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.background.told = [event(10_000.0 - n, text=f"event {n}") for n in range(9000)]
        screen = await stage.press("7")
        view = stage.app.query_one(EventHistory)
        assert f"the newest {MOST} events" in screen
        drawn: list[int] = []
        line = view.ledger._line
        view.ledger._line = lambda item, columns, cursor: drawn.append(1) or line(item, columns, cursor)  # type: ignore[func-returns-value]
        assert "event 4000" in await stage.press("end")
        assert len(drawn) <= 3 * stage.app.size.height


async def test_acknowledge_and_silence_apply_to_the_alert_under_the_cursor(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.background.alerts = (alert("nano-2g", "link down", 20), alert("pi5", "throttling", 10))
        screen = await stage.press("7")
        assert "2 stand · 2 not acknowledged" in screen
        assert "a Acknowledge" in screen
        screen = await stage.press("a")
        assert [a.acknowledged for a in stage.background.alerts] == [False, True]
        assert "2 stand · 1 not acknowledged" in screen
        assert "acknowledged " in screen.splitlines()[2]
        await stage.press("s")
        assert stage.background.alerts[0].silenced_until == fake.NOW + HOUR
        assert "u End silence" in await stage.settle()
        await stage.press("u")
        await stage.press("S")
        until = stage.background.alerts[0].silenced_until
        assert 0 < until - fake.NOW <= 24 * HOUR
        assert "silenced until 08:00" in await stage.settle()
        screen = await stage.press("tab")
        assert "a Acknowledge" not in screen
        assert "s Silence" not in screen


async def test_enter_shows_the_board_at_that_moment_and_esc_comes_back(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.background.alerts = (alert("pi4-8g", "under-voltage", 60),)
        stage.background.told = [event(30, "pi2"), event(20, "a board of last year")]
        await stage.press("7", "enter")
        view = stage.app.query_one(InspectorView)
        assert (stage.app.view, list(view.plots.boards), view.plots.at) == ("throttle", ["pi4-8g"], fake.NOW - 60)
        await stage.press("escape", "escape")
        assert stage.app.view == "alerts"
        assert "⏎ Inspect" not in await stage.press("tab")
        assert "⏎ Inspect" in await stage.press("j")
        await stage.press("enter")
        assert (list(view.plots.boards), view.plots.at) == (["pi2"], fake.NOW - 30)
        await stage.press("1", "3")
        assert list(view.plots.boards) == ["rtx3060"]


async def test_export_writes_what_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with staged(tmp_path) as stage:
        stage.background.told = [event(2, text="first", limit_c=80.5), event(1, "pi2", text='=1+1,"')]
        await stage.press("7", "e")
        (path,) = tmp_path.glob("edgetui-events-*.jsonl")  # noqa: ASYNC240 - a test's own folder
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        assert [line["text"] for line in lines] == ['=1+1,"', "first"]
        assert lines[1]["detail"] == {"limit_c": 80.5}
        assert lines[1]["board"] == "pi5"


async def test_an_alert_with_a_rule_of_ones_own_is_listed_too(tmp_path: Path) -> None:
    rule = AlertRule(metric="power_w", above=12.0, quiet="00:00-23:59")
    async with staged(tmp_path) as stage:
        since = fake.NOW - 5
        stage.background.alerts = (
            Standing(rule=rule, board="pi5", since=since, last=since, text=rule.title, value=14.24),
        )
        screen = await stage.press("7")
        assert "power_w above 12  14.2 W · above 12 W" in screen
        assert "quiet hours 00:00-23:59" in screen


# held work


async def test_a_held_answer_says_why_and_for_how_long(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        why = "86.2 °C ≥ 85 °C, released below 80 °C"
        stage.background.holds = {"pi5": why}
        screen = await stage.press("r")
        assert f"pi5 is held by the heat guard: {why}" in screen
        await stage.press("escape")
        _, cells = stage.fire(["rtx3060", "pi5"])
        live = cells["pi5"]
        live.phase, live.phase_since, live.held = "gate", stage.app.background.runs[0].replies[0].fired - 12, why
        stage.background.working = {"pi5": live}
        assert "held 12 s: 86.2 °C" in await stage.press("1")
        assert "held 12 s: 86.2 °C ≥ 85 °C, released below 80 °C" in await stage.press("2")
        live.held, live.peak_c = "", 96.4
        fake.finish(live, "guarded", reason="the heat guard ended it: 96.4 °C ≥ 95 °C")
        screen = await stage.settle()
        assert "✕ pi5 guarded" in screen
        assert "the heat guard ended it: 96.4 °C ≥ 95 °C" in screen
        assert "✕ pi5 guarded 96°" in screen.splitlines()[-2]
