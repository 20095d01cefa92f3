"""The log view: what happened in this session, newest first."""

from __future__ import annotations

from datetime import datetime

from textual.app import ComposeResult
from textual.widget import Widget

from edgetui.ui.drawing.ink import Line, shorten
from edgetui.ui.journal import Entry, Journal
from edgetui.ui.moment import Moment
from edgetui.ui.screens.view import View
from edgetui.ui.widgets.lines import Lines


class LogView(View):
    """Draws the journal again when it has grown."""

    def __init__(self, journal: Journal, *, id: str) -> None:
        super().__init__(id=id)
        self.journal = journal
        self.lines = Lines()
        self._seen: object = None

    def compose(self) -> ComposeResult:
        """Lines, nothing else."""
        yield self.lines

    def main(self) -> Widget:
        """The lines."""
        return self.lines

    def tick(self, moment: Moment) -> None:
        """Newest first; entries have passed ``hostile.one_line``."""
        entries = self.journal.entries
        newest = entries[-1] if entries else None
        if newest is not self._seen or not entries:
            self._seen = newest
            self.lines.show([_line(entry) for entry in reversed(entries)] or [_NOTHING])


_NOTHING: Line = [("Nothing has happened yet.", "muted")]


def _line(entry: Entry) -> Line:
    clock = datetime.fromtimestamp(entry.time).strftime("%H:%M:%S")
    about = shorten(entry.about, 14)
    return [
        (f"{clock}  ", "muted"),
        (f"{entry.glyph} ", entry.ink),
        (f"{about:<14}  ", "strong"),
        (entry.text, "text"),
    ]
