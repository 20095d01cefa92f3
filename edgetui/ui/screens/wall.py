"""The first view: the wall with its filter, order and marks."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from edgetui.cluster.background import Background
from edgetui.config import Config
from edgetui.model import State, hostile
from edgetui.ui.drawing.first_start import first_start
from edgetui.ui.drawing.ink import Span
from edgetui.ui.moment import Moment
from edgetui.ui.screens.confirm import ask
from edgetui.ui.screens.view import View
from edgetui.ui.selection import SORTS, Sort, reference, select
from edgetui.ui.widgets.cell_grid import CellGrid
from edgetui.ui.widgets.lines import Lines
from edgetui.ui.widgets.wall import Wall


class WallView(View):
    """Marks, filters, sorts; accepts host keys and retries for the board under the cursor."""

    DEFAULT_CSS = """
    WallView > Input { height: 1; border: none; padding: 0 1; background: $panel; }
    WallView > Input:focus { border: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "space", "mark", "Mark", id="wall.mark", tooltip="Mark the board under the cursor for the next run"
        ),
        Binding("a", "mark_all", "All", id="wall.all", tooltip="Mark all boards shown, or none if all are"),
        Binding("enter,d", "open", "Details", id="wall.open", tooltip="All that is known of the board"),
        Binding("R", "app.again", "Again", id="wall.again", show=False, tooltip="Fire the last run once more"),
        Binding("A", "accept", "Accept key", id="wall.accept", tooltip="Trust the host key that the card shows"),
        Binding("u", "retry", "Retry now", id="wall.retry", tooltip="Connect now instead of waiting"),
        Binding("slash", "filter", "Filter", id="wall.filter", tooltip="By name, tag, state or family"),
        Binding("s", "sort", "Sort", id="wall.sort", tooltip="As configured, name, state, temperature, throttling"),
        Binding("p", "pause", "Pause", id="wall.pause", tooltip="Hold the picture; the boards go on"),
        Binding("escape", "clear", "Show all", id="wall.clear", tooltip="Drop the filter"),
    ]

    class Opened(Message):
        """A board is to be shown in detail."""

        def __init__(self, board: str) -> None:
            super().__init__()
            self.board = board

    def __init__(self, config: Config, background: Background, *, id: str) -> None:
        super().__init__(id=id)
        self.config, self.background = config, background
        self.wall = Wall()
        self.welcome = Lines()
        self.sort: Sort = SORTS[0]
        self.query_text = ""
        self.paused = False
        self._moment = Moment(0.0, 0.0, background.states, {}, {})
        self._offers = (False, False)

    def compose(self) -> ComposeResult:
        """The wall, or how to get one; the filter comes when it is asked for."""
        yield self.main()

    def main(self) -> Widget:
        """The wall, or the words of a first start."""
        return self.wall if self.config.board else self.welcome

    def notes(self) -> list[Span]:
        """Paused, filter, order, marks."""
        notes: list[Span] = [("paused", "warn-pill")] if self.paused else []
        if self.query_text:
            notes.append((f"{len(self.wall.boards)} of {len(self.config.board)} shown", "accent"))
        if self.sort != SORTS[0]:
            notes.append((f"by {self.sort}", "accent"))
        if self.wall.marked:
            notes.append((f"✓ {len(self.wall.marked)} marked", "accent"))
        return notes

    def tick(self, moment: Moment) -> None:
        """Show the moment unless paused."""
        if not self.config.board:
            self.welcome.show(first_start(str(self.config.path or "config.toml")))
        elif not self.paused:
            self._moment = moment
            self._show()

    def _show(self) -> None:
        first = reference(self.config)
        names = select(self.config.board, self._moment.states, self.query_text, self.sort, first)
        self.wall.show(names, self._moment)
        self._offer()

    def _state(self) -> State | None:
        current = self.wall.current
        return None if current is None else self.background.states.get(current)

    @on(CellGrid.Moved)
    def _offer(self) -> None:
        """Which of the conditional keys apply to the board under the cursor."""
        offers = (self.can_accept(), self.can_retry())
        if offers != self._offers:
            self._offers = offers
            self.refresh_bindings()

    def can_accept(self) -> bool:
        """Is the board refused for an unknown host key?"""
        state = self._state()
        return state is not None and state.link == "refused" and bool(state.fingerprint)

    def can_retry(self) -> bool:
        """Is the board without link?"""
        state = self._state()
        return state is not None and state.link in ("down", "refused")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that do not apply are not shown."""
        if action == "accept":
            return self.can_accept()
        if action == "retry":
            return self.can_retry()
        if action == "clear":
            return bool(self.query_text) or bool(self.query(Input))
        if action in ("mark", "mark_all", "open", "sort", "filter", "pause"):
            return bool(self.config.board)
        return True

    def action_mark(self) -> None:
        """Mark or unmark, and go on to the next."""
        if (current := self.wall.current) is not None:
            self.wall.mark(self.wall.marked ^ {current})
            self.wall.move_to(self.wall.cursor + 1)
            self.post_message(self.Noted())

    def action_mark_all(self) -> None:
        """Mark all that are shown; unmark them where all are."""
        shown = set(self.wall.boards)
        self.wall.mark(self.wall.marked - shown if shown <= self.wall.marked else self.wall.marked | shown)
        self.post_message(self.Noted())

    @on(CellGrid.Opened)
    def action_open(self) -> None:
        """Ask for the details."""
        if (current := self.wall.current) is not None:
            self.post_message(self.Opened(current))

    def action_sort(self) -> None:
        """The next order."""
        self.sort = SORTS[(SORTS.index(self.sort) + 1) % len(SORTS)]
        self._show()
        self.post_message(self.Noted())

    def action_pause(self) -> None:
        """Hold or go on."""
        self.paused = not self.paused
        self.post_message(self.Noted())

    def action_retry(self) -> None:
        """Connect now."""
        if (state := self._state()) is not None:
            self.background.retry(state.board)

    def action_accept(self) -> None:
        """Show the fingerprint and ask."""
        if (state := self._state()) is None:
            return
        board, fingerprint = state.board, state.fingerprint
        words = [
            f"{board} shows a host key that is not known here:",
            hostile.one_line(fingerprint),
            "Compare it with what the board itself prints:\nssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub",
        ]

        def accept() -> None:
            if self.background.states[board].fingerprint == fingerprint:
                self.background.accept_host_key(board)

        ask(self.app, "Unknown host key", words, "Trust and store it", "Leave it", accept)

    def action_filter(self) -> None:
        """Open the filter line."""
        field = next(iter(self.query(Input)), None)
        if field is None:
            field = Input(self.query_text, placeholder="filter: name, tag, state, family", compact=True)
            self.mount(field)
        field.focus()

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        self.query_text = event.value
        self._show()
        self.post_message(self.Noted())

    @on(Input.Submitted)
    def _filtered(self) -> None:
        self.wall.focus()

    def action_clear(self) -> None:
        """Close the filter and show all."""
        self.query_text = ""
        self.query(Input).remove()
        self.wall.focus()
        self._show()
        self.post_message(self.Noted())
