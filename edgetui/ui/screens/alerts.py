"""The alerts view: what is wrong now above, what happened in all sessions below."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from edgetui.cluster.alerts import Standing
from edgetui.cluster.background import Background
from edgetui.errors import StoreError
from edgetui.model import Event
from edgetui.ui.drawing.alerts import event_line, next_morning, standing_line
from edgetui.ui.drawing.ink import Line
from edgetui.ui.event_file import export
from edgetui.ui.moment import Moment
from edgetui.ui.screens.view import View
from edgetui.ui.widgets.cell_grid import CellGrid
from edgetui.ui.widgets.inked import Row
from edgetui.ui.widgets.ledger import Ledger

MOST = 5000
"""Events listed; older ones are found by words."""
RENEW_S = 2.0
OVERLAP_S = 10.0
"""Events of so long before the newest are asked for again: they are written up to a second after they happened."""
HOUR_S = 3600.0
DONE_S = 0.05
"""What a key does to an alert is done after so long."""
AHEAD_S = 60.0
"""Another program's clock is ours; a clock that was set back is not far off."""


class AlertsView(View):
    """Two lists; tab goes from one to the other."""

    DEFAULT_CSS = """
    AlertsView > Row { background: $surface; }
    AlertsView > #standing { max-height: 50%; }
    AlertsView > Input { height: 1; border: none; padding: 0 1; background: $panel; }
    AlertsView > Input:focus { border: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "inspect", "Inspect", id="alerts.inspect", tooltip="Heat and throttling at that moment"),
        Binding("a", "acknowledge", "Acknowledge", id="alerts.acknowledge", tooltip="Seen: no more notices of it"),
        Binding("A", "acknowledge_all", "All", id="alerts.all", tooltip="Acknowledge every alert that stands"),
        Binding("s", "silence(True)", "Silence 1 h", id="alerts.silence", tooltip="What stands then is told again"),
        Binding("S", "silence(False)", "Until 8:00", id="alerts.tomorrow", tooltip="Silence until next morning"),
        Binding("u", "unsilence", "End silence", id="alerts.unsilence", tooltip="Tell it again from now on"),
        Binding("tab", "other", "Other list", id="alerts.other", tooltip="What stands, or what was"),
        Binding("slash", "filter", "Filter", id="alerts.filter", tooltip="History by board, kind or words"),
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
        self.history: Ledger[Event] = Ledger(self._event_line, _when, id="history")
        self.above, self.below = Row(id="above"), Row(id="below")
        self.query_text = ""
        self._moment = Moment(0.0, 0.0, background.states, {}, {})
        self._asked_at = 0.0
        self._problem = ""

    def compose(self) -> ComposeResult:
        """A heading over each list; the filter comes when it is asked for."""
        yield self.above
        yield self.standing
        yield self.below
        yield self.history

    def main(self) -> Widget:
        """What stands, or the history where nothing does."""
        return self.standing if self.background.alerts else self.history

    def tick(self, moment: Moment) -> None:
        """Alerts as of now; the Store is asked for newer events every other second."""
        before, self._moment = self._moment, moment
        self._stand()
        if not 0 <= moment.now - self._asked_at < RENEW_S:
            self._renew(whole=not before.now <= moment.now)

    def _stand(self) -> None:
        now = self._moment.now
        alerts = self.background.alerts[::-1]
        self.standing.display = bool(alerts)
        self.standing.styles.height = max(1, len(alerts))
        if not alerts and self.standing.has_focus:
            self.history.focus()
        self.standing.show(alerts)
        waiting = sum(1 for alert in alerts if alert.is_open(now))
        words = f"{len(alerts)} stand · {waiting} not acknowledged" if alerts else "none: nothing is wrong"
        self.above.show([(" Alerts  ", "accent-strong"), (words, "text" if alerts else "muted")])
        self.refresh_bindings()

    def _renew(self, *, whole: bool) -> None:
        self._asked_at = self._moment.now
        self._read(self.query_text, whole)

    @work(exclusive=True, group="history")
    async def _read(self, query: str, whole: bool) -> None:
        """Newer events, or all, into the list."""
        kept = () if whole else self.history.items
        since = kept[0].time - OVERLAP_S if kept else 0.0
        ask = self.background.search
        try:
            found = await asyncio.wrap_future(ask(query, since, self._moment.now + AHEAD_S, MOST))
            self._problem = ""
        except StoreError as error:
            found, self._problem = [], error.message
        self.history.show([*found, *(e for e in kept if e.time < since)][:MOST], top=whole)
        self._head()

    def _head(self) -> None:
        count = len(self.history.items)
        words = f"{count} events, newest first" if count < MOST else f"the newest {MOST} events; / finds older ones"
        line: Line = [(" History  ", "accent-strong"), (words, "muted")]
        line += [(f" · with {self.query_text}", "accent")] if self.query_text else []
        self.below.show([*line, (f"  {self._problem}", "bad")] if self._problem else line)

    def _standing_line(self, alert: Standing, columns: int, cursor: bool) -> Line:
        state = self._moment.states.get(alert.board)
        return standing_line(alert, state, self._moment.now, columns, cursor=cursor)

    def _event_line(self, event: Event, columns: int, cursor: bool) -> Line:
        return event_line(event, self._moment.now, columns, cursor=cursor)

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
            return bool(self.history.items)
        return bool(self.standing.items) if action == "other" else True

    def _place(self) -> tuple[str, float] | None:
        """Board and time of what the cursor is on; None where the board is no longer configured."""
        alert, event = self._chosen(), self.history.current
        if alert is not None:
            return alert.board, alert.since
        if event is not None and self.history.has_focus and event.board in self._moment.states:
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
        (self.history if self.standing.has_focus else self.standing).focus()

    def action_filter(self) -> None:
        """Open the filter line."""
        field = next(iter(self.query(Input)), None)
        if field is None:
            field = Input(self.query_text, placeholder="filter: board, kind, words", compact=True)
            self.mount(field)
        field.focus()

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        self.query_text = event.value
        self._renew(whole=True)

    @on(Input.Submitted)
    def _filtered(self) -> None:
        self.history.focus()

    def action_back(self) -> None:
        """Close the filter and list all, or back to the wall."""
        if not self.query_text and not self.query(Input):
            self.post_message(self.Left())
            return
        self.query_text = ""
        self.query(Input).remove()
        self.history.focus()
        self._renew(whole=True)

    def action_export(self) -> None:
        """What is listed, newest first, into the folder edgetui was started in."""
        try:
            path = export(self.history.items, self._moment.now)
        except OSError as error:
            self.notify(f"{error.filename}: {error.strerror}", severity="error", markup=False)
            return
        self.notify(f"{len(self.history.items)} events in {path.absolute()}", markup=False)


def _which(alert: Standing) -> Hashable:
    return alert.rule.title, alert.board


def _when(event: Event) -> Hashable:
    return event.time, event.board, event.text
