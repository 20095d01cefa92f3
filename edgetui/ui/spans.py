"""What a board worked on, on the clock of its readings. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from edgetui.cluster.live import LiveReply, LiveRun
from edgetui.model import Outcome
from edgetui.ui.drawing.work import request_words


@dataclass(frozen=True, slots=True)
class WorkSpan:
    """One answer of a board, from leaving the queue to its end."""

    since: float
    """Unix s."""
    until: float
    """Unix s; of an answer that is not finished, now."""
    words: str
    """Task and model, clean."""
    outcome: Outcome | None
    """None while it is not finished."""
    arrivals: tuple[tuple[float, int], ...] = ()
    """When its text came: (Unix s, characters)."""


def spans(runs: Iterable[LiveRun], board: str, now: float, mono: float) -> list[WorkSpan]:
    """The board's answers, oldest first. ``now``: Unix s; ``mono``: the same moment in monotonic s."""
    cells = (live for run in runs for live in run.replies if live.request.board == board)
    found = [span for live in cells if (span := span_of(live, now, mono)) is not None]
    return sorted(found, key=lambda span: span.since)


def span_of(live: LiveReply, now: float, mono: float) -> WorkSpan | None:
    """None for an answer that never left the queue. ``now``: Unix s; ``mono``: the same in monotonic s."""
    words, reply, shift = request_words(live), live.reply, now - mono
    if reply is None:
        if live.started is None:
            return None
        came = tuple((at + shift, abs(characters)) for at, characters in tuple(live.arrivals))
        return WorkSpan(live.started + shift, now, words, None, came)
    if reply.finished_at <= reply.started_at:
        return None
    came = tuple((at + reply.started_at, abs(characters)) for at, characters in reply.arrivals)
    return WorkSpan(reply.started_at, reply.finished_at, words, reply.outcome, came)


def newest(found: Sequence[WorkSpan], since: float, until: float) -> WorkSpan | None:
    """The newest answer that was under way at some moment of this time, Unix s."""
    return next((span for span in reversed(found) if span.since <= until and span.until >= since), None)
