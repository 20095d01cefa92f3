"""A small picture with its name under it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from edgetui.ui.drawing.half_blocks import Cell
from edgetui.ui.drawing.ink import Ink, cells, shorten
from edgetui.ui.widgets.inked import Inked


class Picture(Inked):
    """Draws ready-made half-blocks; the last line is for words."""

    DEFAULT_CSS = "Picture { width: 32; height: 9; background: $surface; }"

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[Strip] = []
        self._words = ""
        self._ink: Ink = "muted"

    def show(self, rows: Sequence[Sequence[Cell]], words: str, ink: Ink = "muted") -> None:
        """Another picture; no rows: words alone. ``words``: clean."""
        self._rows = strips(rows)
        self._words, self._ink = words, ink
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Centred in the widget."""
        columns = self.size.width
        if y < len(self._rows):
            row = self._rows[y]
            return self._centred(row, columns)
        if y == len(self._rows):
            words = shorten(self._words, columns)
            return self._centred(Strip([Segment(words, self.inks[self._ink])], cells(words)), columns)
        return self.blank()

    def _centred(self, row: Strip, columns: int) -> Strip:
        left = (columns - row.cell_length) // 2
        pad = Strip([Segment(" " * left, self.inks["text"])], left)
        return Strip.join([pad, row]).adjust_cell_length(columns, self.inks["text"])


def strips(rows: Sequence[Sequence[Cell]]) -> list[Strip]:
    """A line for each row of half-blocks."""
    return [Strip([Segment("▀", _style(cell)) for cell in row], len(row)) for row in rows]


def _style(cell: Cell) -> Style:
    upper, lower = cell
    return Style(color=Color.from_rgb(*upper), bgcolor=Color.from_rgb(*lower))
