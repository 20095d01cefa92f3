"""Help for what has the focus: its bindings, as they are now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.dom import DOMNode
from textual.screen import ModalScreen

from edgetui.ui.drawing.ink import Line, shorten
from edgetui.ui.drawing.wrap import wrap
from edgetui.ui.widgets.lines import Lines

EDGES = 7
"""Columns of the box that are no text: frame, padding, scroll bar."""
MEANING_AT = 35
"""Columns before an action's meaning: its keys and its name."""


def help_lines(bindings: Sequence[ActiveBinding], shown: Callable[[Binding], str], columns: int) -> list[Line]:
    """Under the name of who has it: keys, name and meaning of each action, those of the last line first.

    ``shown``: how a binding's key is written. What has no id is Textual's own business.
    """
    sections: defaultdict[str, dict[str, Binding]] = defaultdict(dict)
    keys: defaultdict[str, list[str]] = defaultdict(list)
    for active in bindings:
        keys[active.binding.action].append(shown(active.binding))
        if active.binding.id:
            owner = "Everywhere" if isinstance(active.node, App) else _place(active.node)
            sections[owner].setdefault(active.binding.action, active.binding)
    lines: list[Line] = []
    for owner, actions in sections.items():
        lines += [[], [(owner, "accent-strong")]] if lines else [[(owner, "accent-strong")]]
        for action, binding in sorted(actions.items(), key=lambda item: not item[1].show):
            names = shorten("  ".join(sorted(keys[action], key=len)), 14)
            first, *more = wrap(binding.tooltip, columns - MEANING_AT)
            words: Line = [(f"  {names:<15}", "strong"), (f"{binding.description:<18}", "text")]
            lines.append([*words, (first, "muted")])
            lines += [[(f"{'':<{MEANING_AT}}{row.strip()}", "muted")] for row in more]
    return lines


PLACES = {
    "StreamBoard": "Run",
    "Reader": "Run",
    "Lines": "Scrolling",
    "Ledger": "List",
    "ModelMatrix": "Models",
    "HeatMap": "Campaign",
    "Timelines": "Throttle",
    "Inspector": "Throttle",
}
"""What people call a widget or view whose class has another name."""


def _place(node: DOMNode) -> str:
    """``Wall`` for the wall as for its view: to people they are one, and it is called as in the top line."""
    name = type(node).__name__.removesuffix("View")
    return PLACES.get(name, name)


class Help(ModalScreen[None]):
    """A box of lines; any of its keys closes it."""

    DEFAULT_CSS = """
    Help { align: center middle; }
    Help > Lines {
        width: 88; max-width: 95%; height: auto; max-height: 85%; padding: 1 2;
        border: round $accent; background: $surface; border-title-color: $accent; border-title-style: bold;
        border-subtitle-color: $muted;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,f1,q,enter", "dismiss", "Close", id="help.close")
    ]

    def __init__(self, bindings: Sequence[ActiveBinding], shown: Callable[[Binding], str]) -> None:
        super().__init__()
        self._active, self._shown = bindings, shown

    def compose(self) -> ComposeResult:
        """The lines in a frame."""
        box = Lines()
        box.border_title = "Keys that work here"
        box.border_subtitle = "esc closes · ctrl+p finds every command by name"
        yield box

    def on_resize(self) -> None:
        """Fill the box."""
        columns = min(88, self.size.width * 95 // 100) - EDGES
        self.query_one(Lines).show(help_lines(self._active, self._shown, columns))
