"""The moments worth jumping to: throttling, readings, answers and links begin or end, guard and alerts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from edgetui.model import WORDS, Event, HistoryPoint, hostile, known
from edgetui.ui.drawing.timeline import holds
from edgetui.ui.drawing.words import letters
from edgetui.ui.spans import WorkSpan

DESCRIBING = ("identity", "ollama")
"""Kinds of events that nobody looks for on a time axis."""


class Happening(NamedTuple):
    """One of them."""

    time: float
    """Unix s."""
    words: str
    """Clean, one line."""


def happenings(
    points: Sequence[HistoryPoint], spans: Sequence[WorkSpan], told: Iterable[Event] = ()
) -> list[Happening]:
    """Oldest first; ``told``: the board's events, of which those that only describe it are left out."""
    found = [*_changes(points), *(Happening(e.time, _words(e)) for e in told if e.kind not in DESCRIBING)]
    for span in spans:
        found.append(Happening(span.since, f"{span.words} begins"))
        if span.outcome is not None:
            found.append(Happening(span.until, f"{span.words} ends: {span.outcome}"))
    return sorted(found)


def _words(event: Event) -> str:
    return hostile.one_line(f"link {event.text}" if event.kind == "link" else event.text, 120)


def _changes(points: Sequence[HistoryPoint]) -> Iterator[Happening]:
    for before, after in pairwise(points):
        if not holds(before, after.sample.time):
            yield Happening(before.sample.time + before.span_s, "readings stop")
            yield Happening(after.sample.time, "readings come again")
        old, new = _now(before), _now(after)
        if old is None or new is None or old == new:
            continue
        time = after.sample.time
        for kind, name in WORDS.items():
            if (kind in old) != (kind in new):
                yield Happening(time, f"{name} {'ends' if kind in old else 'begins'}")


def _now(point: HistoryPoint) -> str | None:
    """Letters in force; None where nobody knows."""
    throttle = point.sample.throttle
    return letters(t for t in throttle if t.when == "now") if known(throttle) else None


def beside(found: Sequence[Happening], time: float, *, forward: bool) -> Happening | None:
    """The next or the last one, at least a moment away from ``time``, Unix s."""
    if forward:
        return next((h for h in found if h.time > time + 1e-3), None)
    return next((h for h in reversed(found) if h.time < time - 1e-3), None)
