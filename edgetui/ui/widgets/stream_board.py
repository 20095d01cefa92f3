"""All answers of a run side by side in one widget."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from textual.geometry import Region, Size

from edgetui.cluster.live import LiveReply, LiveRun
from edgetui.model import Reading, State, na
from edgetui.ui.drawing.ink import Line
from edgetui.ui.drawing.pane import Answer, pane
from edgetui.ui.drawing.ranking import Rank, compared, ranking
from edgetui.ui.drawing.work import busy_words
from edgetui.ui.widgets.cell_grid import CellGrid

NARROWEST, LOWEST = 38, 5


@dataclass(frozen=True, slots=True)
class Drawn:
    """A pane as it was drawn, and from what."""

    key: object
    lines: list[Line]


class StreamBoard(CellGrid):
    """A pane per board of ``run``: the cell it works on, or its last one."""

    def __init__(self, reference: str) -> None:
        super().__init__()
        self.reference = reference
        self.run: LiveRun | None = None
        self.boards: tuple[str, ...] = ()
        self._cells: dict[str, list[LiveReply]] = {}
        self._answers: dict[LiveReply, Answer] = {}
        self._drawn: dict[int, Drawn] = {}
        self._mono = 0.0
        self._states: Mapping[str, State] = {}
        self._done = -1
        self.ranks: list[Rank] = []
        self._compared: dict[str, Rank] = {}

    def open(self, run: LiveRun) -> None:
        """Show another run."""
        cells: defaultdict[str, list[LiveReply]] = defaultdict(list)
        for live in run.replies:
            cells[live.request.board].append(live)
        self.run, self._cells = run, dict(cells)
        self.boards = tuple(b for b in run.order.boards if b in cells)
        self.count, self.cursor, self._done = len(self.boards), 0, -1
        self._answers = {}
        self.arrange_cells()

    def plan(self, size: Size) -> tuple[int, int]:
        """The grid whose panes fill the widget, a little wider than high."""
        columns = max(1, min(size.width // NARROWEST, self.count or 1))
        rows = -(-self.count // columns) or 1
        columns = -(-self.count // rows) or 1
        return columns, max(LOWEST, size.height // rows)

    @property
    def current(self) -> str | None:
        """The board of the focused pane."""
        return self.boards[self.cursor] if self.cursor < len(self.boards) else None

    def cells_of(self, board: str) -> list[LiveReply]:
        """Its cells in the order in which they run."""
        return self._cells.get(board, [])

    def shown(self, board: str) -> LiveReply:
        """The cell a pane shows: the first unfinished one, else the last."""
        cells = self._cells[board]
        return next((live for live in cells if not live.done), cells[-1])

    def step(self, mono: float, states: Mapping[str, State]) -> None:
        """Take in what has come; repaint only whole lines that changed. ``mono``: monotonic s."""
        self._mono, self._states = mono, states
        if self.run is None or not self.size.height:
            return
        regions = {region for index in self._in_sight() for region in self._redraw(index)}
        if regions:
            self.refresh(*regions)

    def _in_sight(self) -> range:
        first = self.scroll_offset.y // self.cell_height * self.columns
        rows = -(-self.size.height // self.cell_height) + 1
        return range(first, min(self.count, first + rows * self.columns))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """What comes into sight is as new as the rest."""
        for index in self._in_sight():
            self._redraw(index)
        super().watch_scroll_y(old_value, new_value)

    def compare(self) -> bool:
        """Rank again if another cell is finished; True where it is so."""
        done = sum(1 for live in self.run.replies if live.done) if self.run else 0
        if self.run is None or done == self._done:
            return False
        self._done = done
        self.ranks = ranking(self.run, self.reference)
        self._compared = {rank.board: rank for rank in self.ranks}
        return True

    def comparison(self, board: str, columns: int = 200) -> str:
        """The board against the reference in words; empty where there is nothing to compare."""
        rank = self._compared.get(board)
        return compared(rank, self.reference, columns) if rank else ""

    def _redraw(self, index: int) -> list[Region]:
        """Draw a pane if anything on it changed; the regions of the lines that differ from before."""
        key, before = self._key(index), self._drawn.get(index)
        if before is not None and key == before.key:
            return []
        lines = self._draw(index)
        same = [before is not None and line == before.lines[y] for y, line in enumerate(lines)]
        self._drawn[index] = Drawn(key, lines)
        top = index // self.columns * self.cell_height - self.scroll_offset.y
        return [Region(0, top + y, self.size.width, 1) for y in range(len(lines)) if not same[y] and top + y >= 0]

    def _key(self, index: int) -> object:
        board = self.boards[index]
        live = self.shown(board)
        moving = (not live.done and live.phase != "queued") or self._still_busy(board) is not None
        text = (live, live.done, live.phase, len(live.pieces), len(live.thinking), live.throttled, live.peak_c)
        heat = self._reading(board, "temperature_c")
        return *text, heat, self._mono if moving else 0.0, index == self.cursor, self._done

    def _draw(self, index: int) -> list[Line]:
        board = self.boards[index]
        live = self.shown(board)
        answer = self._answers.get(live)
        if answer is None or answer.columns != self.cell_width - 4:
            answer = self._answers[live] = Answer(live, self.cell_width - 4)
        answer.read()
        cells = self._cells[board]
        done = f"{sum(1 for c in cells if c.done)}/{len(cells)}" if len(cells) > 1 else ""
        return pane(
            answer,
            self.cell_width,
            self.cell_height,
            focus=index == self.cursor,
            mono=self._mono,
            current_c=self._reading(board, "temperature_c"),
            cpu_percent=self._reading(board, "cpu_percent"),
            done=done,
            comparison=self._below(live, board),
        )

    def _below(self, live: LiveReply, board: str) -> str:
        """What stands under an answer that has ended."""
        state = self._states.get(board)
        busy = busy_words(state, self._mono) if state is not None and live.done else ""
        return busy or self.comparison(board, self.cell_width - 4)

    def _still_busy(self, board: str) -> float | None:
        state = self._states.get(board)
        return state.still_busy if state is not None else None

    def _reading(self, board: str, name: Literal["temperature_c", "cpu_percent"]) -> Reading:
        state = self._states.get(board)
        value: Reading = na("no reading")
        return getattr(state.sample, name) if state is not None and state.sample is not None else value

    def forget(self) -> None:
        """All panes are drawn anew."""
        self._drawn = {}

    def refresh_cell(self, index: int) -> None:
        """Draw the pane anew, then repaint its lines."""
        self._redraw(index)
        super().refresh_cell(index)

    def cell(self, index: int) -> list[Line]:
        """The lines of a pane."""
        if index not in self._drawn:
            self._redraw(index)
        return self._drawn[index].lines
