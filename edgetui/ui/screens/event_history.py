"""What happened in all sessions, as the Store tells it: the lower half of the alerts view."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from edgetui.cluster.background import Background
from edgetui.errors import StoreError
from edgetui.model import Event
from edgetui.ui.drawing.alerts import event_line
from edgetui.ui.drawing.ink import Line, Span
from edgetui.ui.moment import Moment
from edgetui.ui.widgets.inked import Row
from edgetui.ui.widgets.ledger import Ledger

MOST = 5000
"""Events listed; older ones are found by words."""
RENEW_S = 2.0
OVERLAP_S = 10.0
"""Events of so long before the newest are asked for again: they are written up to a second after they happened."""
AHEAD_S = 60.0
"""So much later than now an event may be dated: the clock was set back."""
TYPED_S = 0.15
"""Who types faster is still writing."""


class EventHistory(Vertical):
    """A list under a heading, newest first; the filter's line comes when it is asked for."""

    DEFAULT_CSS = """
    EventHistory { height: 1fr; }
    EventHistory > Row { background: $surface; }
    EventHistory > Input { height: 1; border: none; padding: 0 1; background: $panel; }
    EventHistory > Input:focus { border: none; }
    """

    def __init__(self, background: Background) -> None:
        super().__init__()
        self.background = background
        self.head = Row(id="history-head")
        self.ledger: Ledger[Event] = Ledger(self._line, _when, id="history")
        self.query_text = ""
        self._moment = Moment(0.0, 0.0, background.states, {}, {})
        self._asked_at = 0.0
        self._whole = True

    def compose(self) -> ComposeResult:
        """Heading and list."""
        yield self.head
        yield self.ledger

    def tick(self, moment: Moment) -> None:
        """The Store is asked for newer events every other second, for all where time went back."""
        before, self._moment = self._moment, moment
        self._whole = self._whole or moment.now < before.now
        if not 0 <= moment.now - self._asked_at < RENEW_S:
            self._read(0.0)

    @work(exclusive=True)
    async def _read(self, pause_s: float) -> None:
        """Newer events, or all, into the list; unless it is asked again within ``pause_s``."""
        self._asked_at = self._moment.now
        await asyncio.sleep(pause_s)
        kept = () if self._whole else self.ledger.items
        since = kept[0].time - OVERLAP_S if kept else 0.0
        try:
            asked = self.background.search(self.query_text, since, self._moment.now + AHEAD_S, MOST)
            found = await asyncio.wrap_future(asked)
        except StoreError as error:
            self.head.show([_TITLE, (error.message, "bad")])
            return
        self.ledger.show([*found, *(e for e in kept if e.time < since)][:MOST], top=self._whole)
        self._whole = False
        self._describe()

    def _describe(self) -> None:
        count = len(self.ledger.items)
        words = f"{count} events, newest first" if count < MOST else f"the newest {MOST} events; / finds older ones"
        filtered: Line = [(f" · with {self.query_text}", "accent")] if self.query_text else []
        self.head.show([_TITLE, (words, "muted"), *filtered])

    def _line(self, event: Event, columns: int, cursor: bool) -> Line:
        return event_line(event, self._moment.now, columns, cursor=cursor)

    def filter(self) -> None:
        """Open the filter's line."""
        field = next(iter(self.query(Input)), None)
        if field is None:
            field = Input(self.query_text, placeholder="filter: board, kind, words", compact=True)
            self.mount(field)
        field.focus()

    def clear(self) -> bool:
        """Drop the filter and its line; False where there is none."""
        if not self.query_text and not self.query(Input):
            return False
        self.query(Input).remove()
        self.ledger.focus()
        self._filter("", 0.0)
        return True

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._filter(event.value, TYPED_S)

    def _filter(self, query: str, pause_s: float) -> None:
        self.query_text, self._whole = query, True
        self._read(pause_s)

    @on(Input.Submitted)
    def _filtered(self) -> None:
        self.ledger.focus()


_TITLE: Span = (" History  ", "accent-strong")


def _when(event: Event) -> Hashable:
    return event.time, event.board, event.text
