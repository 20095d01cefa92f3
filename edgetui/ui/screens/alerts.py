"""The alerts view: what is wrong now above, what happened in all sessions below."""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget

from edgetui.cluster.alerts import Standing
from edgetui.cluster.background import Background
from edgetui.ui.drawing.alerts import next_morning, standing_line
from edgetui.ui.drawing.ink import Line
from edgetui.ui.event_file import export
from edgetui.ui.moment import Moment
from edgetui.ui.screens.event_history import EventHistory
from edgetui.ui.screens.view import View
from edgetui.ui.transport import Transport
from edgetui.ui.widgets.cell_grid import CellGrid
from edgetui.ui.widgets.inked import Row
from edgetui.ui.widgets.ledger import Ledger

HOUR_S = 3600.0
DONE_S = 0.05
"""What a key does to an alert is done after so long."""


class AlertsView(View):
    """Two lists; tab goes from one to the other."""

    DEFAULT_CSS = """
    AlertsView > Row { background: $surface; }
    AlertsView > #standing { max-height: 50%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "inspect", "Inspect", id="alerts.inspect", tooltip="Heat and throttling at that moment"),
        Binding("a", "acknowledge", "Acknowledge", id="alerts.acknowledge", tooltip="Seen: no more notices of it"),
        Binding("s", "silence(True)", "Silence 1 h", id="alerts.silence", tooltip="What stands then is told again"),
        Binding("u", "unsilence", "End silence", id="alerts.unsilence", tooltip="Tell it again from now on"),
        Binding("slash", "filter", "Filter", id="alerts.filter", tooltip="History by board, kind or words"),
        Binding("tab", "other", "Other list", id="alerts.other", tooltip="What stands, or what was"),
        Binding("S", "silence(False)", "Silence to 8:00", id="alerts.tomorrow", tooltip="Until next morning"),
        Binding("A", "acknowledge_all", "Acknowledge all", id="alerts.all", tooltip="Every alert that stands"),
        Binding("e", "export", "Export", id="alerts.export", tooltip="The events listed, as a file of JSON lines"),
        Binding("escape", "back", "Back", id="alerts.back", tooltip="Drop the filter, or back to the wall"),
    ]

    class Inspected(Message):
        """Show what a board suffered at a time, Unix s."""

        def __init__(self, board: str, time: float) -> None:
            super().__init__()
            self.board, self.time = board, time

    def __init__(self, background: Background, *, id: str) -> None:
        super().__init__(id=id)
        self.background = background
        self.standing: Ledger[Standing] = Ledger(self._standing_line, _which, id="standing")
        self.past = EventHistory(background)
        self.head = Row(id="alerts-head")
        self._none = (
            "of a recording: what was raised is below" if isinstance(background, Transport) else "none stands"
        )
        self._moment = Moment(0.0, 0.0, background.states, {}, {})

    def compose(self) -> ComposeResult:
        """A heading over each list."""
        yield self.head
        yield self.standing
        yield self.past

    def main(self) -> Widget:
        """What stands, or the history where nothing does."""
        return self.standing if self.background.alerts else self.past.ledger

    def tick(self, moment: Moment) -> None:
        """Alerts and events as of now."""
        self._moment = moment
        self._stand()
        self.past.tick(moment)

    def _stand(self) -> None:
        now = self._moment.now
        alerts = self.background.alerts[::-1]
        self.standing.display = bool(alerts)
        self.standing.styles.height = max(1, len(alerts))
        if not alerts and self.standing.has_focus:
            self.past.ledger.focus()
        self.standing.show(alerts)
        waiting = sum(1 for alert in alerts if alert.is_open(now))
        words = f"{len(alerts)} stand · {waiting} not acknowledged" if alerts else self._none
        self.head.show([(" Alerts  ", "accent-strong"), (words, "text" if alerts else "muted")])
        self.refresh_bindings()

    def _standing_line(self, alert: Standing, columns: int, cursor: bool) -> Line:
        state = self._moment.states.get(alert.board)
        return standing_line(alert, state, self._moment.now, columns, cursor=cursor)

    def _chosen(self) -> Standing | None:
        return self.standing.current if self.standing.has_focus else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that do not apply are not shown."""
        alert, now = self._chosen(), self._moment.now
        if action == "acknowledge":
            return alert is not None and not alert.acknowledged
        if action == "silence":
            return alert is not None and not alert.silenced_until > now
        if action == "unsilence":
            return alert is not None and alert.silenced_until > now
        if action == "acknowledge_all":
            return any(not a.acknowledged for a in self.standing.items)
        if action == "inspect":
            return self._place() is not None
        if action == "export":
            return bool(self.past.ledger.items)
        return bool(self.standing.items) if action == "other" else True

    def _place(self) -> tuple[str, float] | None:
        """Board and time of what the cursor is on; None where the board is no longer configured."""
        alert, event = self._chosen(), self.past.ledger.current
        if alert is not None:
            return alert.board, alert.since
        if event is not None and self.past.ledger.has_focus and event.board in self._moment.states:
            return event.board, event.time
        return None

    @on(CellGrid.Moved)
    def _moved(self) -> None:
        self.refresh_bindings()

    @on(CellGrid.Opened)
    def action_inspect(self) -> None:
        """The inspector on that board at that moment."""
        if (place := self._place()) is not None:
            self.post_message(self.Inspected(*place))

    def action_acknowledge(self) -> None:
        """The one under the cursor, and go on to the next."""
        if (alert := self._chosen()) is not None:
            self.background.acknowledge(alert)
            self.standing.move_to(self.standing.cursor + 1)
            self._soon()

    def action_acknowledge_all(self) -> None:
        """Every one that stands."""
        for alert in self.standing.items:
            if not alert.acknowledged:
                self.background.acknowledge(alert)
        self._soon()

    def action_silence(self, hour: bool) -> None:
        """For an hour, or until next morning."""
        if (alert := self._chosen()) is not None:
            now = self._moment.now
            self.background.silence(alert, now + HOUR_S if hour else next_morning(now))
            self._soon()

    def action_unsilence(self) -> None:
        """From now on it is told again."""
        if (alert := self._chosen()) is not None:
            self.background.silence(alert, 0.0)
            self._soon()

    def _soon(self) -> None:
        """Show what became of it: the cluster lives in another thread."""
        self.set_timer(DONE_S, self._stand)

    def action_other(self) -> None:
        """To the other list."""
        (self.past.ledger if self.standing.has_focus else self.standing).focus()

    def action_filter(self) -> None:
        """Open the filter's line."""
        self.past.filter()

    def action_back(self) -> None:
        """Close the filter and list all, or back to the wall."""
        if not self.past.clear():
            self.post_message(self.Left())

    def action_export(self) -> None:
        """What is listed, newest first, into the folder edgetui was started in."""
        try:
            path = export(self.past.ledger.items, self._moment.now)
        except OSError as error:
            self.notify(f"{error.filename}: {error.strerror}", severity="error", markup=False)
            return
        self.notify(f"{len(self.past.ledger.items)} events in {path.absolute()}", markup=False)


def _which(alert: Standing) -> Hashable:
    return alert.rule.title, alert.board
