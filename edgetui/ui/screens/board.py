"""One board in detail, and what can be done to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget

from edgetui.cluster.background import Background
from edgetui.config import Config
from edgetui.ui.drawing.detail import detail
from edgetui.ui.moment import Moment
from edgetui.ui.screens.view import View
from edgetui.ui.widgets.lines import Lines

if TYPE_CHECKING:
    from edgetui.cluster.actions import Action


class BoardView(View):
    """Lines of one board, drawn again each second; while it is shown the board is visited."""

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
        Binding("o", "act", "Actions", id="board.act", tooltip="Restart, unload, power mode, governor, reboot"),
    ]

    class Acted(Message):
        """Something is to be done to a board."""

        def __init__(self, board: str, actions: tuple[Action, ...]) -> None:
            super().__init__()
            self.board = board
            self.actions = actions
            """To choose from."""

    def __init__(self, config: Config, background: Background, *, id: str) -> None:
        super().__init__(id=id)
        self.config, self.background = config, background
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
        self.refresh_bindings()
        if self._moment is not None:
            self.tick(self._moment)

    def tick(self, moment: Moment) -> None:
        """Draw the board as of ``moment``."""
        self._moment = moment
        configured = {b.name: b for b in self.config.board}
        if self.board in configured:
            columns = self.lines.scrollable_content_region.width
            seen = self.background.visit(self.board)
            state = moment.states[self.board]
            self.lines.show(detail(configured[self.board], state, seen, moment.now, columns))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Where nothing may be changed, actions are not there."""
        return not (action == "act" and self.background.readonly)

    def action_back(self) -> None:
        """To the wall."""
        self.post_message(self.Left())

    def action_other(self, step: int) -> None:
        """The next board, round the corner."""
        names = [b.name for b in self.config.board]
        self.open(names[(names.index(self.board) + step) % len(names)])

    def action_act(self) -> None:
        """Ask what is to be done."""
        from edgetui.cluster.actions import actions

        found = actions(self.background.states[self.board], self.background.visit(self.board))
        self.post_message(self.Acted(self.board, found))
