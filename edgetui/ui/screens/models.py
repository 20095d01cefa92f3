"""The models view: which board has which model in which version, what is on its way, and what would fit."""

from __future__ import annotations

import time
from concurrent.futures import Future
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.timer import Timer
from textual.widget import Widget

from edgetui.cluster.background import Background
from edgetui.cluster.core import Cluster
from edgetui.cluster.models import Cell, Row, fit, matrix
from edgetui.cluster.models_work import Models
from edgetui.config import Config
from edgetui.model import NA, na
from edgetui.model.fit import Fit
from edgetui.model.transfer import Transfer
from edgetui.ui.drawing.ink import Span
from edgetui.ui.drawing.models import detail, head
from edgetui.ui.moment import Moment
from edgetui.ui.screens.model_orders import ModelOrders
from edgetui.ui.transport import Transport
from edgetui.ui.widgets import inked
from edgetui.ui.widgets.cell_grid import CellGrid
from edgetui.ui.widgets.lines import Lines
from edgetui.ui.widgets.model_matrix import ModelMatrix

FIT_S = 5.0
"""So often what fits is asked anew."""
RENEW_S = 0.25
"""So often it is drawn anew while something is on its way."""


class ModelsView(ModelOrders):
    """The matrix above, one cell in full below."""

    DEFAULT_CSS = """
    ModelsView > Row { background: $surface; }
    ModelsView > #model-detail { height: 18; max-height: 50%; background: $surface; overflow-y: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "pull", "Pull", id="models.pull", tooltip="Boards fetch it from the registry"),
        Binding("P", "push", "Push", id="models.push", tooltip="Copy it to boards through SSH, without internet"),
        Binding("x", "cancel", "Cancel", id="models.cancel", tooltip="What came stays; the next one resumes"),
        Binding("u", "unload", "Unload", id="models.unload", tooltip="Give its memory back"),
        Binding("X", "remove", "Remove", id="models.remove", tooltip="Take it from the board's disk"),
        Binding("n", "another", "Another", id="models.another", tooltip="A model that no board has yet"),
        Binding("space", "mark", "Mark board", id="models.mark", tooltip="Pull and push go to all marked boards"),
        Binding("a", "mark_all", "All boards", id="models.all", tooltip="Mark all boards, or none"),
        Binding("escape", "back", "Back", id="models.back", tooltip="Back to the wall"),
    ]

    def __init__(self, config: Config, background: Background, *, id: str) -> None:
        super().__init__(background, id=id)
        self.config = config
        self.matrix = ModelMatrix(id="model-matrix")
        self.head = inked.Row(id="model-head")
        self.detail = Lines()
        self.detail.id, self.detail.can_focus = "model-detail", False
        self._wanted: set[str] = set()
        """Models that no board has, but that were asked for."""
        self._marked: set[str] = set()
        self._fits: dict[str, tuple[float, Future[dict[str, Fit | NA]]]] = {}
        """By model: when it was asked in monotonic s, and the answer."""
        self._sums: dict[str, dict[str, Fit | NA]] = {}
        self._moment = Moment(0.0, 0.0, background.states, {}, {})
        self._frames: Timer | None = None
        self._models: Future[Models] | None = None

    def compose(self) -> ComposeResult:
        """Names of boards, the matrix, the cell."""
        yield self.head
        yield self.matrix
        yield self.detail

    def on_mount(self) -> None:
        """One timer, which rests while nothing is on its way."""
        self._frames = self.set_interval(RENEW_S, self._draw, pause=True)
        if not isinstance(self.background, Transport):
            self._models = self.background.ask(_models)

    def main(self) -> Widget:
        """The matrix."""
        return self.matrix

    def notes(self) -> list[Span]:
        """How many are on their way."""
        count = sum(1 for each in self._transfers() if each.stage != "ended")
        return [(f"{count} on their way", "accent")] if count else []

    def tick(self, moment: Moment) -> None:
        """What boards have now."""
        self._moment = moment
        self._draw()
        self.post_message(self.Noted())

    def _draw(self) -> None:
        self.complain()
        transfers = self._transfers()
        moving = self.busy or any(each.stage != "ended" for each in transfers)
        if self._frames is not None:
            (self._frames.resume if moving and self.display else self._frames.pause)()
        states = self.background.states
        rows = matrix(states.values(), self._wanted | {each.model for each in transfers})
        self.matrix.boards, self.matrix.moving = tuple(states), transfers
        self.matrix.now = time.monotonic()
        self.matrix.show(rows)
        columns = self.matrix.size.width
        self.head.show(head(self.matrix.boards, self.matrix.column, frozenset(self._marked), columns))
        self._tell()

    def _transfers(self) -> tuple[Transfer, ...]:
        if self._models is None or not self._models.done():
            return ()
        return tuple(self._models.result().transfers.values())

    def cell(self) -> tuple[Row, Cell] | None:
        """What is under the cursor."""
        row = self.matrix.current
        return (row, row.cells[self.matrix.board]) if row is not None and self.matrix.board in row.cells else None

    def _moving(self) -> Transfer | None:
        if (here := self.cell()) is None:
            return None
        return next((t for t in self._transfers() if (t.board, t.model) == (here[1].board, here[0].model)), None)

    def _tell(self) -> None:
        """The cell under the cursor in full."""
        if (here := self.cell()) is None:
            self.detail.show([[("No board has told its models yet.", "muted")]])
            return
        row, cell = here
        columns = self.detail.scrollable_content_region.width
        moves = [each for each in self._transfers() if each.model == row.model]
        self.detail.show(detail(row, cell, moves, self._fit(row.model, cell.board), self.matrix.now, columns))
        self.refresh_bindings()

    def _fit(self, model: str, board: str) -> Fit | NA | None:
        """Asked for the model under the cursor, of all boards, and again now and then; None before the first."""
        if self._models is None:
            return na("this is a recording")
        now, (asked_at, asked) = self.matrix.now, self._fits.get(model, (0.0, None))
        if asked is not None and asked.done():
            self._sums[model] = asked.result()
        if asked is None or (asked.done() and now - asked_at > FIT_S):
            num_ctx = self.config.run.num_ctx
            self._fits[model] = now, self.background.ask(lambda cluster: fit(cluster.keepers, model, num_ctx))
        return self._sums.get(model, {}).get(board)

    @on(CellGrid.Moved)
    def _moved(self) -> None:
        self._draw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that do not apply are not shown, and none that changes a board where nothing may be changed."""
        if action in ("back", "mark", "mark_all"):
            return True
        here, moving = self.cell(), self._moving()
        if self.background.readonly or self._models is None:
            return False
        under_way = moving is not None and moving.stage != "ended"
        if action == "cancel":
            return under_way
        if action == "unload":
            return here is not None and here[1].loaded is not None
        if action == "remove":
            return here is not None and here[1].present is True and not under_way
        return action == "another" or here is not None

    def targets(self) -> list[str]:
        """The marked boards, else the one under the cursor."""
        return [b for b in self.matrix.boards if b in self._marked] or [self.matrix.board]

    def action_another(self) -> None:
        """Ask for a name, then pull it."""
        from edgetui.ui.screens.model_name import ModelName

        def named(name: str | None) -> None:
            if name is not None:
                self._wanted.add(name)
                self._draw()
                row = next((n for n, row in enumerate(self.matrix.items) if row.model == name), self.matrix.cursor)
                self.matrix.action_move(0, row - self.matrix.cursor)
                self.pull(name)

        self.app.push_screen(ModelName(), named)

    def action_mark(self) -> None:
        """Mark the board under the cursor and move on."""
        self._marked ^= {self.matrix.board}
        self.matrix.action_move(1, 0)
        self._draw()

    def action_mark_all(self) -> None:
        """All boards, or none where all are marked."""
        everything = set(self.matrix.boards)
        self._marked = set() if self._marked == everything else everything
        self._draw()

    def action_back(self) -> None:
        """To the wall."""
        self.post_message(self.Left())


async def _models(cluster: Cluster) -> Models:
    return cluster.models
