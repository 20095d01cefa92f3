"""One look at the cluster: what a frame is drawn from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from edgetui.cluster.background import Background
from edgetui.cluster.live import LiveReply
from edgetui.model import State


@dataclass(frozen=True, slots=True)
class Moment:
    """Frozen: all widgets of a frame show the same."""

    now: float
    """Unix s."""
    mono: float
    """Monotonic s of the host, the clock of live replies."""
    states: Mapping[str, State]
    work: Mapping[str, LiveReply]
    """What the busy boards work on."""
    waiting: Mapping[str, int]
    """Cells in the queue of those that have some."""


def look(background: Background, now: float, mono: float) -> Moment:
    """The cluster as of now; ``now`` in Unix s, ``mono`` in monotonic s."""
    states = dict(background.states)
    work = {name: live for name in states if (live := background.running_on(name)) is not None}
    waiting = {name: count for name in states if (count := background.waiting_on(name))}
    return Moment(now, mono, states, work, waiting)
