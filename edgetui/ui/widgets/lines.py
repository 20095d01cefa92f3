"""Lines to scroll through: the log, a board's details, a whole answer, help."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from edgetui.ui.drawing.ink import Line, fit
from edgetui.ui.palette import strip
from edgetui.ui.widgets.inked import Inked


class Lines(ScrollView, Inked, can_focus=True, inherit_bindings=False):
    """Draws the lines in sight; with ``follow`` it stays at the end while it is there."""

    DEFAULT_CSS = """
    Lines { height: 1fr; background: $background; padding: 0 1; overflow-x: hidden; scrollbar-size-vertical: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_up", "Up", id="scroll.up", show=False),
        Binding("down,j", "scroll_down", "Down", id="scroll.down", show=False),
        Binding("pageup", "page_up", "Page up", id="scroll.page_up", show=False),
        Binding("pagedown,space", "page_down", "Page down", id="scroll.page_down", show=False),
        Binding("home", "scroll_home", "Top", id="scroll.top", show=False),
        Binding("end,G", "scroll_end", "Bottom", id="scroll.bottom", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.follow = False
        self._lines: Sequence[Line | Strip] = ()

    def show(self, lines: Sequence[Line | Strip]) -> None:
        """Replace what is shown, ready-made strips among it as they are."""
        at_end = self.scroll_offset.y >= self.virtual_size.height - self.size.height
        grown = len(lines) != len(self._lines)
        self._lines = lines
        if grown:
            self.virtual_size = Size(self.size.width, len(lines))
            if self.follow and at_end:
                self.scroll_end(animate=False, immediate=True, x_axis=False)
        self.refresh()

    def on_resize(self) -> None:
        """Its height is the number of lines."""
        self.virtual_size = Size(self.size.width, len(self._lines))

    def render_line(self, y: int) -> Strip:
        """One line of the text."""
        y += self.scroll_offset.y
        if y >= len(self._lines):
            return self.blank()
        line = self._lines[y]
        if isinstance(line, Strip):
            return line.adjust_cell_length(self.size.width, self.inks["text"])
        return strip(fit(line, self.size.width), self.inks)
