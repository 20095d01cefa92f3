"""Help for what has the focus: its bindings, as they are now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.screen import ModalScreen

from edgetui.ui.drawing.ink import Line
from edgetui.ui.widgets.lines import Lines


def help_lines(bindings: Iterable[ActiveBinding], keys: dict[str, list[str]]) -> list[Line]:
    """One line per action under the name of who has it. ``keys``: action to its keys as shown."""
    lines: list[Line] = []
    heading = ""
    seen: set[str] = set()
    for active in bindings:
        binding = active.binding
        if binding.action in seen or not binding.description or binding.system:
            continue
        seen.add(binding.action)
        owner = type(active.node).__name__
        owner = {"EdgeApp": "Everywhere"}.get(owner, owner.removesuffix("View"))
        if owner != heading:
            heading = owner
            lines += [[], [(owner, "accent-strong")]] if lines else [[(owner, "accent-strong")]]
        words = f"{binding.description}: {binding.tooltip}" if binding.tooltip else binding.description
        lines.append([(f"  {' '.join(keys[binding.action]):<16}", "strong"), (words, "text")])
    return lines


class Help(ModalScreen[None]):
    """A box of lines; any of its keys closes it."""

    DEFAULT_CSS = """
    Help { align: center middle; }
    Help > Lines {
        width: 84; max-width: 95%; height: auto; max-height: 85%; padding: 1 2;
        border: round $accent; background: $surface; border-title-color: $accent; border-title-style: bold;
        border-subtitle-color: $muted;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,f1,q,enter", "dismiss", "Close", id="help.close")
    ]

    def __init__(self, lines: list[Line]) -> None:
        super().__init__()
        self._lines = lines

    def compose(self) -> ComposeResult:
        """The lines in a frame."""
        box = Lines()
        box.border_title = "Keys that work here"
        box.border_subtitle = "esc closes · ctrl+p finds every command by name"
        yield box

    def on_mount(self) -> None:
        """Fill the box."""
        self.query_one(Lines).show(self._lines)
