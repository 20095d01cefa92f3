"""The wall: one card per board in one widget."""

from __future__ import annotations

from collections.abc import Sequence

from textual.geometry import Size

from edgetui.ui.drawing.card import FULL_ROWS, SHORT_ROWS, TALL_ROWS, TALLEST_ROWS, Look, card
from edgetui.ui.drawing.ink import Line
from edgetui.ui.drawing.marks import alert_mark
from edgetui.ui.moment import Moment
from edgetui.ui.widgets.cell_grid import CellGrid

NARROWEST = 38
"""Columns of the narrowest card in which all its fields have room."""


class Wall(CellGrid):
    """Draws ``boards`` as of ``moment``; keeps a card until something on it changes."""

    def __init__(self) -> None:
        super().__init__()
        self.boards: Sequence[str] = ()
        self.marked: set[str] = set()
        self.moment = Moment(0.0, 0.0, {}, {}, {})
        self._cards: dict[str, tuple[tuple[object, ...], list[Line]]] = {}

    def plan(self, size: Size) -> tuple[int, int]:
        """As many columns as have room; full or higher cards where all boards or three rows fit."""
        columns = max(1, size.width // NARROWEST)
        rows = -(-self.count // columns) or 1
        room = min(TALLEST_ROWS, size.height // rows)
        if room >= FULL_ROWS:
            return -(-self.count // rows) or 1, room if room >= TALL_ROWS else FULL_ROWS
        return columns, FULL_ROWS if size.height >= 3 * FULL_ROWS else SHORT_ROWS

    @property
    def current(self) -> str | None:
        """The board under the cursor."""
        return self.boards[self.cursor] if self.cursor < len(self.boards) else None

    def show(self, boards: Sequence[str], moment: Moment) -> None:
        """Another order or number of boards, or only a newer moment; the cursor stays on its board."""
        self.moment = moment
        if list(boards) != list(self.boards):
            current = self.current
            self.boards = boards
            self.count = len(boards)
            self.cursor = boards.index(current) if current in boards else min(self.cursor, max(0, self.count - 1))
            self.arrange_cells()
            self.post_message(self.Moved())
        else:
            self.refresh()

    def mark(self, boards: set[str]) -> None:
        """Replace the set of marked boards."""
        changed = self.marked ^ boards
        self.marked = boards
        for index, name in enumerate(self.boards):
            if name in changed:
                self.refresh_cell(index)

    def forget(self) -> None:
        """All cards are drawn anew."""
        self._cards = {}

    def cell(self, index: int) -> list[Line]:
        """A card, from the cache where nothing on it changed."""
        name = self.boards[index]
        at = self.moment
        state, work, waiting = at.states[name], at.work.get(name), at.waiting.get(name, 0)
        look = Look(self.cell_width, self.cell_height, index == self.cursor, name in self.marked)
        moving = work is not None or state.link != "up"
        held, alert = at.held.get(name, ""), alert_mark(at.alerts_of(name), at.now)
        key = (state, work, waiting, look, at.mono if moving else 0.0, held, alert)
        kept = self._cards.get(name)
        if kept is not None and _same(kept[0], key):
            return kept[1]
        lines = card(state, work, waiting, look, at.now, at.mono, held=held, alert=alert)
        self._cards[name] = (key, lines)
        return lines


def _same(kept: tuple[object, ...], key: tuple[object, ...]) -> bool:
    """State and work by identity: comparing their fields would cost more than drawing."""
    return kept[0] is key[0] and kept[1] is key[1] and kept[2:] == key[2:]
