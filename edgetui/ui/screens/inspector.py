"""The inspector: what held boards back, when, and which answer it hurt."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget

from edgetui.cluster.background import Background
from edgetui.cluster.live import LiveReply
from edgetui.errors import StoreError
from edgetui.ui.drawing import numbers
from edgetui.ui.drawing.ink import Span
from edgetui.ui.moment import Moment
from edgetui.ui.screens.view import View
from edgetui.ui.spans import span_of
from edgetui.ui.transport import Transport
from edgetui.ui.widgets.timelines import ZOOMS_S, Timelines

POINTS = 600
"""Readings of the Store asked for at most, of a board and a window."""
EVENTS_S = 3600.0
"""So far beyond the window the events reach that can be jumped to."""
RENEW_S = 30
"""So often the Store is asked again while the newest readings are followed; memory holds longer."""


class InspectorView(View):
    """The marked boards, or the one under the wall's cursor, above each other."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "play", "Play/pause", id="replay.play", tooltip="Let the recording go on, or hold it"),
        Binding("escape", "back", "Back", id="inspect.back", tooltip="Newest readings again, or back to the wall"),
        Binding("plus,equals_sign", "zoom(-1)", "Closer", id="inspect.closer", tooltip="Less time, more detail"),
        Binding("minus", "zoom(1)", "Wider", id="inspect.wider", tooltip="More time: 1, 5, 15, 60 minutes"),
        Binding(
            "n", "jump(True)", "Next event", id="inspect.next", tooltip="Throttling, link, answer: begin or end"
        ),
        Binding("N", "jump(False)", "Event before", id="inspect.previous", tooltip="The event before the cursor"),
        Binding("end,G", "follow", "Newest", id="inspect.newest", tooltip="Follow the newest readings"),
    ]

    def __init__(self, background: Background, chosen: Callable[[], Sequence[str]], *, id: str) -> None:
        super().__init__(id=id)
        self.background, self.chosen = background, chosen
        self.transport: Transport | None = background if isinstance(background, Transport) else None
        self.plots = Timelines()
        self._words = ""
        self._only: tuple[str, ...] = ()
        self._from = "wall"
        self._recalled: object = None
        self._problem = ""

    def open(self, cells: Sequence[LiveReply], first: str) -> None:
        """Show exactly the time of these answers, on their boards alone; ``first``: the board to begin with."""
        moment = self.plots.moment
        begun = [span for live in cells if (span := span_of(live, moment.now, moment.mono))]
        self._only, self._from = tuple(dict.fromkeys(live.request.board for live in cells)), "run"
        self.tick(moment)
        if begun:
            over = all(live.done for live in cells)
            self.plots.whole(min(s.since for s in begun), max(s.until for s in begun) if over else math.inf)
        self.plots.move_to(self._only.index(first))
        self._moved("")

    def look_back(self, board: str, time: float) -> None:
        """Show one board at a moment, Unix s; asked for by an alert."""
        self._only, self._from = (board,), "alerts"
        self.tick(self.plots.moment)
        self.plots.go(time)
        self._moved("")

    def show_between(self, board: str, since: float, until: float, back: str) -> None:
        """Show one board between two times, Unix s; ``back``: the view that asked."""
        self._only, self._from = (board,), back
        self.tick(self.plots.moment)
        self.plots.whole(since, until)
        self._moved("")

    def on_hide(self) -> None:
        """The next time it shows the boards that are chosen on the wall."""
        self._only, self._from = (), "wall"

    def compose(self) -> ComposeResult:
        """The plots, nothing else."""
        yield self.plots

    def main(self) -> Widget:
        """The plots."""
        return self.plots

    def notes(self) -> list[Span]:
        """How much time is shown, and where the cursor has jumped to."""
        notes: list[Span] = [(numbers.ago(self.plots.window.span_s), "accent")]
        if self._problem:
            notes.append((self._problem, "bad"))
        if self._words:
            notes.append((self._words, "accent"))
        return notes

    def tick(self, moment: Moment) -> None:
        """A newer moment; older readings are asked for where memory does not reach."""
        self.plots.show(self._only or self.chosen(), moment, tuple(self.background.runs))
        self._recall()

    def _recall(self) -> None:
        window, boards = self.plots.window, tuple(self.plots.boards)
        links = tuple(self.plots.moment.states[board].since for board in boards)
        key = (boards, window.span_s, int(window.until // RENEW_S), links, len(self.background.events))
        if key == self._recalled:
            return
        self._recalled = key
        begins = [s.since for b in boards for s in self.plots.work(b) if s.until >= window.since]
        since = min([window.since, *begins]) - 1
        # not the coroutine itself: one that is replaced before it begins would never be awaited
        read: Callable[[], Awaitable[None]] = partial(self._read, boards, since, window.until)
        self.run_worker(read, exclusive=True)

    async def _read(self, boards: Sequence[str], since: float, until: float) -> None:
        self._problem = ""
        ask = self.background
        for board in boards:
            try:
                found = await asyncio.wrap_future(ask.past(board, since, until, POINTS))
                told = await asyncio.wrap_future(ask.happened(board, since - EVENTS_S, until + EVENTS_S))
            except StoreError as error:
                self._problem = error.message
                break
            self.plots.past[board], self.plots.told[board] = found, told
        self.plots.redraw()
        self.post_message(self.Noted())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that do not apply are not shown."""
        if action == "zoom":
            shown = self.plots.window.span_s
            return shown > ZOOMS_S[0] if parameters[0] == -1 else shown < ZOOMS_S[-1]
        if action == "play":
            return self.transport is not None
        if action == "jump":  # of a recording the whole fleet goes there: the app's own keys
            return self.transport is None
        return self.plots.at is not None if action == "follow" else True

    def action_zoom(self, step: int) -> None:
        """Closer or wider."""
        self.plots.zoom(step)
        self._moved("")

    def action_jump(self, forward: bool) -> None:
        """What happened next or before, in words on the first line."""
        self._moved(self.plots.jump(forward=forward) or f"nothing {'after' if forward else 'before'} this")

    def action_follow(self) -> None:
        """Follow the newest readings."""
        self.plots.follow()
        self._moved("")

    def action_back(self) -> None:
        """The newest readings again, or the wall."""
        if self.plots.at is None:
            self.post_message(self.Left(self._from))
        else:
            self.action_follow()

    def action_play(self) -> None:
        """Go on, or hold the moment."""
        if self.transport is not None:
            (self.transport.pause if self.transport.playing else self.transport.play)()
            self._moved("")

    def _moved(self, words: str) -> None:
        self._words = words
        self._recall()
        self.refresh_bindings()
        self.post_message(self.Noted())
