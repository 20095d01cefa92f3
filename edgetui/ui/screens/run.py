"""The run view: all answers of a run side by side, or one in full."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

from edgetui.cluster.background import Background
from edgetui.cluster.live import LiveReply, LiveRun
from edgetui.ui.drawing.ink import width
from edgetui.ui.drawing.ranking import guarded_line, ranking_line
from edgetui.ui.drawing.run_head import no_run, run_head
from edgetui.ui.drawing.words import unfinished_answers
from edgetui.ui.moment import Moment
from edgetui.ui.screens.confirm import ask
from edgetui.ui.screens.view import View
from edgetui.ui.transport import Transport
from edgetui.ui.widgets.cell_grid import CellGrid
from edgetui.ui.widgets.inked import Row
from edgetui.ui.widgets.reader import Reader
from edgetui.ui.widgets.stream_board import StreamBoard

FRAME_S = 0.1
"""Ten frames a second while something streams: enough for the eye, cheap enough for a slow host."""


class RunView(View):
    """Follows one run of the session; the newest when it is fired."""

    DEFAULT_CSS = """
    RunView > #run-head { background: $surface; }
    RunView > #run-rank { background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,z", "zoom", "Maximise", id="run.zoom", tooltip="One answer in full, with its phases"),
        Binding("escape", "back", "Back", id="run.back", tooltip="All panes again, or back to the wall"),
        Binding("tab", "next(1)", "Next pane", id="run.next", show=False, tooltip="The next board's answer"),
        Binding("shift+tab", "next(-1)", "Previous pane", id="run.previous", show=False),
        Binding("x", "cancel", "Cancel", id="run.cancel", tooltip="Cancel what the focused board still has to do"),
        Binding("X", "cancel_all", "Cancel all", id="run.cancel_all", tooltip="Cancel the whole run; asks first"),
        Binding("R", "again", "Again", id="run.again", tooltip="Fire the same order once more"),
        Binding("left_square_bracket", "other(-1)", "Older run", id="run.older", tooltip="The run before this one"),
        Binding("right_square_bracket", "other(1)", "Newer run", id="run.newer", tooltip="The run after this one"),
        Binding("comma", "cell(-1)", "Earlier answer", id="run.earlier", tooltip="The board's answer before this"),
        Binding("full_stop", "cell(1)", "Later answer", id="run.later", tooltip="The board's answer after this"),
        Binding("t", "inspect", "Throttle", id="run.inspect", tooltip="Heat and throttling during just this run"),
        Binding("f", "format", "Formatted", id="run.format", tooltip="Markdown or plain text"),
    ]

    class Inspected(Message):
        """Show what held boards back while these answers were made; ``first``: the board to begin with."""

        def __init__(self, cells: Sequence[LiveReply], first: str) -> None:
            super().__init__()
            self.cells, self.first = cells, first

    def __init__(self, background: Background, reference: str, *, id: str) -> None:
        super().__init__(id=id)
        self.background, self.reference = background, reference
        self.board = StreamBoard(reference)
        self.reader = Reader()
        self.head, self.rank = Row(id="run-head"), Row(id="run-rank")
        self.run: LiveRun | None = None
        self.transport = background if isinstance(background, Transport) else None
        self._generation = 0
        self._frames: Timer | None = None
        self._moment = Moment(0.0, 0.0, background.states, {}, {})

    def compose(self) -> ComposeResult:
        """What was asked, the panes or one answer, the ranking."""
        self.reader.display = False
        yield self.head
        yield self.board
        yield self.reader
        yield self.rank

    def on_mount(self) -> None:
        """One frame timer; it rests while nothing streams."""
        self._frames = self.set_interval(FRAME_S, self._frame, pause=True)
        if self.run is None and self.background.runs:
            self.open(self.background.runs[-1])

    def main(self) -> Widget:
        """The panes, or the reader while one is maximised."""
        return self.reader if self.zoomed else self.board

    @property
    def zoomed(self) -> bool:
        """Is one answer shown in full?"""
        return self.reader.display

    def open(self, run: LiveRun) -> None:
        """Show a run from its first pane on."""
        self.run = run
        self.board.open(run)
        self._zoom(None)
        self._heads()

    def show(self, run: LiveRun, cell: LiveReply) -> None:
        """One answer of a run in full, and the others of its board beside."""
        self.open(run)
        self.board.move_to(self.board.boards.index(cell.request.board))
        self._zoom(cell)

    def tick(self, moment: Moment) -> None:
        """A newer moment; the frame timer runs while cells are unfinished and the view is shown."""
        self._moment = moment
        if (tape := self.transport) is not None and tape.generation != self._generation:
            self._generation = tape.generation
            self._reopen()
        self._frame()

    def _reopen(self) -> None:
        """The recording was wound back, and the run's cells are other objects: the same panes, of the new ones."""
        if (run := self.run) is None:
            return
        at, zoomed = self.board.cursor, self.reader.cell if self.zoomed else None
        self.board.open(run)
        self.board.move_to(at)
        if zoomed is not None:
            self._zoom(next((cell for cell in run.replies if cell.request == zoomed.request), None))
        self._heads()

    def _frame(self) -> None:
        if self._frames is None:
            return
        if not self.display:
            self._frames.pause()
            return
        mono = time.monotonic()
        if self.board.compare():
            self._heads()
            self.refresh_bindings()
        if self.zoomed:
            self.reader.step(mono, self.board.comparison(self.board.current or ""))
        else:
            self.board.step(mono, self._moment.states)
        streaming = self.run is not None and any(r.phase != "queued" and not r.done for r in self.run.replies)
        (self._frames.resume if streaming else self._frames.pause)()

    def on_resize(self) -> None:
        """The lines above and below are as wide as the view."""
        self._heads()

    def _heads(self) -> None:
        run, runs = self.run, self.background.runs
        if run is None:
            self.head.show(no_run(bool(self.app.check_action("launch", ()))))
        else:
            self.head.show(run_head(run, runs.index(run) + 1, len(runs), self.size.width))
        ended = guarded_line(self.run) if self.run is not None else []
        ranked = ranking_line(self.board.ranks, self.size.width - 2 - width(ended))
        self.rank.show([(" ", "text"), *ranked, *ended])

    def _cells(self) -> list[LiveReply]:
        current = self.board.current
        return [] if current is None else self.board.cells_of(current)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that do not apply are not shown."""
        if action == "back":
            return True
        if self.run is None:
            return False
        if action in ("cancel", "cancel_all"):
            cells = self._cells() if action == "cancel" else self.run.replies
            return any(not live.done for live in cells)
        if action == "other":
            at = self.background.runs.index(self.run) + int(str(parameters[0]))
            return 0 <= at < len(self.background.runs)
        if action == "zoom":
            return not self.zoomed
        if action == "cell":
            return self.zoomed and len(self._cells()) > 1
        if action == "format":
            return self.zoomed and self.reader.cell is not None and self.reader.cell.done
        return True

    def action_zoom(self) -> None:
        """Show the focused pane's answer in full."""
        current = self.board.current
        if current is not None:
            self._zoom(self.board.shown(current))
            self.reader.focus()

    def _zoom(self, cell: LiveReply | None) -> None:
        self.reader.open(cell)
        self.board.display, self.reader.display = cell is None, cell is not None
        self.refresh_bindings()
        self.call_after_refresh(self._frame)

    def action_back(self) -> None:
        """All panes again, or the wall."""
        if not self.zoomed:
            self.post_message(self.Left())
            return
        self._zoom(None)
        self.board.focus()

    def action_next(self, step: int) -> None:
        """The next or previous board, round the corner."""
        if self.board.count:
            self.board.move_to((self.board.cursor + step) % self.board.count)
            if self.zoomed:
                self.action_zoom()

    def action_cell(self, step: int) -> None:
        """Another answer of the same board."""
        cells = self._cells()
        if self.reader.cell in cells:
            self._zoom(cells[(cells.index(self.reader.cell) + step) % len(cells)])

    def action_inspect(self) -> None:
        """The time of this run on its boards, or of the one answer that is shown in full."""
        if self.run is not None and (current := self.board.current) is not None:
            one = self.reader.cell if self.zoomed else None
            self.post_message(self.Inspected((one,) if one else self.run.replies, current))

    def action_format(self) -> None:
        """Markdown or plain."""
        self.reader.formatted = not self.reader.formatted
        self._frame()

    @on(CellGrid.Moved)
    def _moved(self) -> None:
        self.refresh_bindings()

    @on(CellGrid.Opened)
    def _opened(self) -> None:
        self.action_zoom()

    def action_cancel(self) -> None:
        """The focused board's unfinished cells."""
        if self.run is not None and (current := self.board.current) is not None:
            self.background.cancel(self.run, current)

    def action_cancel_all(self) -> None:
        """All unfinished cells, after a yes."""
        run = self.run
        if run is None:
            return
        left = sum(1 for live in run.replies if not live.done)

        words = [unfinished_answers(left, " of this run")]
        ask(self.app, "Cancel the whole run", words, "Cancel the run", "Go on", lambda: self.background.cancel(run))

    def action_again(self) -> None:
        """Fire the same order."""
        if self.run is not None:
            self.open(self.background.fire(self.run.order))

    def action_other(self, step: int) -> None:
        """An older or newer run."""
        if self.run is not None:
            runs = self.background.runs
            self.open(runs[max(0, min(len(runs) - 1, runs.index(self.run) + step))])
