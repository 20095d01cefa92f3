"""What every view of the main screen has."""

from __future__ import annotations

from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget

from edgetui.ui.drawing.ink import Span
from edgetui.ui.moment import Moment


class View(Vertical):
    """Fills the screen between the first and the last line; one is shown at a time."""

    DEFAULT_CSS = "View { height: 1fr; }"

    class Noted(Message):
        """What the first line says of the view may have changed."""

    class Left(Message):
        """Back to another view, the wall where none is named."""

        def __init__(self, to: str = "wall") -> None:
            super().__init__()
            self.to = to

    def tick(self, moment: Moment) -> None:
        """Show a newer moment; called once a second while the view is shown, and when it comes to the front."""
        raise NotImplementedError

    def main(self) -> Widget:
        """The widget that gets the keys when the view comes to the front."""
        raise NotImplementedError

    def notes(self) -> list[Span]:
        """What the first line says of the view, e.g. ``paused``."""
        return []
