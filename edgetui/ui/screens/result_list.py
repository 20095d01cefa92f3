"""Replies or runs under a heading, filtered, sorted and marked: the results view but for what it does to them."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from edgetui.store import Result
from edgetui.store.sieve import FIELDS, ordered, sift
from edgetui.ui.drawing.ink import Line
from edgetui.ui.drawing.results import RunLine, column_at, heading, result_line, run_line
from edgetui.ui.drawing.words import counted, with_own_time
from edgetui.ui.shelf import Shelf
from edgetui.ui.widgets.inked import Row
from edgetui.ui.widgets.ledger import Ledger

HINT: Final = 'words, "two words", board:pi5, marks:throttled, score:wrong, e2e:>10, -excluded'
_FALLING: Final = frozenset({"when", "e2e", "ttft", "t100"})
"""Fields whose greatest one looks for first."""


class ResultList(Vertical):
    """Shows a Shelf."""

    DEFAULT_CSS = """
    ResultList { height: 1fr; }
    ResultList > Row { background: $surface; }
    ResultList > Input { height: 1; border: none; padding: 0 1; background: $panel; }
    ResultList > Input:focus { border: none; }
    """

    class Changed(Message):
        """Other things are listed or marked: other keys may apply."""

    def __init__(self, shelf: Shelf) -> None:
        super().__init__()
        self.shelf, self.now, self.problem = shelf, 0.0, ""
        self.head, self.titles = Row(id="results-head"), Row(id="results-titles")
        self.replies: Ledger[Result] = Ledger(self._reply_line, reply_key, id="replies")
        self.runs: Ledger[RunLine] = Ledger(self._run_line, run_key, id="runs")
        self.wanted, self.sort, self.down = "", "when", True
        self._sorted: list[Result] = []
        self._speeds: set[float] = set()
        self.marked: set[Hashable] = set()
        """Ids of replies, or of runs."""

    def compose(self) -> ComposeResult:
        """How much there is, what the columns are, the list."""
        self.runs.display = False
        yield self.head
        yield self.titles
        yield self.replies
        yield self.runs

    @property
    def of_runs(self) -> bool:
        """Are runs listed, and not replies?"""
        return self.runs.display

    @property
    def shown(self) -> Ledger[Result] | Ledger[RunLine]:
        """The one that is shown."""
        return self.runs if self.of_runs else self.replies

    @property
    def run(self) -> str | None:
        """The run under the cursor, or that of the reply there."""
        if self.of_runs:
            return self.runs.current.record.id if self.runs.current else None
        return self.replies.current.run if self.replies.current else None

    def chosen(self) -> list[Result]:
        """The marked replies or those of the marked runs, else those of the run under the cursor."""
        if not self.marked:
            return self.shelf.of_runs((self.run,))
        if self.of_runs:
            return self.shelf.of_runs(self.marked)
        return [result for result in self.shelf.results if result.id in self.marked]

    def renew(self, *, top: bool = False) -> None:
        """Sort and sift what the shelf holds now."""
        self._sorted = ordered(self.shelf.results, self.sort, down=self.down)
        self._speeds = {result.sim_speed for result in self.shelf.results}
        self.runs.show(self.shelf.runs)
        self._sift(top=top)

    def _sift(self, *, top: bool) -> None:
        found = sift(self._sorted, self.wanted)
        self._say(len(found))  # before the list: a list of another length has all laid out anew, a frame later
        if found != self.replies.items:  # most letters of a word change nothing
            self.replies.show(found, top=top)
        self.describe()

    def describe(self) -> None:
        """The lines above the list."""
        self.titles.display = not self.of_runs
        self.titles.show(heading(self.sort, self.replies.cell_width, down=self.down))
        self._say(self.replies.count)
        if not self.query("Input:focus"):  # who types needs other keys only afterwards
            self.post_message(self.Changed())

    def _say(self, found: int) -> None:
        """How much there is, and how much of it passes the filter."""
        extent = self.shelf.extent
        line: Line = [(" Runs  " if self.of_runs else " Results  ", "accent-strong")]
        if self.problem:
            line.append((self.problem, "bad"))
        elif extent is None:
            line.append(("the file is opened …", "muted"))
        elif not extent.runs:
            line.append(("nothing is stored yet", "muted"))
            if self.app.check_action("launch", ()):
                line += [(": ", "muted"), ("r", "accent-strong"), (" fires a run", "muted")]
        else:
            replies, runs = counted(extent.replies, "reply", "replies"), counted(extent.runs, "run", "runs")
            line.append((f"{replies} of {runs}", "muted"))
        if self.wanted and not self.of_runs:
            line.append((f" · {found} with {self.wanted}", "accent"))
        if self.marked:
            line.append((f" · {len(self.marked)} marked", "mark"))
        self.head.show(line if self.of_runs else with_own_time(line, self._speeds, self.size.width))

    def on_resize(self) -> None:
        """The titles stand over their columns."""
        self.call_after_refresh(self.describe)

    def _reply_line(self, result: Result, columns: int, cursor: bool) -> Line:
        return result_line(result, self.now, columns, cursor=cursor, marked=result.id in self.marked)

    def _run_line(self, run: RunLine, columns: int, cursor: bool) -> Line:
        return run_line(run, self.now, columns, cursor=cursor, marked=run.record.id in self.marked)

    def turn(self, *, runs: bool) -> None:
        """List runs, or replies; marks are of one kind only."""
        self.marked.clear()
        self.query(Input).remove()
        self.replies.display, self.runs.display = not runs, runs
        self.shown.focus()
        self.describe()

    def mark(self) -> None:
        """Mark or not, and go on to the next."""
        one: Hashable = self.replies.current and reply_key(self.replies.current)
        if self.of_runs:
            one = self.runs.current and run_key(self.runs.current)
        self.marked ^= {one}
        self.shown.refresh_cell(self.shown.cursor)
        self.shown.move_to(self.shown.cursor + 1)
        self.describe()

    def mark_all(self) -> None:
        """All that are listed; none where all of them are marked."""
        keys: set[Hashable] = {reply_key(result) for result in self.replies.items}
        if self.of_runs:
            keys = {run_key(run) for run in self.runs.items}
        self.marked = set() if keys <= self.marked else self.marked | keys
        self.shown.refresh()
        self.describe()

    def sort_by(self, field: str) -> None:
        """By this field; again: the other way round."""
        self.down = not self.down if field == self.sort else field in _FALLING
        self.sort = field
        self.renew(top=True)

    def sort_by_next(self) -> None:
        """By the field after this one."""
        fields = list(FIELDS)
        self.sort_by(fields[(fields.index(self.sort) + 1) % len(fields)])

    def on_click(self, event: events.Click) -> None:
        """A click on a column's title sorts by it."""
        if event.widget is self.titles and (field := column_at(event.x, self.replies.cell_width)) is not None:
            self.sort_by(field)

    def ask(self) -> None:
        """Open the filter's line."""
        field = next(iter(self.query(Input)), None)
        if field is None:
            field = Input(self.wanted, placeholder=HINT, compact=True)
            # sifted at once: when Input.Changed comes, the letter has been drawn alone and the list is a frame late
            self.watch(field, "value", self.filter, init=False)
            self.mount(field)
        field.focus()

    @on(Input.Submitted)
    def _filtered(self) -> None:
        self.shown.focus()

    def filter(self, wanted: str) -> None:
        """List what passes."""
        self.wanted = wanted
        self._sift(top=True)

    def clear(self) -> bool:
        """Drop the filter, then the marks; False where there is neither."""
        if self.wanted or self.query(Input):
            self.query(Input).remove()
            self.shown.focus()
            self.filter("")
            return True
        there = bool(self.marked)
        self.marked.clear()
        self.shown.refresh()
        self.describe()
        return there


def reply_key(result: Result) -> int:
    """What tells a reply from others."""
    return result.id


def run_key(run: RunLine) -> str:
    """What tells a run from others."""
    return run.record.id
