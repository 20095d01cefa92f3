"""What happened in this session, folded out of successive looks at the cluster; nobody has to send events."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from edgetui.cluster.live import LiveRun
from edgetui.model import WORDS, Event, State, hostile
from edgetui.ui.drawing.ink import Ink
from edgetui.ui.drawing.marks import glyph
from edgetui.ui.drawing.words import LINK, outcome
from edgetui.ui.selection import throttles_now

KEPT = 1000
"""Entries; older ones are dropped."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log."""

    time: float
    """Unix s at which it was seen."""
    about: str
    """A board's name, or ``edgetui``."""
    glyph: str
    ink: Ink
    text: str
    """Clean, one line."""


class Journal:
    """Newest entry last in ``entries``."""

    def __init__(self) -> None:
        self.entries: deque[Entry] = deque(maxlen=KEPT)
        self._links: dict[str, str] = {}
        self._throttles: dict[str, str] = {}
        self._reported: set[int] = set()
        self._store_error = ""
        self._heard: Event | None = None

    def note(self, now: float, about: str, text: str, glyph: str = "·", ink: Ink = "muted") -> None:
        """Write an entry by hand."""
        self.entries.append(Entry(now, about, glyph, ink, hostile.one_line(text)))

    def hear(self, events: Sequence[Event]) -> list[Event]:
        """Write what guard and alerts said since the last look, and return it. ``events``: oldest first."""
        fresh = list(takewhile(lambda event: event is not self._heard, reversed(events)))[::-1]
        if self._heard is not None and len(fresh) == len(events):  # that one is gone: a replay was wound
            fresh = [event for event in fresh if event.time > (self._heard.time if self._heard else 0.0)]
        for event in fresh:
            mark, ink = glyph(event)
            self.note(event.time, hostile.one_line(event.board) or "edgetui", event.text, mark, ink)
            self._heard = event
        return fresh

    def fold(
        self, states: Mapping[str, State], runs: Iterable[LiveRun], store_error: str, now: float
    ) -> list[LiveRun]:
        """Write what changed since the last look. Returns the runs that ended since then."""
        for name, state in states.items():
            if self._links.get(name, "connecting") != state.link:
                glyph, ink = LINK[state.link]
                self.note(now, name, f"{state.link}: {state.reason}" if state.reason else state.link, glyph, ink)
            self._links[name] = state.link
            letters = throttles_now(state)
            if letters != self._throttles.get(name, ""):
                self._throttled(name, letters, now)
        ended = [run for run in runs if self._outcomes(run, now) and run.done]
        if store_error and store_error != self._store_error:
            self.note(now, "edgetui", store_error, "✕", "bad")
        self._store_error = store_error
        return ended

    def _throttled(self, name: str, letters: str, now: float) -> None:
        if letters:
            meaning = ", ".join(text for kind, text in WORDS.items() if kind in letters)
            self.note(now, name, f"{letters}: {meaning}", "▲", "bad")
        else:
            self.note(now, name, "no longer throttled", "▲", "good")
        self._throttles[name] = letters

    def _outcomes(self, run: LiveRun, now: float) -> bool:
        """Is there an outcome that was not there at the last look?"""
        count = len(self._reported)
        for live in run.replies:
            reply = live.reply
            if reply is None or id(live) in self._reported:
                continue
            self._reported.add(id(live))
            glyph, ink = outcome(reply.outcome)
            what = f"{reply.outcome}: {reply.request.task} with {reply.request.model}"
            self.note(now, reply.request.board, f"{what} – {reply.reason}" if reply.reason else what, glyph, ink)
        return len(self._reported) > count
