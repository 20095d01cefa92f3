"""A password, masked; whoever asked gets it, and it is kept nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from edgetui.ui.widgets.key_bar import KeyBar


class Password(ModalScreen[str]):
    """What was typed, or None. Its own screen ends with it, and the field with the screen."""

    DEFAULT_CSS = """
    Password { align: center middle; }
    Password > Vertical {
        width: 64; max-width: 95%; height: auto; padding: 1 2 0 2;
        border: round $accent; background: $surface; border-title-color: $accent; border-title-style: bold;
    }
    Password Static { height: auto; margin-bottom: 1; }
    Password Input { margin-bottom: 1; }
    Password KeyBar { background: $surface; margin: 0; }
    """
    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", id="password.leave", priority=True),
    ]

    def __init__(self, title: str, paragraphs: Sequence[str]) -> None:
        super().__init__()
        self._title, self._paragraphs = title, paragraphs

    def compose(self) -> ComposeResult:
        """Words, and the field."""
        with Vertical() as box:
            box.border_title = self._title
            for text in self._paragraphs:
                yield Static(text, markup=False)
            yield Input(password=True, placeholder="password, then Enter")
            yield KeyBar()

    @on(Input.Submitted)
    def _typed(self, event: Input.Submitted) -> None:
        typed = event.value
        event.input.clear()
        self.dismiss(typed or None)

    def action_leave(self) -> None:
        """Without one."""
        self.dismiss(None)
