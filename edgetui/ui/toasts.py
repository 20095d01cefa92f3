"""Short notices of new alerts and failures: one for each rule, on however many boards, never more than three."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from edgetui.model import Event, hostile
from edgetui.ui.drawing.marks import Severity, severity

MOST = 3
SHOWN_S = 8.0
GATHERED_S = 2.0
"""So long others of the same rule are waited for: a switch that fails takes its boards down within seconds."""


@dataclass(frozen=True, slots=True)
class Toast:
    """One notice."""

    text: str
    severity: Severity


@dataclass(slots=True)
class _Group:
    """Alerts of one rule."""

    since: float
    """Monotonic s of the first."""
    events: list[Event]


class Toasts:
    """What is to be told, and how long what was told last is still on the screen. Times are monotonic s."""

    def __init__(self) -> None:
        self._waiting: dict[str, _Group] = {}
        self._ends: list[float] = []

    def hear(self, events: Iterable[Event], mono: float) -> None:
        """New events; a person is told of alerts that nobody wants quiet, and of work that the heat guard ended."""
        for event in events:
            if title := _title(event):
                self._waiting.setdefault(title, _Group(mono, [])).events.append(event)

    def due(self, mono: float) -> list[Toast]:
        """What to show now, each for ``SHOWN_S``; where it is too much, the last one says so."""
        self._ends = [end for end in self._ends if end > mono]
        room = MOST - len(self._ends)
        ripe = {rule: group.events for rule, group in self._waiting.items() if mono - group.since >= GATHERED_S}
        if not ripe or room <= 0:
            return []
        for rule in ripe:
            del self._waiting[rule]
        kept = list(ripe)[: room if len(ripe) <= room else room - 1]
        toasts = [_told(rule, ripe.pop(rule)) for rule in kept]
        if ripe:
            more = sum(len(events) for events in ripe.values())
            toasts.append(Toast(f"{more} more alerts: 7 shows them", "error"))
        self._ends += [mono + SHOWN_S] * len(toasts)
        return toasts


def _title(event: Event) -> str:
    """What is wrong; empty where nobody is to be told."""
    action = event.detail.get("action")
    if event.kind == "guard":
        return "the heat guard ended its work" if action == "cancel" else ""
    if event.kind == "model":
        return str(event.detail.get("title", "")) if action == "failed" else ""
    new = event.kind == "alert" and action in ("raised", "stands") and not event.detail.get("quiet")
    return str(event.detail.get("rule", "")) if new else ""


def _told(rule: str, events: list[Event]) -> Toast:
    boards = {event.board for event in events}
    whom = f"{rule}: {len(boards)} boards" if len(boards) > 1 else f"{events[0].board}: {rule}"
    grave = events[0].kind in ("guard", "model") or severity(str(events[0].detail.get("metric", ""))) == "error"
    more = ": 8 tells why" if events[0].kind == "model" else ""
    return Toast(hostile.one_line(whom + more, 100), "error" if grave else "warning")
