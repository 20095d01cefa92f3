"""Boards above each other over one time axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size

from edgetui.cluster.live import LiveRun
from edgetui.model import Event, HistoryPoint
from edgetui.ui.drawing.ink import Line
from edgetui.ui.drawing.inspector import LOWEST_ROWS, Scene, inspected
from edgetui.ui.drawing.strands import GUTTER
from edgetui.ui.drawing.timeline import Window, ending, points
from edgetui.ui.explanation import explain
from edgetui.ui.happenings import beside, happenings
from edgetui.ui.moment import Moment
from edgetui.ui.spans import WorkSpan, newest, spans
from edgetui.ui.widgets.cell_grid import CellGrid

ZOOMS_S = (60.0, 300.0, 900.0, 3600.0)
MARGIN, MARGIN_S = 0.05, 3.0
"""Beside work that is shown whole there is so much of its length, and at least so much."""


class Timelines(CellGrid, inherit_bindings=False):
    """A plot per board; follows the newest reading until the cursor is moved."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(0, -1)", "Up", id="move.up", show=False),
        Binding("down,j", "move(0, 1)", "Down", id="move.down", show=False),
        Binding("left,h", "step(-1)", "Back in time", id="move.earlier", show=False),
        Binding("right,l", "step(1)", "On in time", id="move.later", show=False),
        Binding("shift+left,pageup", "pan(-1)", "Half a screen back", id="move.half_earlier", show=False),
        Binding("shift+right,pagedown", "pan(1)", "Half a screen on", id="move.half_later", show=False),
        Binding("home", "oldest", "Oldest reading", id="move.oldest", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.boards: Sequence[str] = ()
        self.past: dict[str, list[HistoryPoint]] = {}
        """Readings of the Store, older than those in memory."""
        self.told: dict[str, list[Event]] = {}
        """Stored events of each board."""
        self.span_s = ZOOMS_S[1]
        self.at: float | None = None
        """Unix s of the cursor; None while the newest readings are followed."""
        self._until: float | None = None
        self._whole: tuple[float, float] | None = None
        """From when to when to show all, instead of ``span_s``, Unix s; an end of infinity is now."""
        self.moment = Moment(0.0, 0.0, {}, {}, {})
        """The newest look at the cluster."""
        self._runs: Sequence[LiveRun] = ()
        self._drawn: dict[int, list[Line]] = {}

    def plan(self, size: Size) -> tuple[int, int]:
        """One column; as high as there is room."""
        return 1, max(LOWEST_ROWS, size.height // max(1, self.count))

    @property
    def window(self) -> Window:
        """The time that is shown."""
        columns = max(10, self.cell_width - GUTTER)
        if self._whole is not None:
            since, until = self._whole[0], min(self._whole[1], self.moment.now)
            margin = max(MARGIN_S, (until - since) * MARGIN)
            return Window(since - margin, until - since + 2 * margin, columns)
        until = self.moment.now if self._until is None else self._until
        return ending(until, self.span_s, columns)

    def show(self, boards: Sequence[str], moment: Moment, runs: Sequence[LiveRun]) -> None:
        """A newer moment, perhaps of other boards."""
        self.moment, self._runs = moment, runs
        if list(boards) != list(self.boards):
            self.boards, self.count, self.cursor = boards, len(boards), 0
            self.arrange_cells()
        self.redraw()

    def redraw(self) -> None:
        """Everything in sight."""
        self.forget()
        self.refresh()

    def forget(self) -> None:
        """All plots are drawn anew."""
        self._drawn = {}

    def readings(self, board: str) -> list[HistoryPoint]:
        """Of the Store and of memory, oldest first."""
        return points(tuple(self.moment.states[board].history), self.past.get(board, ()))

    def work(self, board: str) -> list[WorkSpan]:
        """Its answers of this session."""
        return spans(self._runs, board, self.moment.now, self.moment.mono)

    def cell(self, index: int) -> list[Line]:
        """The plot of a board, from the cache where no second has passed."""
        if index not in self._drawn:
            self._drawn[index] = inspected(self._scene(index), self.cell_width, self.cell_height)
        return self._drawn[index]

    def _scene(self, index: int) -> Scene:
        board, window = self.boards[index], self.window
        state, found, work = self.moment.states[board], self.readings(board), self.work(board)
        moment = self.moment.now if self.at is None else self.at
        span = newest(work, window.since, moment)
        told = found if span else [p for p in found if window.since <= p.sample.time <= window.until]
        sentences = explain(told, span, state.identity)
        cursor = None if self.at is None else max(0, min(window.columns - 1, window.column(self.at)))
        focus = index == self.cursor and self.count > 1
        return Scene(state, found, work, sentences, window, moment, cursor, focus)

    def zoom(self, step: int) -> None:
        """Less time (−1) or more (1), around the cursor."""
        now = self.window.span_s
        others = [s for s in ZOOMS_S if (s < now if step < 0 else s > now)]
        self.span_s = (max if step < 0 else min)(others, default=now)
        self._whole = None
        if self.at is not None:
            self._until = min(self.moment.now, self.at + self.span_s / 2)
        self.redraw()

    def follow(self) -> None:
        """The newest readings, from now on."""
        if self._whole is not None:
            self._whole, self.span_s = None, ZOOMS_S[1]
        self.at = self._until = None
        self.redraw()

    def whole(self, since: float, until: float) -> None:
        """All of this time with a margin, Unix s, and the cursor at its end; until infinity: while it goes on."""
        self._whole, self._until = (since, until), None
        self.at = until if until < self.moment.now else None
        self.redraw()

    def go(self, time: float) -> None:
        """Put the cursor on a moment, Unix s, and bring it into sight; now is the end."""
        window, now = self.window, self.moment.now
        if time >= now:
            self.follow()
            return
        self.at = time
        if self._whole is not None and window.since <= time < window.until:
            self.redraw()
            return
        self._whole, self.span_s = None, window.span_s
        self._until = window.until - self.span_s / window.columns / 2
        if not window.since <= time < window.until:
            self._until = min(now, time + self.span_s / 2)
        self.redraw()

    def jump(self, *, forward: bool) -> str:
        """To what happened next or before on the board in focus; in words, empty where nothing did."""
        if self.cursor >= len(self.boards):
            return ""
        board = self.boards[self.cursor]
        found = happenings(self.readings(board), self.work(board), self.told.get(board, ()))
        there = beside(found, self.moment.now if self.at is None else self.at, forward=forward)
        if there is None:
            return ""
        self.go(there.time)
        return there.words

    def action_step(self, columns: int) -> None:
        """The cursor by columns, and the window with it at its edges."""
        window = self.window
        column = window.column(self.moment.now if self.at is None else self.at) + columns
        self.go(window.time(column) + self.span_s / window.columns / 2)

    def action_pan(self, sign: int) -> None:
        """Half a screen."""
        self.action_step(sign * self.window.columns // 2)

    def action_oldest(self) -> None:
        """The first reading there is."""
        if times := [p[0].sample.time for board in self.boards if (p := self.readings(board))]:
            self.go(min(times))

    def on_click(self, event: events.Click) -> None:
        """The cursor to where the pointer is; the grid takes care of the board."""
        if event.x >= GUTTER:
            window = self.window
            self.go(window.time(event.x - GUTTER) + self.span_s / window.columns / 2)
