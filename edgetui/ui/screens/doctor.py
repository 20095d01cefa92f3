"""The doctor view: what is wrong with boards, why it matters, and the command that mends it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.timer import Timer
from textual.widget import Widget

from edgetui.cluster.background import Background
from edgetui.cluster.core import Cluster
from edgetui.config import Config
from edgetui.doctor.check import Check
from edgetui.doctor.cost import as_check, telemetry_cost
from edgetui.doctor.report import Report, look
from edgetui.model import na
from edgetui.ui.drawing.doctor import DETAIL_ROWS, check_line, detail, heading
from edgetui.ui.drawing.ink import Line, Span
from edgetui.ui.moment import Moment
from edgetui.ui.screens.confirm import ask
from edgetui.ui.screens.view import View
from edgetui.ui.widgets.cell_grid import CellGrid
from edgetui.ui.widgets.ledger import Ledger
from edgetui.ui.widgets.lines import Lines

RENEW_S = 0.2
"""So often the lists are drawn anew while something is looked at."""
BUSY = "the board is at work: ask when it is done"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: a check, or a board's heading."""

    board: str
    check: Check | None = None


class DoctorView(View):
    """Checklists of some boards under each other, the worst first; below them what mends one check."""

    DEFAULT_CSS = f"""
    DoctorView > #doctor-detail {{ height: {DETAIL_ROWS}; background: $surface; overflow-y: hidden; }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "Copy command", id="doctor.copy", tooltip="The mending command, to the clipboard"),
        Binding("R", "again", "Check again", id="doctor.again", tooltip="Look at this board once more"),
        Binding("A", "all_again", "All again", id="doctor.all_again", tooltip="Look at all of them once more"),
        Binding("n", "next(1)", "Next finding", id="doctor.next", tooltip="The next check that is red or amber"),
        Binding("N", "next(-1)", "Finding before", id="doctor.previous", show=False),
        Binding(
            "dollar_sign",
            "cost",
            "Telemetry's cost",
            id="doctor.cost",
            tooltip="Decode with and without our telemetry in turns; takes minutes on a slow board",
        ),
        Binding("escape", "back", "Back", id="doctor.back", tooltip="Back to the wall"),
    ]

    def __init__(self, config: Config, background: Background, *, id: str) -> None:
        super().__init__(id=id)
        self.config, self.background = config, background
        self.list: Ledger[Entry] = Ledger(self._line, _which, id="doctor-list")
        self.detail = Lines()
        self.detail.id, self.detail.can_focus = "doctor-detail", False
        self._boards: tuple[str, ...] = ()
        self._reports: dict[str, Report] = {}
        """Written by the cluster's thread."""
        self._costs: dict[str, Check] = {}
        self._looking: dict[tuple[str, str], Future[None]] = {}
        self._first = True
        """Nothing of these boards has been shown yet: the cursor goes to the first check that comes."""
        self._frames: Timer | None = None

    def compose(self) -> ComposeResult:
        """Lists, and below them one check in full."""
        yield self.list
        yield self.detail

    def on_mount(self) -> None:
        """One timer, which rests while nothing is looked at."""
        self._frames = self.set_interval(RENEW_S, self._renew, pause=True)

    def main(self) -> Widget:
        """The lists."""
        return self.list

    def notes(self) -> list[Span]:
        """How many boards are still looked at."""
        boards = {board for board, _ in self._looking}
        return [(f"{len(boards)} looked at", "accent")] if boards else []

    def open(self, boards: Sequence[str]) -> None:
        """Look at these boards, and show them; what is under way already goes on."""
        self._boards = tuple(boards)
        for board in boards:
            self._look(board)
        self._first = True
        self._renew()

    def tick(self, moment: Moment) -> None:
        """What has come meanwhile."""
        self._renew()

    def _look(self, board: str) -> None:
        """Have a board looked at, unless it is."""

        async def visit(cluster: Cluster) -> None:
            async for report in look(cluster.keepers[board]):
                self._reports[board] = report

        if (board, "look") not in self._looking:
            self._reports.pop(board, None)
            self._looking[board, "look"] = self.background.ask(visit)

    def _renew(self) -> None:
        self._looking = {key: future for key, future in self._looking.items() if not future.done()}
        if self._frames is not None:
            (self._frames.resume if self._looking and self.display else self._frames.pause)()
        entries = [entry for board in self._boards for entry in self._entries(board)]
        if entries != self.list.items:
            self.list.show(entries, top=self._first)
            if self._first and len(entries) > len(self._boards):
                self._first = False
                self.list.move_to(next(n for n, entry in enumerate(entries) if entry.check))
        self._tell()
        self.post_message(self.Noted())

    def _entries(self, board: str) -> list[Entry]:
        report, cost = self._reports.get(board), self._costs.get(board)
        checks = [*(report.checks if report else ()), *([cost] if cost else [])]
        return [Entry(board), *(Entry(board, check) for check in checks)]

    def _line(self, entry: Entry, columns: int, cursor: bool) -> Line:
        if entry.check is not None:
            return check_line(entry.check, columns, cursor=cursor)
        return heading(entry.board, self._reports.get(entry.board), columns)

    def _tell(self) -> None:
        """The check under the cursor in full."""
        entry = self.list.current
        columns = self.detail.scrollable_content_region.width
        self.detail.show(detail(entry.board, entry.check, columns) if entry else [])
        self.refresh_bindings()

    @on(CellGrid.Moved)
    def _moved(self) -> None:
        self._tell()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that do not apply are not shown."""
        entry = self.list.current
        if action == "copy":
            return entry is not None and entry.check is not None and bool(entry.check.remedy)
        if action == "again":
            return entry is not None and (entry.board, "look") not in self._looking
        if action == "all_again":
            return len(self._boards) > 1
        if action == "cost":
            return entry is not None and (entry.board, "cost") not in self._looking
        return True

    def action_copy(self) -> None:
        """The command to the terminal's clipboard (OSC 52), which works through ssh too."""
        entry = self.list.current
        if entry is not None and entry.check is not None and entry.check.remedy:
            self.app.copy_to_clipboard(entry.check.remedy)
            self.app.notify(f"Copied: {entry.check.remedy}", markup=False, timeout=3.0)

    def action_again(self) -> None:
        """Look at the board under the cursor once more."""
        if (entry := self.list.current) is not None:
            self._look(entry.board)
            self._renew()

    def action_all_again(self) -> None:
        """Look at all that are shown once more."""
        self.open(self._boards)

    def action_next(self, step: int) -> None:
        """The next finding that wants mending, round the corner."""
        count = len(self.list.items)
        for n in range(1, count + 1):
            at = (self.list.cursor + n * step) % count
            check = self.list.items[at].check
            if check is not None and check.grade in ("red", "amber"):
                self.list.move_to(at)
                return

    def action_cost(self) -> None:
        """Ask first: the board decodes seven short answers, three of them while we ask it nothing."""
        if (entry := self.list.current) is None:
            return
        board = entry.board
        words = [
            f"{board} decodes the same short answer in turns with and without our telemetry, seven times.",
            "Meanwhile this app takes no readings of it. It takes minutes on a slow board.",
        ]
        ask(self.app, "What telemetry costs", words, "Measure it", "Leave it", lambda: self._measure(board))

    def _measure(self, board: str) -> None:
        configured = next(b for b in self.config.board if b.name == board)

        async def measure(cluster: Cluster) -> None:
            worker = cluster.workers[board]
            if worker.current is not None or worker.waiting:
                self._costs[board] = as_check(na(BUSY))
                return
            async with cluster.unwatched(board):
                self._costs[board] = as_check(await telemetry_cost(self.config, configured))

        self._costs.pop(board, None)
        self._looking[board, "cost"] = self.background.ask(measure)
        self._renew()

    def action_back(self) -> None:
        """To the wall."""
        self.post_message(self.Left())


def _which(entry: Entry) -> Hashable:
    return entry.board, entry.check.name if entry.check else ""
