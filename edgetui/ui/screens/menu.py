"""One of a few things to do, each with its effect in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widgets import Static

from edgetui.ui.drawing.ink import Ink, Line, fit
from edgetui.ui.palette import strip
from edgetui.ui.widgets.inked import Inked
from edgetui.ui.widgets.key_bar import KeyBar

MOST = 11
"""Rows at once, so that the smallest terminal has room for them."""


class _Rows(Inked):
    """A row for each, as many as have room; the cursor's is bright."""

    def __init__(self, rows: Sequence[str]) -> None:
        super().__init__()
        self.rows, self.at = rows, 0
        self.first = 0
        self.styles.height = min(MOST, len(rows))

    def go(self, row: int) -> None:
        """Put the cursor there, in sight."""
        self.at = row
        self.first = min(row, max(self.first, row - MOST + 1))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One of them."""
        y += self.first
        here = y == self.at
        ink: Ink = "cursor-pill" if here else "text"
        line: Line = [(" ▸ " if here else "   ", ink), (self.rows[y], ink)] if y < len(self.rows) else []
        return strip(fit(line, self.size.width), self.inks)


class Menu(ModalScreen[int]):
    """The number of what was chosen, or None."""

    DEFAULT_CSS = """
    Menu { align: center middle; }
    Menu > Vertical {
        width: 64; max-width: 95%; height: auto; max-height: 95%; padding: 1 2 0 2;
        border: round $accent; background: $surface; border-title-color: $accent; border-title-style: bold;
    }
    Menu _Rows { background: $surface; }
    Menu Static { height: 3; margin: 1 0 0 1; color: $foreground; }
    Menu KeyBar { background: $surface; margin: 0; }
    """
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", id="menu.up", show=False),
        Binding("down,j", "move(1)", "Down", id="menu.down", show=False),
        Binding("enter", "choose", "Choose", id="menu.choose"),
        Binding("escape", "leave", "Leave", id="menu.leave"),
    ]

    def __init__(self, title: str, rows: Sequence[tuple[str, str]]) -> None:
        """``rows``: what it is called, and its effect."""
        super().__init__()
        self._title, self._effects = title, [effect for _, effect in rows]
        self._list = _Rows([name for name, _ in rows])
        self._effect = Static(self._effects[0], markup=False)

    def compose(self) -> ComposeResult:
        """The rows, the effect of the one under the cursor, the keys."""
        with Vertical() as box:
            box.border_title = self._title
            yield self._list
            yield self._effect
            yield KeyBar()

    def action_move(self, step: int) -> None:
        """The next row, round the corner."""
        self._go((self._list.at + step) % len(self._effects))

    def _go(self, row: int) -> None:
        self._list.go(row)
        self._effect.update(self._effects[row])

    def action_choose(self) -> None:
        """The row under the cursor."""
        self.dismiss(self._list.at)

    def action_leave(self) -> None:
        """None of them."""
        self.dismiss(None)

    def on_click(self, event: events.Click) -> None:
        """The row under the pointer, a second click chooses it."""
        row = self._list.first + event.y
        if event.widget is not self._list or row >= len(self._effects):
            return
        if row == self._list.at:
            self.action_choose()
        else:
            self._go(row)
