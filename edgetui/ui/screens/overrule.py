"""A person's verdict on one answer."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from edgetui.model.score import Overruling
from edgetui.ui.widgets.key_bar import KeyBar

_WORDS = {"pass": (1.0, True), "right": (1.0, True), "fail": (0.0, False), "wrong": (0.0, False)}


class Overrule(ModalScreen[Overruling | None]):
    """The verdict and why; both it and the automatic one are kept."""

    DEFAULT_CSS = """
    Overrule { align: center middle; }
    Overrule > Vertical {
        width: 72; max-width: 95%; height: auto; max-height: 90%; padding: 1 2 0 2;
        border: round $accent; background: $surface; border-title-color: $accent; border-title-style: bold;
    }
    Overrule Static { height: auto; color: $muted; }
    Overrule Input, Overrule Input:focus { height: 1; border: none; padding: 0 1; background: $panel; }
    Overrule Input { margin-bottom: 1; }
    Overrule #problem { color: $error; height: 1; }
    Overrule KeyBar { background: $surface; margin: 0; }
    """
    AUTO_FOCUS = "#verdict"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "done", "Keep it", id="overrule.done", priority=True),
        Binding("tab", "app.focus_next", "Next field", id="overrule.next", show=True),
        Binding("escape", "dismiss(None)", "Leave it", id="overrule.leave"),
    ]

    def __init__(self, at: float) -> None:
        """``at``: Unix s at which it is said."""
        super().__init__()
        self._at = at

    def compose(self) -> ComposeResult:
        """Two fields, the keys."""
        with Vertical() as box:
            box.border_title = "Overrule the score"
            yield Static("Verdict: pass, fail, or a value from 0 to 1", markup=False)
            yield Input(id="verdict", compact=True)
            yield Static("Why: what the rule did not see", markup=False)
            yield Input(id="why", compact=True)
            yield Static(id="problem", markup=False)
            yield KeyBar()

    @on(Input.Changed)
    def _typed(self) -> None:
        self.query_one("#problem", Static).update("")

    def action_done(self) -> None:
        """Close with the verdict, if it is one."""
        said, why = (self.query_one(name, Input).value.strip() for name in ("#verdict", "#why"))
        verdict = _verdict(said)
        if verdict is None:
            self.query_one("#problem", Static).update("give pass, fail or a value from 0 to 1")
        elif not why:
            self.query_one("#problem", Static).update("say what the rule did not see")
            self.query_one("#why").focus()
        else:
            self.dismiss(Overruling(value=verdict[0], passed=verdict[1], why=why, at=self._at))


def _verdict(text: str) -> tuple[float, bool | None] | None:
    if text in _WORDS:
        return _WORDS[text]
    try:
        value = float(text)
    except ValueError:
        return None
    return (value, None) if 0 <= value <= 1 else None
