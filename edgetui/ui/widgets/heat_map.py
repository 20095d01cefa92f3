"""The map of a campaign in one widget: a row for each task and model, a column for each board."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.geometry import Size
from textual.strip import Strip

from edgetui.ui.drawing.campaign import Place, Square
from edgetui.ui.drawing.campaign_map import label, tile
from edgetui.ui.drawing.ink import Line, cells, fit
from edgetui.ui.palette import strip
from edgetui.ui.widgets.cell_grid import CellGrid

NARROWEST, WIDEST = 8, 18
"""Columns of a tile …"""
LEGIBLE = 11
"""… where not all boards can be in sight anyway."""
LABEL = 34
"""Columns that the names of task and model take at most …"""
SHORTEST = 15
"""… and at least, where boards have no room otherwise."""


class HeatMap(CellGrid):
    """Boards that have no room are scrolled to, as rows are."""

    def __init__(self) -> None:
        super().__init__()
        self.boards: Sequence[str] = ()
        self.rows: Sequence[tuple[str, str]] = ()
        """(task, model)."""
        self.reference = ""
        self.first = 0
        """The leftmost board in sight."""
        self.in_sight = 1
        self.label_width = LABEL
        self._squares: Mapping[Place, Square] = {}

    def open(self, boards: Sequence[str], rows: Sequence[tuple[str, str]], reference: str) -> None:
        """Another campaign."""
        self.boards, self.rows, self.reference = boards, rows, reference
        self.count, self.cursor, self.first = len(boards) * len(rows), 0, 0
        self.arrange_cells()

    def show(self, squares: Mapping[Place, Square]) -> None:
        """What has become of it by now."""
        self._squares = squares
        self.refresh()

    def plan(self, size: Size) -> tuple[int, int]:
        """All boards a column each; as many lines a row as fit, three at most."""
        high = size.height // max(1, len(self.rows))
        return max(1, len(self.boards)), max(1, min(3, high))

    def arrange_cells(self) -> None:
        """Names first, then as many boards as have room."""
        super().arrange_cells()
        size = self.container_size if self.container_size.width else self.size
        longest = max((cells(f"{task} {model}") for task, model in self.rows), default=0) + 3
        if self.cell_height > 1:
            longest = max((max(cells(task) + 2, cells(model) + 4) for task, model in self.rows), default=0)
        needed = len(self.boards) * NARROWEST + 1
        self.label_width = min(LABEL, longest, max(SHORTEST, size.width - needed))
        room = size.width - self.label_width - 1
        narrowest = NARROWEST
        if len(self.boards) * NARROWEST > room:
            room, narrowest = room - cells("+999"), LEGIBLE
        self.in_sight = max(1, min(len(self.boards), room // narrowest))
        self.cell_width = max(2, min(WIDEST, room // self.in_sight))
        self._follow()

    def header(self) -> Line:
        """Names of the boards in sight, above their columns."""
        line: Line = [(" " * self.label_width, "text")]
        for name in self.boards[self.first : self.first + self.in_sight]:
            mark = "◆" if name == self.reference else ""
            line += fit([(f" {mark}{name}", "strong")], self.cell_width)
        hidden = len(self.boards) - self.first - self.in_sight
        return [*line, (f"+{hidden}" if hidden > 0 else "", "accent")]

    @property
    def place(self) -> Place | None:
        """Under the cursor."""
        if not self.count:
            return None
        row, column = divmod(self.cursor, self.columns)
        return Place(self.boards[column], *self.rows[row])

    @property
    def square(self) -> Square | None:
        """Under the cursor."""
        place = self.place
        return self._squares.get(place) if place else None

    def render_line(self, y: int) -> Strip:
        """One line through the tiles in sight."""
        if self.cell_width < 2:
            self.arrange_cells()
        row, line = divmod(y + self.scroll_offset.y, self.cell_height)
        if row >= len(self.rows):
            return self.blank()
        spans: Line = list(label(*self.rows[row], self.label_width, self.cell_height)[line])
        for column in range(self.first, min(len(self.boards), self.first + self.in_sight)):
            spans += self.cell(row * self.columns + column)[line]
        return strip(fit(spans, self.size.width), self.inks)

    def cell(self, index: int) -> list[Line]:
        """A tile."""
        row, column = divmod(index, self.columns)
        board = self.boards[column]
        square = self._squares.get(Place(board, *self.rows[row]))
        at = index == self.cursor
        return tile(square, self.cell_width, self.cell_height, cursor=at, reference=board == self.reference)

    def index_at(self, x: int, y: int) -> int | None:
        """The tile at a place of the widget."""
        column, row = (x - self.label_width) // self.cell_width, (y + self.scroll_offset.y) // self.cell_height
        if x < self.label_width or column >= self.in_sight or row >= len(self.rows):
            return None
        return row * self.columns + self.first + column

    def move_to(self, index: int) -> None:
        """The cursor's board comes into sight."""
        super().move_to(index)
        self._follow()

    def action_move(self, x: int, y: int) -> None:
        """Left and right end at the edges: they do not go on in another row."""
        column = self.cursor % self.columns + x
        if 0 <= column < self.columns:
            super().action_move(x, y)

    def _follow(self) -> None:
        column = self.cursor % self.columns
        first = max(column - self.in_sight + 1, min(self.first, column))
        first = max(0, min(first, len(self.boards) - self.in_sight))
        if first != self.first:
            self.first = first
            self.refresh()
