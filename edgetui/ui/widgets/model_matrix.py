"""The matrix of models and boards: a line each, with a cursor that goes sideways too."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events

from edgetui.cluster.models import Row
from edgetui.model.transfer import Transfer
from edgetui.ui.drawing.ink import Line
from edgetui.ui.drawing.models import model_line, name_width, window
from edgetui.ui.widgets.ledger import Ledger


class ModelMatrix(Ledger[Row]):
    """Rows are models; ``column`` is the board under the cursor."""

    def __init__(self, *, id: str) -> None:
        super().__init__(self._row, lambda row: row.model, id=id)
        self.boards: Sequence[str] = ()
        self.moving: Sequence[Transfer] = ()
        self.now = 0.0
        """Monotonic s."""
        self.column = 0

    @property
    def board(self) -> str:
        """Under the cursor; empty without boards."""
        return self.boards[self.column] if self.column < len(self.boards) else ""

    def _row(self, row: Row, columns: int, cursor: bool) -> Line:
        moving = [each for each in self.moving if each.model == row.model]
        return model_line(row, self.boards, self.column, moving, self.now, columns, cursor=cursor)

    def action_move(self, x: int, y: int) -> None:
        """Sideways to another board; never past the edges."""
        column = max(0, min(self.column + x, len(self.boards) - 1))
        if column != self.column:
            self.column = column
            self.refresh()
            self.post_message(self.Moved())
        if y:
            super().action_move(0, y)

    def on_click(self, event: events.Click) -> None:
        """The cell under the pointer."""
        first, count, wide = window(len(self.boards), self.column, self.size.width)
        names = name_width(self.size.width)
        clicked = (event.x - names - 1) // wide
        if event.x > names and clicked < count:
            self.column = min(first + clicked, len(self.boards) - 1)
            self.post_message(self.Moved())
        super().on_click(event)
