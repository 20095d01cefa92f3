"""One board in detail."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget

from edgetui.config import Config
from edgetui.ui.drawing.detail import detail
from edgetui.ui.moment import Moment
from edgetui.ui.screens.view import View
from edgetui.ui.widgets.lines import Lines


class BoardView(View):
    """Lines of one board, drawn again each second."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", id="board.back", tooltip="Back to the wall"),
        Binding(
            "left,h",
            "other(-1)",
            "Previous board",
            id="board.previous",
            tooltip="In the order of the configuration",
        ),
        Binding("right,l", "other(1)", "Next board", id="board.next", tooltip="In the order of the configuration"),
    ]

    def __init__(self, config: Config, *, id: str) -> None:
        super().__init__(id=id)
        self.config = config
        self.board = ""
        self.lines = Lines()
        self._moment: Moment | None = None

    def compose(self) -> ComposeResult:
        """Lines, nothing else."""
        yield self.lines

    def main(self) -> Widget:
        """The lines."""
        return self.lines

    def open(self, board: str) -> None:
        """Show another board from its top."""
        self.board = board
        self.lines.scroll_home(animate=False)
        if self._moment is not None:
            self.tick(self._moment)

    def tick(self, moment: Moment) -> None:
        """Draw the board as of ``moment``."""
        self._moment = moment
        configured = {b.name: b for b in self.config.board}
        if self.board in configured:
            columns = self.lines.scrollable_content_region.width
            self.lines.show(detail(configured[self.board], moment.states[self.board], moment.now, columns))

    def action_back(self) -> None:
        """To the wall."""
        self.post_message(self.Left())

    def action_other(self, step: int) -> None:
        """The next board, round the corner."""
        names = [b.name for b in self.config.board]
        self.open(names[(names.index(self.board) + step) % len(names)])
