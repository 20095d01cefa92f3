"""The name of a model that shall be pulled."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from edgetui.errors import UsageError
from edgetui.runners.ollama_folder import parse_name
from edgetui.ui.widgets.key_bar import KeyBar


class ModelName(ModalScreen[str]):
    """A whole name, or None."""

    DEFAULT_CSS = """
    ModelName { align: center middle; }
    ModelName > Vertical {
        width: 64; max-width: 95%; height: auto; padding: 1 2 0 2;
        border: round $accent; background: $surface; border-title-color: $accent; border-title-style: bold;
    }
    ModelName Static { height: auto; margin-bottom: 1; }
    ModelName Input { margin-bottom: 1; }
    ModelName KeyBar { background: $surface; margin: 0; }
    """
    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", id="model_name.leave", priority=True),
    ]

    def compose(self) -> ComposeResult:
        """The field, and what it takes."""
        with Vertical() as box:
            box.border_title = "Another model"
            yield Static("As in qwen2.5vl:3b, hf.co/org/repo:Q8_0 or 10.0.0.5:5000/library/mine:tag", markup=False)
            yield Input(placeholder="name, then Enter")
            yield KeyBar()

    @on(Input.Submitted)
    def _typed(self, event: Input.Submitted) -> None:
        try:
            self.dismiss(str(parse_name(event.value.strip())))
        except UsageError as error:
            self.query_one(Static).update(error.sentence)

    def action_leave(self) -> None:
        """Without one."""
        self.dismiss(None)
