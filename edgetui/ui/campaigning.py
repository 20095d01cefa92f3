"""Campaigns in the app: the key to their map, and the offer to go on with one that was cut off."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, ClassVar, Literal

from textual.binding import Binding, BindingType

from edgetui.cluster.background import Background
from edgetui.cluster.live import LiveReply, LiveRun, Order
from edgetui.config import Config
from edgetui.errors import StoreError
from edgetui.ui.drawing.ink import Span
from edgetui.ui.playing import Playing

if TYPE_CHECKING:
    from edgetui.ui.screens.campaign import CampaignView


class Campaigning(Playing):
    """An app that fires runs."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("C", "view('campaign')", "Campaign", id="app.campaign", show=False, tooltip="A run as a map"),
        Binding("U", "resume", "Resume", id="app.resume", tooltip="Go on with the campaign that was cut off"),
    ]
    background: Background
    config: Config
    _sought: Future[LiveRun | None] | None = None

    def seek_unfinished(self) -> None:
        """Is there a campaign in the Store that is not over? Only the present can go on with it."""
        from edgetui.cluster.resuming import unfinished

        if self.transport is None:
            ports = {board.name: board.ollama_port for board in self.config.board if board.enabled}
            self._sought = self.background.consult(lambda store: unfinished(store, ports))
            self._sought.add_done_callback(lambda _: self.call_later(self._offer))

    def _offer(self) -> None:
        """Say it once; the key stays."""
        if (run := self.offered) is not None:
            left = sum(not live.done for live in run.replies)
            self.tell(
                f"A campaign was cut off, {left} of {len(run.replies)} answers are missing: U goes on with it"
            )
            self.refresh_bindings()

    @property
    def offered(self) -> LiveRun | None:
        """The campaign to go on with."""
        sought = self._sought
        if sought is None or not sought.done() or sought.exception() is not None:
            return None
        return sought.result()

    def offer_notes(self) -> list[Span]:
        """For the first line: quiet, and never in the way."""
        run = self.offered
        if run is None:
            return []
        return [("U resumes", "accent")]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what was cut off can be gone on with, and nothing is fired in the past."""
        if action == "resume":
            return self.offered is not None
        if action == "again":
            return bool(self.config.board) and self.transport is None
        return super().check_action(action, parameters)

    async def action_resume(self) -> None:
        """Measure what it lacks, and show its map."""
        if (run := self.offered) is None:
            return
        self._sought = None
        self.refresh_bindings()
        begun = self.background.go_on(run)
        await self.show_run(run)
        begun.add_done_callback(lambda done: self.call_later(self._begun, run, done))

    def _begun(self, run: LiveRun, begun: Future[None]) -> None:
        if isinstance(error := begun.exception(), StoreError):
            self.background.runs.remove(run)
            self.tell(error.sentence, "warning")

    async def fired(self, orders: tuple[Order, ...] | None) -> None:
        """Fire what the launcher gave, and show it."""
        if orders:
            await self.show_run(self.background.fire(*orders))

    async def action_again(self) -> None:
        """Fire the newest run of this session once more."""
        if not self.background.runs:
            self.tell("Nothing was run in this session yet: r chooses what to run", "warning")
            return
        await self.fired(self.background.runs[-1].orders)

    async def show_run(self, run: LiveRun) -> None:
        """Several tasks or models as a map, one as answers side by side."""
        if len(run.orders) * len(run.order.models) > 1:
            from edgetui.ui.screens.campaign import CampaignView

            await self.action_view("campaign")
            self.query_one(CampaignView).open(run)
            return
        from edgetui.ui.screens.run import RunView

        await self.action_view("run")
        self.query_one(RunView).open(run)

    async def on_campaign_view_opened(self, message: CampaignView.Opened) -> None:
        """The answers of a cell of the map."""
        await self.show_answers(message.run, message.cell)

    async def show_answers(self, run: LiveRun, cell: LiveReply) -> None:
        """One answer in full."""
        from edgetui.ui.screens.run import RunView

        await self.action_view("run")
        self.query_one(RunView).show(run, cell)
        self.query_one(RunView).main().focus()

    async def action_view(self, name: str) -> None:
        """Bring a view to the front."""
        raise NotImplementedError

    def tell(self, text: str, severity: Literal["information", "warning", "error"] = "information") -> None:
        """A short notice, kept in the log."""
        raise NotImplementedError
