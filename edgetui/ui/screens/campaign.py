"""The campaign view: a map of tasks and models by boards, what is left of it, and what is not wanted any more."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget

from edgetui.cluster.background import Background
from edgetui.cluster.live import LiveReply, LiveRun
from edgetui.model.own_time import own_time
from edgetui.ui.drawing.campaign import squares
from edgetui.ui.drawing.campaign_map import detail, eta_words, head
from edgetui.ui.drawing.run_head import no_run
from edgetui.ui.drawing.words import unfinished_answers
from edgetui.ui.moment import Moment
from edgetui.ui.screens.confirm import ask
from edgetui.ui.screens.view import View
from edgetui.ui.transport import Transport
from edgetui.ui.widgets.cell_grid import CellGrid
from edgetui.ui.widgets.heat_map import HeatMap
from edgetui.ui.widgets.inked import Row

if TYPE_CHECKING:
    from edgetui.cluster.campaign import Durations


class CampaignView(View):
    """Follows one run of the session; the newest when it is opened first."""

    DEFAULT_CSS = """
    CampaignView > Row { background: $surface; }
    CampaignView > #campaign-boards { background: $background; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Answers", id="campaign.open", tooltip="The answers of this cell, in full"),
        Binding("p", "pause", "Pause", id="campaign.pause", tooltip="Finish what runs, start nothing; or go on"),
        Binding("x", "cancel('cell')", "Cancel", id="campaign.cancel", tooltip="Cancel this cell; asks first"),
        Binding(
            "X", "cancel('row')", "Cancel row", id="campaign.cancel_row", tooltip="This task and model, everywhere"
        ),
        Binding("B", "cancel('board')", "Cancel board", id="campaign.cancel_board", tooltip="All of this board"),
        Binding(
            "left_square_bracket", "other(-1)", "Older run", id="campaign.older", tooltip="The run before this one"
        ),
        Binding(
            "right_square_bracket", "other(1)", "Newer run", id="campaign.newer", tooltip="The run after this one"
        ),
        Binding("escape", "back", "Back", id="campaign.back", tooltip="Back to the wall"),
    ]

    class Opened(Message):
        """Show these answers of a run."""

        def __init__(self, run: LiveRun, cell: LiveReply) -> None:
            super().__init__()
            self.run, self.cell = run, cell

    def __init__(self, background: Background, reference: str, *, id: str) -> None:
        super().__init__(id=id)
        self.background, self.reference = background, reference
        self.map = HeatMap()
        self.head, self.boards = Row(id="campaign-head"), Row(id="campaign-boards")
        self.detail = (Row(id="campaign-detail"), Row(id="campaign-blemishes"))
        self.run: LiveRun | None = None
        self._earlier: Future[Durations] | None = None
        self._moment = Moment(0.0, 0.0, background.states, {}, {})
        self._drawn: object = None

    def compose(self) -> ComposeResult:
        """How far it is, the map under its boards, what is under the cursor."""
        yield self.head
        yield self.boards
        yield self.map
        yield from self.detail

    def on_mount(self) -> None:
        """The newest run of the session."""
        if self.run is None and self.background.runs:
            self.open(self.background.runs[-1])

    def main(self) -> Widget:
        """The map."""
        return self.map

    def open(self, run: LiveRun) -> None:
        """Show a run."""
        self.run = run
        boards = tuple(dict.fromkeys(b for b in run.order.boards))
        rows = list(dict.fromkeys((o.task, model) for o in run.orders for model in o.models))
        self.map.open(boards, rows, self.reference)
        mode = run.order.protocol.mode
        self._earlier = self.background.consult(lambda store: store.durations(mode))
        self._show()

    def tick(self, moment: Moment) -> None:
        """A newer moment."""
        self._moment = moment
        self._show()

    def _show(self) -> None:
        run = self.run
        if run is None:
            self.head.show(no_run(bool(self.app.check_action("launch", ()))))
            return
        done = sum(1 for live in run.replies if live.done)
        news = (run, len(run.replies), done, [live for live in run.replies if not live.done and live.started])
        if news != self._drawn:  # figures of thousands of answers are not worked out anew every second
            self._drawn = news
            self.map.show(squares(run, self.reference))
        about = head(
            run.id,
            run.order.protocol.name,
            done,
            len(run.replies),
            self._eta(run),
            self.size.width,
            paused=run.paused,
            own=own_time(live.sim_speed for live in run.replies),
        )
        self.head.show(about)
        self._under_cursor()

    @on(CellGrid.Moved)
    def _under_cursor(self) -> None:
        self.boards.show(self.map.header())
        lines = detail(self.map.square, self.reference, self.size.width, self._moment.mono)
        for row, line in zip(self.detail, lines, strict=True):
            row.show(line)
        self.refresh_bindings()

    def _eta(self, run: LiveRun) -> str:
        from edgetui.cluster.campaign import forecast, remaining, speeds_of, turns

        earlier = self._earlier
        told = earlier.result() if earlier is not None and earlier.done() and not earlier.exception() else {}
        rows = remaining(run, told, speeds_of(self.background.states.values()))
        left = forecast(rows, turns(self.background.config.board, run.order.protocol))
        return eta_words(left.seconds, left.unknown)

    def on_resize(self) -> None:
        """The lines are as wide as the view."""
        self._show()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that do not apply are not shown."""
        run = self.run
        if action == "back":
            return True
        if run is None:
            return False
        if action in ("pause", "cancel"):
            if isinstance(self.background, Transport):
                return False
            return not run.done if action == "pause" else any(not c.done for c in self._chosen(str(parameters[0])))
        if action == "open":
            return self.map.square is not None
        if action == "other":
            return 0 <= self.background.runs.index(run) + int(str(parameters[0])) < len(self.background.runs)
        return True

    def _chosen(self, what: str) -> list[LiveReply]:
        """The cells of the square under the cursor, of its row or of its board."""
        run, place = self.run, self.map.place
        if run is None or place is None:
            return []
        board, task, model = place

        def wanted(live: LiveReply) -> bool:
            r = live.request
            here = what == "row" or r.board == board
            return here and (what == "board" or (r.task, r.model) == (task, model))

        return [live for live in run.replies if wanted(live)]

    @on(CellGrid.Opened)
    def action_open(self) -> None:
        """The answers of the cell, beginning with the one that runs, else the first."""
        square = self.map.square
        if self.run is not None and square is not None:
            self.post_message(self.Opened(self.run, square.working or square.cells[0]))

    def action_pause(self) -> None:
        """Finish what runs and start nothing, or go on."""
        if self.run is not None:
            self.run.paused = not self.run.paused
            self.background.pause_run(self.run, self.run.paused)
            self._show()

    def action_cancel(self, what: str) -> None:
        """After a yes."""
        cells, place = [c for c in self._chosen(what) if not c.done], self.map.place
        if not cells or place is None:
            return
        row = f"{place.task} with {place.model}"
        names = {"cell": f"{row} on {place.board}", "row": f"{row} on all boards", "board": f"all of {place.board}"}
        paragraphs = [names[what], unfinished_answers(len(cells))]
        ask(self.app, "Cancel", paragraphs, "Cancel them", "Go on", lambda: self.background.cancel_cells(cells))

    def action_other(self, step: int) -> None:
        """An older or newer run."""
        if self.run is not None:
            self.open(self.background.runs[self.background.runs.index(self.run) + step])

    def action_back(self) -> None:
        """To the wall."""
        self.post_message(self.Left())
