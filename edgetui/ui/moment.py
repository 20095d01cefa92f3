"""One look at the cluster: what a frame is drawn from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edgetui.cluster.background import Background
from edgetui.cluster.live import LiveReply
from edgetui.model import State

if TYPE_CHECKING:
    from edgetui.cluster.alerts import Standing


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
    held: Mapping[str, str] = field(default_factory=dict)
    """Why the heat guard lets no new work begin, of the boards where it does not."""
    alerts: tuple[Standing, ...] = ()
    """Those that are not over, oldest first."""

    def alerts_of(self, board: str) -> tuple[Standing, ...]:
        """Those of one board, oldest first."""
        return tuple(alert for alert in self.alerts if alert.board == board)


def look(background: Background, now: float, mono: float) -> Moment:
    """The cluster as of now; ``now`` in Unix s, ``mono`` in monotonic s."""
    states = dict(background.states)
    work = {name: live for name in states if (live := background.running_on(name)) is not None}
    waiting = {name: count for name in states if (count := background.waiting_on(name))}
    held = {name: why for name in states if (why := background.held(name))}
    return Moment(now, mono, states, work, waiting, held, background.alerts)
