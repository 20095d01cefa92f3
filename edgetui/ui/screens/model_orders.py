"""What can be ordered in the models view: each is asked about first, then done in the cluster's loop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from functools import partial

from edgetui.cluster.background import Background
from edgetui.cluster.core import Cluster
from edgetui.cluster.models import Cell, Row
from edgetui.errors import EdgetuiError
from edgetui.ui.screens.confirm import ask
from edgetui.ui.screens.view import View


class ModelOrders(View):
    """Knows what is under the cursor and which boards are marked from the view that is one."""

    def __init__(self, background: Background, *, id: str) -> None:
        super().__init__(id=id)
        self.background = background
        self._doing: list[Future[str]] = []

    def cell(self) -> tuple[Row, Cell] | None:
        """What is under the cursor."""
        raise NotImplementedError

    def targets(self) -> list[str]:
        """The boards that are meant."""
        raise NotImplementedError

    @property
    def busy(self) -> bool:
        """Is an order being carried out?"""
        return bool(self._doing)

    def action_pull(self) -> None:
        """Ask, then have the boards fetch it."""
        if (here := self.cell()) is not None:
            self.pull(here[0].model)

    def pull(self, model: str) -> None:
        """Ask, then have the boards fetch this one."""
        boards = self.targets()
        words = [
            f"{', '.join(boards)}: fetch {model} from the registry; what is there already is not fetched again."
        ]

        def go() -> None:
            for board in boards:
                self._do(partial(_pulled, board, model))

        ask(self.app, "Pull a model", words, "Pull it", "Leave it", go)

    def action_push(self) -> None:
        """Ask, then send it to boards that have no internet."""
        if (here := self.cell()) is None:
            return
        model, boards = here[0].model, self.targets()
        words = [
            f"{', '.join(boards)}: get {model} through SSH, from this machine or else from a board that has it."
        ]
        ask(
            self.app, "Push a model", words, "Push it", "Leave it",
            lambda: self._do(lambda cluster: cluster.models.share(boards, model)),
        )  # fmt: skip

    def action_remove(self) -> None:
        """Ask, then take it from the boards that have it."""
        if (here := self.cell()) is None:
            return
        row, model = here[0], here[0].model
        boards = [board for board in self.targets() if row.cells[board].present]

        def go() -> None:
            for board in boards:
                self._do(partial(_removed, board, model))

        words = [f"{', '.join(boards)}: {model} goes from the disk; to have it again it must be pulled again."]
        ask(self.app, "Remove a model", words, "Remove it", "Leave it", go)

    def action_unload(self) -> None:
        """Ask, then give the memory back."""
        if (here := self.cell()) is None:
            return
        model, board = here[0].model, here[1].board
        words = [f"{board}: the memory of {model} is free at once; the next question loads it anew."]
        ask(
            self.app, "Unload a model", words, "Unload it", "Leave it",
            lambda: self._do(lambda cluster: cluster.models.unload(board, model)),
        )  # fmt: skip

    def action_cancel(self) -> None:
        """End the transfer of this cell."""
        if (here := self.cell()) is not None:
            row, cell = here

            async def cancel(cluster: Cluster) -> None:
                cluster.models.cancel(cell.board, row.model)

            self._do(cancel)

    def _do(self, job: Callable[[Cluster], Awaitable[object]]) -> None:
        """In the cluster's loop; what goes wrong before a transfer begins is a notice."""

        async def do(cluster: Cluster) -> str:
            try:
                await job(cluster)
            except EdgetuiError as error:
                return error.sentence
            return ""

        self._doing.append(self.background.ask(do))
        self.post_message(self.Noted())

    def complain(self) -> None:
        """Tell what went wrong before a transfer began."""
        for done in [each for each in self._doing if each.done()]:
            self._doing.remove(done)
            if complaint := done.result():
                self.app.notify(complaint, severity="error", markup=False, timeout=10.0)


async def _pulled(board: str, model: str, cluster: Cluster) -> None:
    await cluster.models.pull(board, model)


async def _removed(board: str, model: str, cluster: Cluster) -> None:
    await cluster.models.remove(board, model)
