"""Line-API widgets that draw with inks."""

from __future__ import annotations

from textual.strip import Strip
from textual.widget import Widget

from edgetui.ui.drawing.ink import Line, fit
from edgetui.ui.palette import Palette, palette, strip


class Inked(Widget):
    """Resolves the theme once per change of style: ``rich_style`` walks all ancestors at each access."""

    ALLOW_SELECT = False
    _inks: Palette | None = None

    @property
    def inks(self) -> Palette:
        """Styles of this widget's inks on its background."""
        if self._inks is None:
            self._inks = palette(self.app.theme_variables, self.background_colors[1])
        return self._inks

    def notify_style_update(self) -> None:
        """Forget what was drawn in the colours of before."""
        super().notify_style_update()
        self._inks = None
        self.forget()

    def forget(self) -> None:
        """Drop cached strips; for widgets that keep some."""

    def blank(self) -> Strip:
        """An empty line of the widget's width."""
        return Strip.blank(self.size.width, self.inks["text"])


class Row(Inked):
    """One line that says what it is told."""

    DEFAULT_CSS = "Row { height: 1; }"

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._line: Line = []

    def show(self, line: Line) -> None:
        """Draw another line; nothing happens where it is the same."""
        if line != self._line:
            self._line = line
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The line, padded or cut to the width."""
        return strip(fit(self._line, self.size.width), self.inks) if y == 0 else self.blank()
