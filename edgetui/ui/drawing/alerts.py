"""Alerts that stand and events that were, a line each."""

from __future__ import annotations

from datetime import datetime, timedelta

from edgetui.cluster.alerts import Standing
from edgetui.cluster.symptoms import in_words, threshold
from edgetui.model import Event, State, hostile
from edgetui.ui.drawing.ink import Ink, Line, fit, shorten, spread, width
from edgetui.ui.drawing.marks import glyph, severity
from edgetui.ui.drawing.numbers import ago

BOARD = 14
WIDE = 100
"""Columns from which on ``simulated`` is written out."""
STATUS = 50
"""From so many columns on there is room for the words at the right end."""


def standing_line(alert: Standing, state: State | None, now: float, columns: int, *, cursor: bool) -> Line:
    """``! 5 min  pi5  hot  81.4 °C · above 80 °C for 30 s``, at its right end what a person did about it."""
    calm = alert.acknowledged or alert.silenced_until > now
    ink: Ink = "warn" if severity(alert.rule.metric) == "warning" else "bad"
    reading = in_words(alert.rule.metric, alert.value, state) if state is not None else ""
    against = threshold(alert.rule)
    line: Line = [
        (" ○ " if calm else " ! ", "muted" if calm else ink),
        (f"{ago(now - alert.since):>6}  ", "muted"),
        *_board(alert.board, cursor=cursor),
        (alert.rule.title, "strong"),
        (f"  {hostile.one_line(reading)}" if reading else "", "text"),
        (f" · {against}" if against else "", "muted"),
    ]
    return _ended(line, [(status(alert, now), "muted")], columns)


def status(alert: Standing, now: float) -> str:
    """What keeps it quiet, in words."""
    if alert.acknowledged:
        return "acknowledged"
    if alert.silenced_until > now:
        return f"silenced until {datetime.fromtimestamp(alert.silenced_until):%H:%M}"
    return f"quiet hours {alert.rule.quiet}" if alert.is_quiet(now) else ""


def next_morning(now: float) -> float:
    """Unix s of the next 8:00 by the local clock: how long a silence until tomorrow lasts."""
    at = datetime.fromtimestamp(now)
    morning = at.replace(hour=8, minute=0, second=0, microsecond=0)
    return (morning if at < morning else morning + timedelta(days=1)).timestamp()


def event_line(event: Event, now: float, columns: int, *, cursor: bool) -> Line:
    """``07:12:33  ! pi5  alert  throttling: frequency capped``."""
    mark, ink = glyph(event)
    line: Line = [
        (f"{moment(event.time, now):>13}  ", "muted"),
        (f"{mark} ", ink),
        *_board(hostile.one_line(event.board) or "edgetui", cursor=cursor),
        (f"{shorten(hostile.one_line(event.kind), 6):<6} ", "muted"),
        (hostile.one_line(event.text), "text"),
    ]
    end = "simulated" if columns >= WIDE else "sim"
    return _ended(line, [(end, "muted")] if event.detail.get("simulated") is True else [], columns)


def moment(time: float, now: float) -> str:
    """``07:12:33`` of today, else ``20 Nov 07:12``; local clock."""
    at = datetime.fromtimestamp(time)
    return at.strftime("%H:%M:%S" if at.date() == datetime.fromtimestamp(now).date() else "%d %b %H:%M")


def _board(name: str, *, cursor: bool) -> Line:
    shown = shorten(name, BOARD)
    return [(shown, "cursor-pill" if cursor else "strong"), (" " * (BOARD - width([(shown, "text")]) + 2), "text")]


def _ended(line: Line, end: Line, columns: int) -> Line:
    """The words at the right end stay; what is before them is cut."""
    room = columns - width(end) - 2
    return spread(fit(line, room), [*end, (" ", "text")], columns) if end and room >= STATUS else fit(line, columns)
