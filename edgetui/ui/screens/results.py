"""The results view: every reply and run of the Store, to be opened, compared, exported or forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget

from edgetui.cluster.background import Background
from edgetui.errors import StoreError
from edgetui.store import Result
from edgetui.ui.drawing.results import unix
from edgetui.ui.moment import Moment
from edgetui.ui.screens.confirm import ask
from edgetui.ui.screens.result_list import HINT, ResultList
from edgetui.ui.screens.view import View
from edgetui.ui.shelf import Shelf
from edgetui.ui.widgets.cell_grid import CellGrid

RENEW_S = 2.0
"""So often the Store is asked whether something changed."""


class ResultsView(View):
    """Replies, or the runs that they belong to; tab goes from one to the other."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Open", id="results.open", tooltip="The whole reply, or the run's replies"),
        Binding("slash", "filter", "Filter", id="results.filter", tooltip=HINT),
        Binding("s", "sort", "Sort", id="results.sort", tooltip="By the next column; or click on a title"),
        Binding("S", "reverse", "Reverse", id="results.reverse", tooltip="The other way round"),
        Binding("c", "compare", "Compare", id="results.compare", tooltip="What is marked, else this run"),
        Binding("space", "mark", "Mark", id="results.mark", tooltip="Mark it and go on"),
        Binding("tab", "other", "Runs/replies", id="results.other", tooltip="List runs, or replies"),
        Binding("e", "export", "Export", id="results.export", tooltip="Save or copy what is marked, else listed"),
        Binding("a", "mark_all", "All", id="results.all", tooltip="Mark all that are listed, or none"),
        Binding("t", "inspect", "Throttle", id="results.inspect", tooltip="Heat and throttling at that time"),
        Binding("X", "delete", "Forget run", id="results.delete", tooltip="With its replies; asks first"),
        Binding("escape", "back", "Back", id="results.back", tooltip="Drop filter, marks; back to the wall"),
    ]

    class Opened(Message):
        """Show one of these replies in full."""

        def __init__(self, results: Sequence[Result], at: int) -> None:
            super().__init__()
            self.results, self.at = results, at

    class Compared(Message):
        """Compare these replies, or all of a run."""

        def __init__(self, ids: Sequence[int] = (), run: str = "") -> None:
            super().__init__()
            self.ids, self.run = ids, run

    class Inspected(Message):
        """Show what a board suffered between these times, Unix s."""

        def __init__(self, board: str, since: float, until: float) -> None:
            super().__init__()
            self.board, self.since, self.until = board, since, until

    def __init__(self, background: Background, *, id: str) -> None:
        super().__init__(id=id)
        self.background = background
        self.shelf = Shelf(background)
        self.lists = ResultList(self.shelf)
        self._asked_at = 0.0
        self._moment = Moment(0.0, 0.0, background.states, {}, {})

    def compose(self) -> ComposeResult:
        """The lists."""
        yield self.lists

    def main(self) -> Widget:
        """The list that is shown."""
        return self.lists.shown

    def tick(self, moment: Moment) -> None:
        """The Store is asked every other second."""
        self._moment, self.lists.now = moment, moment.now
        if not 0 <= moment.now - self._asked_at < RENEW_S:
            self.read()

    @work(exclusive=True)
    async def read(self) -> None:
        """Look at the Store again."""
        self._asked_at = self._moment.now
        try:
            changed, self.lists.problem = await self.shelf.renew(), ""
        except StoreError as error:
            changed, self.lists.problem = False, error.sentence
        (self.lists.renew if changed else self.lists.describe)()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that do not apply are not shown."""
        if action in ("open", "mark", "mark_all", "compare", "export"):
            return self.lists.shown.count > 0
        if action in ("sort", "reverse", "filter"):
            return bool(self.shelf.results) and not self.lists.of_runs
        if action == "inspect":
            result = None if self.lists.of_runs else self.lists.replies.current
            return result is not None and result.board in self._moment.states
        if action == "delete":
            under_way = {run.id for run in self.background.runs if not run.done}
            return not self.background.readonly and self.lists.run not in (None, *under_way)
        return bool(self.shelf.runs) if action == "other" else True

    @on(CellGrid.Moved)
    @on(ResultList.Changed)
    def _changed(self) -> None:
        self.refresh_bindings()

    @on(CellGrid.Opened)
    def action_open(self) -> None:
        """The reply in full; of a run its replies."""
        lists = self.lists
        if not lists.of_runs:
            self.post_message(self.Opened(lists.replies.items, lists.replies.cursor))
        elif (run := lists.run) is not None:
            lists.turn(runs=False)
            lists.filter(f"run:{run}")

    def action_other(self) -> None:
        """Runs instead of replies, or the reverse."""
        self.lists.turn(runs=not self.lists.of_runs)

    def action_mark(self) -> None:
        """Mark or not, and go on to the next."""
        self.lists.mark()

    def action_mark_all(self) -> None:
        """All that are listed, or none."""
        self.lists.mark_all()

    def action_sort(self) -> None:
        """By the next column."""
        self.lists.sort_by_next()

    def action_reverse(self) -> None:
        """The other way round."""
        self.lists.sort_by(self.lists.sort)

    def action_filter(self) -> None:
        """Open the filter's line."""
        self.lists.ask()

    def action_back(self) -> None:
        """Drop the filter, then the marks, then back to the wall."""
        if not self.lists.clear():
            self.post_message(self.Left())

    def action_compare(self) -> None:
        """What is marked, else the run under the cursor."""
        if chosen := self.lists.chosen():
            self.post_message(self.Compared([result.id for result in chosen]))
        else:
            self.app.notify("This run has no replies yet", markup=False)

    def action_inspect(self) -> None:
        """Heat and throttling while this reply was made."""
        if (result := self.lists.replies.current) is not None:
            until = unix(result.finished_at)
            self.post_message(self.Inspected(result.board, until - (result.e2e_s or 0.0), until))

    def action_export(self) -> None:
        """What is marked, else what is listed; of runs their replies."""
        from edgetui.ui.screens.export import offer
        from edgetui.ui.tables import of_results

        lists = self.lists
        results = lists.chosen() if lists.marked or lists.of_runs else lists.replies.items
        offer(self.app, of_results(results), self._moment.now)

    def action_delete(self) -> None:
        """Forget the run under the cursor, after a yes."""
        if (run := self.lists.run) is None:
            return
        words = [
            f"{run} with its {len(self.shelf.of_runs((run,)))} replies, their samples and scores.",
            f"There is no way back. A copy is kept by: edgetui results export {run} -o FILE",
        ]
        ask(self.app, "Forget this run?", words, "Forget it", "Keep it", lambda: self._delete(run))

    @work
    async def _delete(self, run: str) -> None:
        try:
            await asyncio.wrap_future(self.background.consult(lambda store: store.delete_run(run)))
        except StoreError as error:
            self.notify(error.sentence, severity="error", markup=False)
        self.lists.marked.clear()
        self.read()
