"""The models view: which board has which model in which version, what is on its way, and what would fit."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from functools import partial
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
from edgetui.errors import EdgetuiError
from edgetui.model import NA
from edgetui.model.fit import Fit
from edgetui.model.transfer import Transfer
from edgetui.ui.drawing.ink import Span
from edgetui.ui.drawing.models import detail, head
from edgetui.ui.moment import Moment
from edgetui.ui.screens.confirm import ask
from edgetui.ui.screens.view import View
from edgetui.ui.transport import Transport
from edgetui.ui.widgets import inked
from edgetui.ui.widgets.cell_grid import CellGrid
from edgetui.ui.widgets.lines import Lines
from edgetui.ui.widgets.model_matrix import ModelMatrix

RENEW_S = 0.25
"""So often it is drawn anew while something is on its way."""


class ModelsView(View):
    """The matrix above, one cell in full below."""

    DEFAULT_CSS = """
    ModelsView > Row { background: $surface; }
    ModelsView > #model-detail { height: 12; max-height: 50%; background: $surface; overflow-y: auto; }
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
        super().__init__(id=id)
        self.config, self.background = config, background
        self.matrix = ModelMatrix(id="model-matrix")
        self.head = inked.Row(id="model-head")
        self.detail = Lines()
        self.detail.id, self.detail.can_focus = "model-detail", False
        self._wanted: set[str] = set()
        """Models that no board has, but that were asked for."""
        self._marked: set[str] = set()
        self._fits: dict[str, Future[dict[str, Fit | NA]]] = {}
        self._doing: list[Future[str]] = []
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
        self._complain()
        transfers = self._transfers()
        moving = bool(self._doing) or any(each.stage != "ended" for each in transfers)
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

    def _cell(self) -> tuple[Row, Cell] | None:
        row = self.matrix.current
        return (row, row.cells[self.matrix.board]) if row is not None and self.matrix.board in row.cells else None

    def _moving(self) -> Transfer | None:
        if (here := self._cell()) is None:
            return None
        return next((t for t in self._transfers() if (t.board, t.model) == (here[1].board, here[0].model)), None)

    def _tell(self) -> None:
        """The cell under the cursor in full."""
        if (here := self._cell()) is None:
            self.detail.show([[("No board has told its models yet.", "muted")]])
            return
        row, cell = here
        columns = self.detail.scrollable_content_region.width
        self.detail.show(
            detail(row, cell, self._moving(), self._fit(row.model, cell.board), self.matrix.now, columns)
        )
        self.refresh_bindings()

    def _fit(self, model: str, board: str) -> Fit | NA | None:
        """Asked once a model, of all boards; None while it is asked."""
        if model not in self._fits and self._models is not None:
            num_ctx = self.config.run.num_ctx
            self._fits[model] = self.background.ask(lambda cluster: fit(cluster.keepers, model, num_ctx))
        asked = self._fits.get(model)
        return asked.result().get(board) if asked is not None and asked.done() else None

    @on(CellGrid.Moved)
    def _moved(self) -> None:
        self._draw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that do not apply are not shown, and none that changes a board where nothing may be changed."""
        if action in ("back", "mark", "mark_all"):
            return True
        here, moving = self._cell(), self._moving()
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

    def _targets(self) -> list[str]:
        """The marked boards, else the one under the cursor."""
        return [b for b in self.matrix.boards if b in self._marked] or [self.matrix.board]

    def action_pull(self) -> None:
        """Ask, then have the boards fetch it."""
        if (here := self._cell()) is not None:
            self._pull(here[0].model)

    def _pull(self, model: str) -> None:
        boards = self._targets()
        words = [
            f"{', '.join(boards)}: fetch {model} from the registry; what is there already is not fetched again."
        ]

        def go() -> None:
            for board in boards:
                self._do(partial(_pulled, board, model))

        ask(self.app, "Pull a model", words, "Pull it", "Leave it", go)

    def action_push(self) -> None:
        """Ask, then send it to boards that have no internet."""
        if (here := self._cell()) is None:
            return
        model, boards = here[0].model, self._targets()
        words = [
            f"{', '.join(boards)}: get {model} through SSH, from this machine or else from a board that has it."
        ]
        ask(
            self.app, "Push a model", words, "Push it", "Leave it",
            lambda: self._do(lambda cluster: cluster.models.share(boards, model)),
        )  # fmt: skip

    def action_remove(self) -> None:
        """Ask, then take it from the boards that have it."""
        if (here := self._cell()) is None:
            return
        row, model = here[0], here[0].model
        boards = [board for board in self._targets() if row.cells[board].present]

        def go() -> None:
            for board in boards:
                self._do(partial(_removed, board, model))

        words = [f"{', '.join(boards)}: {model} goes from the disk; to have it again it must be pulled again."]
        ask(self.app, "Remove a model", words, "Remove it", "Leave it", go)

    def action_unload(self) -> None:
        """Ask, then give the memory back."""
        if (here := self._cell()) is None:
            return
        model, board = here[0].model, here[1].board
        words = [f"{board}: the memory of {model} is free at once; the next question loads it anew."]
        ask(
            self.app, "Unload a model", words, "Unload it", "Leave it",
            lambda: self._do(lambda cluster: cluster.models.unload(board, model)),
        )  # fmt: skip

    def action_cancel(self) -> None:
        """End the transfer of this cell."""
        if (here := self._cell()) is not None:
            row, cell = here

            async def cancel(cluster: Cluster) -> None:
                cluster.models.cancel(cell.board, row.model)

            self._do(cancel)

    def action_another(self) -> None:
        """Ask for a name, then pull it."""
        from edgetui.ui.screens.model_name import ModelName

        def named(name: str | None) -> None:
            if name is not None:
                self._wanted.add(name)
                self._draw()
                self._pull(name)

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

    def _do(self, job: Callable[[Cluster], Awaitable[object]]) -> None:
        """In the cluster's loop; what goes wrong before a transfer begins is a notice."""

        async def do(cluster: Cluster) -> str:
            try:
                await job(cluster)
            except EdgetuiError as error:
                return error.sentence
            return ""

        self._doing.append(self.background.ask(do))
        self._fits.clear()
        if self._frames is not None:
            self._frames.resume()

    def _complain(self) -> None:
        for done in [each for each in self._doing if each.done()]:
            self._doing.remove(done)
            if complaint := done.result():
                self.app.notify(complaint, severity="error", markup=False, timeout=10.0)


async def _models(cluster: Cluster) -> Models:
    return cluster.models


async def _pulled(board: str, model: str, cluster: Cluster) -> None:
    await cluster.models.pull(board, model)


async def _removed(board: str, model: str, cluster: Cluster) -> None:
    await cluster.models.remove(board, model)
