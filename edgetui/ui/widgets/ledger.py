"""A list of things, a line each, in one widget: thousands cost no more than a screenful."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

from textual.geometry import Size

from edgetui.ui.drawing.ink import Line
from edgetui.ui.widgets.cell_grid import CellGrid

T = TypeVar("T")


class Ledger(CellGrid, Generic[T]):
    """The cursor is seen while it has the focus; it stays on its thing, but at the top, where the newest comes."""

    def __init__(self, draw: Callable[[T, int, bool], Line], key: Callable[[T], Hashable], *, id: str) -> None:
        """``draw``: thing, columns, whether the cursor is on it; ``key``: what tells it from others."""
        super().__init__()
        self.id = id
        self.items: Sequence[T] = ()
        self._line, self._key = draw, key

    @property
    def current(self) -> T | None:
        """The thing under the cursor."""
        return self.items[self.cursor] if self.cursor < len(self.items) else None

    def show(self, items: Sequence[T], *, top: bool = False) -> None:
        """Replace what is listed. ``top``: back to the first one."""
        current, grown = self.current, len(items) != len(self.items)
        self.items, self.count = items, len(items)
        if top:
            self.cursor = 0
        elif current is not None and self.cursor:
            wanted = self._key(current)
            self.cursor = next((n for n, item in enumerate(items) if self._key(item) == wanted), self.cursor)
        self.cursor = max(0, min(self.cursor, self.count - 1))
        if grown or top:
            self.arrange_cells()
            self._reveal()
        else:
            self.refresh()

    def plan(self, size: Size) -> tuple[int, int]:
        """One column, one line each."""
        return 1, 1

    def cell(self, index: int) -> list[Line]:
        """The line of a thing."""
        cursor = index == self.cursor and self.has_focus
        return [self._line(self.items[index], self.cell_width, cursor)]

    def on_focus(self) -> None:
        """The cursor appears, and what it is on may allow other keys."""
        self.refresh()
        self.post_message(self.Moved())

    def on_blur(self) -> None:
        """The cursor disappears."""
        self.refresh()
