"""One answer in full, with scrollback."""

from __future__ import annotations

from collections.abc import Sequence

from textual.strip import Strip

from edgetui.cluster.live import LiveReply
from edgetui.model import hostile
from edgetui.ui.drawing import numbers, words
from edgetui.ui.drawing.ink import Line
from edgetui.ui.drawing.pane import Answer
from edgetui.ui.drawing.reader import preamble
from edgetui.ui.widgets.lines import Lines


class Reader(Lines):
    """Follows a live reply; a finished one is rendered as Markdown once, unless plain text is asked for."""

    DEFAULT_CSS = """
    Reader { border: round $accent; border-title-color: $foreground; border-title-style: bold; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.cell: LiveReply | None = None
        self.formatted = True
        self._answer: Answer | None = None
        self._rendered: tuple[tuple[object, ...], Sequence[Strip]] | None = None

    def open(self, cell: LiveReply | None) -> None:
        """Show another reply from its top, or from where it is streaming; None: nothing."""
        self.cell, self._answer, self._rendered = cell, None, None
        self.follow = cell is not None and not cell.done
        self.scroll_home(animate=False, immediate=True)

    def step(self, mono: float, comparison: str) -> None:
        """Take in what has come. ``mono``: monotonic s; ``comparison``: with the reference, may be empty."""
        live, columns = self.cell, self.scrollable_content_region.width
        if live is None or columns < 1:
            return
        if self._answer is None or self._answer.columns != columns:
            self._answer = Answer(live, columns)
        self._answer.read()
        mark = words.RUNNING if live.reply is None else words.outcome(live.reply.outcome)[0]
        state = live.phase if live.reply is None else live.reply.outcome
        self.border_title = f"{mark} {live.request.board} · {state} · {numbers.stopwatch(live.elapsed_s(mono))}"
        self.show([*preamble(live, mono, comparison, columns), *self._body(self._answer, live, columns)])

    def _body(self, answer: Answer, live: LiveReply, columns: int) -> Sequence[Line | Strip]:
        if live.reply is None or not self.formatted:
            return [*answer.thoughts(), *answer.everything()]
        key = (columns, id(self.inks))
        if self._rendered is None or self._rendered[0] != key:
            from edgetui.ui.widgets.rich_answer import render

            text = hostile.clean("".join(live.pieces))
            self._rendered = key, render(text, columns, self.inks)
        return [*answer.thoughts(), *self._rendered[1], *answer.reason()]
