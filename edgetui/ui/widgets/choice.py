"""One of a few, on one line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip

from edgetui.ui.drawing.ink import Line, fit, width
from edgetui.ui.palette import strip
from edgetui.ui.widgets.inked import Inked

LABEL = 10


class Choice(Inked, can_focus=True):
    """``label  ● this  ○ that``: arrows or a click choose."""

    DEFAULT_CSS = """
    Choice { height: 1; background: $surface; }
    Choice:focus { background: $block-cursor-blurred-background; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,space", "step(1)", "Next", show=False),
        Binding("left", "step(-1)", "Previous", show=False),
    ]

    class Changed(Message):
        """Another one is chosen."""

    def __init__(self, label: str, options: Sequence[tuple[str, str]], value: str) -> None:
        """``options``: (value, words)."""
        super().__init__()
        self._label, self._options = label, list(options)
        self.value = value if any(value == v for v, _ in options) else self._options[0][0]

    def render_line(self, y: int) -> Strip:
        """The chosen one bright."""
        line: Line = [(f"{self._label:<{LABEL}}", "muted")]
        for value, words in self._options:
            here = value == self.value
            line.append((f"{'●' if here else '○'} {words}   ", "accent-strong" if here else "text"))
        return strip(fit(line, self.size.width), self.inks) if y == 0 else self.blank()

    def choose(self, value: str) -> None:
        """Take this one."""
        if value != self.value:
            self.value = value
            self.refresh()
            self.post_message(self.Changed())

    def action_step(self, step: int) -> None:
        """The next one, round the corner."""
        values = [value for value, _ in self._options]
        self.choose(values[(values.index(self.value) + step) % len(values)])

    def on_click(self, event: events.Click) -> None:
        """The one under the pointer."""
        start = LABEL
        for value, words in self._options:
            end = start + width([(f"● {words}   ", "text")])
            if start <= event.x < end:
                self.choose(value)
            start = end
