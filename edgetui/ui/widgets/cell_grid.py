"""A virtual grid of equal cells in one line-API widget: what is off-screen costs nothing."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from edgetui.ui.drawing.ink import Line, fit
from edgetui.ui.palette import strip
from edgetui.ui.widgets.inked import Inked


class CellGrid(ScrollView, Inked, can_focus=True, inherit_bindings=False):
    """Cursor, scrolling and mouse over ``count`` cells; subclasses plan the grid and draw a cell."""

    DEFAULT_CSS = """
    CellGrid { height: 1fr; background: $background; overflow-x: hidden; scrollbar-size-vertical: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "move(-1, 0)", "Left", id="move.left", show=False),
        Binding("right,l", "move(1, 0)", "Right", id="move.right", show=False),
        Binding("up,k", "move(0, -1)", "Up", id="move.up", show=False),
        Binding("down,j", "move(0, 1)", "Down", id="move.down", show=False),
        Binding("home", "move_to(0)", "First", id="move.first", show=False),
        Binding("end,G", "move_to(-1)", "Last", id="move.last", show=False),
        Binding("pageup", "page(-1)", "Page up", id="move.page_up", show=False),
        Binding("pagedown", "page(1)", "Page down", id="move.page_down", show=False),
    ]

    class Moved(Message):
        """The cursor is on another cell."""

    class Opened(Message):
        """The cell under the cursor was clicked twice."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.cursor = 0
        self.columns = 1
        self.cell_width = 1
        self.cell_height = 1

    def plan(self, size: Size) -> tuple[int, int]:
        """(columns, rows of one cell) for ``count`` cells in ``size``."""
        raise NotImplementedError

    def cell(self, index: int) -> list[Line]:
        """The ``cell_height`` lines of a cell, ``cell_width`` wide."""
        raise NotImplementedError

    def arrange_cells(self) -> None:
        """Plan again: after another size or number of cells."""
        size = self.container_size if self.container_size.width else self.size
        self.columns, self.cell_height = self.plan(size)
        rows = -(-self.count // self.columns)
        bar = 1 if rows * self.cell_height > size.height else 0
        self.cell_width = max(1, (size.width - bar) // self.columns)
        self.forget()
        self.virtual_size = Size(size.width - bar, rows * self.cell_height)
        self.cursor = max(0, min(self.cursor, self.count - 1))
        self.refresh()

    def on_resize(self) -> None:
        """Another size needs another plan, and the cursor stays in sight."""
        self.arrange_cells()
        self._reveal()

    def render_line(self, y: int) -> Strip:
        """One line through all cells of a row."""
        if self.cell_width < 2 and self.size.width > 1:  # the first paint comes before the first Resize
            self.arrange_cells()
        if self.cell_width < 2:
            return self.blank()
        row, line = divmod(y + self.scroll_offset.y, self.cell_height)
        first = row * self.columns
        spans: Line = []
        for index in range(first, min(first + self.columns, self.count)):
            spans += self.cell(index)[line]
        return strip(fit(spans, self.size.width), self.inks)

    def refresh_cell(self, index: int) -> None:
        """Repaint the whole lines of a cell: partial lines cost as much (upstream #5625)."""
        top = index // self.columns * self.cell_height - self.scroll_offset.y
        self.refresh(Region(0, top, self.size.width, self.cell_height))

    def move_to(self, index: int) -> None:
        """Put the cursor on a cell and scroll it into sight."""
        index = max(0, min(index, self.count - 1))
        if index == self.cursor:
            return
        before, self.cursor = self.cursor, index
        self.refresh_cell(before)
        self.refresh_cell(index)
        self._reveal()
        self.post_message(self.Moved())

    def _reveal(self) -> None:
        top = self.cursor // self.columns * self.cell_height
        self.scroll_to_region(Region(0, top, 1, self.cell_height), animate=False, force=True)

    def action_move(self, x: int, y: int) -> None:
        """Move by cells; never past the edges."""
        target = self.cursor + x + y * self.columns
        if 0 <= target < self.count:
            self.move_to(target)
        elif y > 0 and self.cursor // self.columns < (self.count - 1) // self.columns:
            self.move_to(self.count - 1)

    def action_move_to(self, index: int) -> None:
        """To the first (0) or the last (-1) cell."""
        self.move_to(index if index >= 0 else self.count - 1)

    def action_page(self, sign: int) -> None:
        """Move by a screenful of rows."""
        rows = max(1, self.size.height // self.cell_height)
        self.move_to(self.cursor + sign * rows * self.columns)

    def index_at(self, x: int, y: int) -> int | None:
        """The cell at a place of the widget; None beside the cells."""
        column = x // self.cell_width
        index = (y + self.scroll_offset.y) // self.cell_height * self.columns + column
        return index if column < self.columns and index < self.count else None

    def on_click(self, event: events.Click) -> None:
        """One click moves the cursor, two open."""
        index = self.index_at(event.x, event.y)
        if index is None:
            return
        self.move_to(index)
        if event.chain == 2:
            self.post_message(self.Opened())
