"""Boards × models × tasks, side by side with the reference board."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
from statistics import median
from typing import TypeAlias

from edgetui.model import NA, Mode, Reading, Reply, known, na
from edgetui.model.figures import Spread, throttle_tax
from edgetui.model.own_time import own
from edgetui.model.sound import eras_apart
from edgetui.scoring.statistics import Ratio, ratio
from edgetui.scoring.statistics import Spread as Range
from edgetui.summary.alike import unlike
from edgetui.summary.cell import Cell, accuracy, parted, spreads, why_nothing
from edgetui.summary.quantity import MEASURED, QUANTITIES

Key: TypeAlias = tuple[str, str, str, Mode]
"""Board, model, task, mode."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every cell that has a reply."""

    cells: tuple[Cell, ...]
    reference: str
    """Board that the others are measured against; empty where there is none."""
    spared: frozenset[str]
    """Marks that were asked to count."""

    @property
    def boards(self) -> tuple[str, ...]:
        """In the order of the replies, the reference first."""
        names = dict.fromkeys(cell.board for cell in self.cells)
        return tuple(sorted(names, key=lambda name: name != self.reference))

    @property
    def models(self) -> tuple[str, ...]:
        """In the order of the replies."""
        return tuple(dict.fromkeys(cell.model for cell in self.cells))

    @property
    def tasks(self) -> tuple[str, ...]:
        """In the order of the replies."""
        return tuple(dict.fromkeys(cell.task for cell in self.cells))

    @property
    def modes(self) -> tuple[Mode, ...]:
        """In the order of the replies."""
        return tuple(dict.fromkeys(cell.mode for cell in self.cells))

    @property
    def not_compared(self) -> str:
        """What of these boards does not compare, and why; empty where everything does."""
        return eras_apart(
            {
                "board": reply.request.board,
                "image_sha256": reply.request.image_sha256,
                "era": reply.era if known(reply.era) else "",
                "ollama_version": reply.ollama_version if known(reply.ollama_version) else "?",
            }
            for cell in self.cells
            for reply in cell.replies
        )

    def cell(self, board: str, model: str, task: str, mode: Mode) -> Cell | None:
        """None where nothing was asked."""
        key = board, model, task, mode
        return next((c for c in self.cells if (c.board, c.model, c.task, c.mode) == key), None)

    def ranked(self, model: str, task: str, mode: Mode) -> tuple[Cell, ...]:
        """The cells of all boards, fastest first; those beyond their time limit next, those without a time last."""
        found = [c for c in self.cells if (c.model, c.task, c.mode) == (model, task, mode)]
        return tuple(sorted(found, key=_place))

    def tax(self, board: str, model: str, task: str) -> Reading:
        """Throttle tax: sustained over burst median of the end-to-end times; 1.28 says that heat costs 28 %."""
        cells = [self.cell(board, model, task, mode) for mode in ("sustained", "burst")]
        sustained, burst = (_kept(cell) if cell else [] for cell in cells)
        if sustained and burst and _items(sustained) != _items(burst):
            return na("burst and sustained are not of the same items")
        if differs := unlike([*sustained, *burst]):
            return na(f"burst and sustained are of different {differs}")
        of = QUANTITIES["e2e_s"].of
        return throttle_tax(*([s for r in kept if known(s := of(r))] for kept in (sustained, burst)))


def compare(replies: Iterable[Reply], reference: str = "", spared: Set[str] = frozenset()) -> Comparison:
    """The comparison of these replies, which may be of several runs and need no samples.

    ``spared``: marks that would keep a reply out of summaries and shall not, as ``throttled``.
    """
    groups: defaultdict[Key, list[Reply]] = defaultdict(list)
    for reply in replies:
        asked = reply.request
        groups[asked.board, asked.model, asked.task, asked.protocol.mode].append(reply)
    loads = _loads(groups)
    cells = {key: _cell(key, group, spared, loads) for key, group in groups.items()}
    compared = [replace(cell, ratio=_ratio(cell, cells.get((reference, *key[1:])))) for key, cell in cells.items()]
    return Comparison(tuple(compared), reference, frozenset(spared))


def _cell(key: Key, replies: Sequence[Reply], spared: Set[str], loads: dict[tuple[str, str], float]) -> Cell:
    kept, excluded = parted(replies, spared)
    right, items = accuracy(replies)
    scopes = {reply.energy_scope for reply in replies if known(reply.energy_scope)}
    board, model, task, mode = key
    return Cell(
        board=board,
        model=model,
        task=task,
        mode=mode,
        replies=tuple(replies),
        excluded=tuple(excluded),
        spreads=spreads(kept, why_nothing(replies, excluded)),
        outcomes=tuple(Counter(reply.outcome for reply in replies).most_common()),
        marks=tuple(Counter(mark for reply in replies for mark in reply.marks).most_common()),
        right=right,
        items=items,
        cold_load_s=loads.get((board, model), na("its load was not measured")),
        ratio=na("no reference"),
        energy_scope=scopes.pop() if len(scopes) == 1 else na("several scopes" if scopes else "no power is read"),
        sim_speed=max(reply.sim_speed for reply in replies),
    )


def _loads(groups: dict[Key, list[Reply]]) -> dict[tuple[str, str], float]:
    """By board and model: s of its load step, the median of several."""
    found: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for (board, model, _, _), replies in groups.items():
        for reply in replies:
            if known(reply.metrics.cold_load_s):
                found[board, model].append(own("cold_load_s", reply.metrics.cold_load_s, reply.sim_speed))
    return {key: median(values) for key, values in found.items()}


def _kept(cell: Cell) -> list[Reply]:
    out = {id(reply) for reply, _ in cell.excluded}
    return [reply for reply in cell.replies if id(reply) not in out and reply.outcome in MEASURED]


def _items(replies: Sequence[Reply]) -> set[str]:
    return {reply.request.item for reply in replies}


def _ratio(cell: Cell, reference: Cell | None) -> Ratio | NA:
    if reference is None:
        return na("the reference board has no such cell")
    mine, theirs = (_range(c.spreads["e2e_s"]) for c in (cell, reference))
    if isinstance(mine, NA) or isinstance(theirs, NA):
        return mine if isinstance(mine, NA) else na(f"{reference.board}: {theirs}")
    if cell is reference:
        return Ratio(1.0, 1.0, 1.0)
    if _items(_kept(cell)) != _items(_kept(reference)):
        return na("not the same items")
    if differs := unlike([*_kept(cell), *_kept(reference)], across=True):
        return na(f"of different {differs}")
    return ratio(mine, theirs) or na("the reference takes no time")


def _range(found: Spread | NA) -> Range | NA:
    """Without time limits: where the longest is not known there is no interval."""
    if isinstance(found, NA):
        return found
    if found.censored or not known(found.median):
        return na("a time limit ended some answers")
    return Range(found.median, found.low, found.high, found.n)


def _place(cell: Cell) -> tuple[int, float]:
    found = cell.spreads["e2e_s"]
    if isinstance(found, NA):
        return 2, 0.0
    return (0, found.median) if known(found.median) else (1, found.low)
