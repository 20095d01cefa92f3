"""A question with yes and no."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from edgetui.ui.widgets.key_bar import KeyBar


class Confirm(ModalScreen[bool]):
    """True only after an explicit yes: Enter alone does not confirm."""

    DEFAULT_CSS = """
    Confirm { align: center middle; }
    Confirm > Vertical {
        width: 72; max-width: 95%; height: auto; max-height: 90%; padding: 1 2 0 2;
        border: round $accent; background: $surface; border-title-color: $accent; border-title-style: bold;
    }
    Confirm Static { height: auto; margin-bottom: 1; }
    Confirm KeyBar { background: $surface; margin: 0; }
    """
    AUTO_FOCUS = ""

    def __init__(self, title: str, paragraphs: Sequence[str], yes: str, no: str) -> None:
        super().__init__()
        self._title, self._paragraphs = title, paragraphs
        self._bindings.bind("y", "answer(True)", yes, show=True)
        self._bindings.bind("n,escape", "answer(False)", no, show=True)

    def compose(self) -> ComposeResult:
        """Words, then the two keys."""
        with Vertical() as box:
            box.border_title = self._title
            for text in self._paragraphs:
                yield Static(text, markup=False)
            yield KeyBar()

    def action_answer(self, yes: bool) -> None:
        """Close with the answer."""
        self.dismiss(yes)


def ask(
    app: App[Any], title: str, paragraphs: Sequence[str], yes: str, no: str, then: Callable[[], object]
) -> None:
    """Put the question over what is on the screen; ``then`` is called after a yes only."""

    def answered(answer: bool | None) -> None:
        if answer:
            then()

    app.push_screen(Confirm(title, paragraphs, yes, no), answered)
