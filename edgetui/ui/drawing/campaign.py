"""A campaign as a map: what became of a task with a model on a board so far, and how it compares. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from edgetui.cluster.live import LiveReply, LiveRun
from edgetui.model import Outcome, known
from edgetui.model.figures import Spread
from edgetui.model.sound import SPOILS
from edgetui.summary import Cell, compare

ANSWERED = frozenset({"ok", "truncated"})
"""Outcomes whose times are those of a whole answer."""


class Place(NamedTuple):
    """Where a square lies."""

    board: str
    task: str
    model: str


@dataclass(frozen=True, slots=True)
class Square:
    """All repeats of all items of a task with a model on a board."""

    place: Place
    cells: tuple[LiveReply, ...]
    done: int
    working: LiveReply | None
    """The one that is measured now."""
    seconds: Spread | None = None
    """Of answers that may stand in a summary, in the board's own s; of all where there is none such (``spoiled``).
    None: no answer."""
    spoiled: bool = False
    """Every answer has a mark that keeps it out of summaries."""
    ratio: float | None = None
    """Time over that of the reference board; None where they cannot be compared."""
    failure: Outcome | None = None
    """The commonest outcome that is no answer."""
    failures: int = 0
    left_out: tuple[tuple[str, int], ...] = ()
    """Why answers stay out of summaries, the commonest first."""
    right: tuple[int, int] = (0, 0)
    """Items that are right, and those that could be judged."""

    @property
    def planned(self) -> int:
        """How many answers there shall be."""
        return len(self.cells)


def squares(run: LiveRun, reference: str) -> dict[Place, Square]:
    """The whole map, with the figures that results and reports show."""
    groups: defaultdict[Place, list[LiveReply]] = defaultdict(list)
    for live in run.replies:
        r = live.request
        groups[Place(r.board, r.task, r.model)].append(live)
    replies = [live.reply for live in run.replies if live.reply is not None]
    sound, every = (
        {Place(c.board, c.task, c.model): c for c in compare(replies, reference, spared).cells}
        for spared in (frozenset[str](), frozenset(SPOILS))
    )
    found = {place: _square(place, cells, sound.get(place), every.get(place)) for place, cells in groups.items()}
    return {place: s if place.board != reference else replace(s, ratio=None) for place, s in found.items()}


def _square(place: Place, cells: Sequence[LiveReply], cell: Cell | None, every: Cell | None) -> Square:
    working = next((live for live in cells if not live.done and live.phase != "queued"), None)
    done = sum(live.done for live in cells)
    if cell is None or every is None:
        return Square(place, tuple(cells), done, working)
    seconds, all_s = cell.spreads["e2e_s"], every.spreads["e2e_s"]
    failed = Counter(reply.outcome for reply in cell.replies if reply.outcome not in ANSWERED)
    spoiled = not isinstance(seconds, Spread) and isinstance(all_s, Spread)
    shown = all_s if spoiled else seconds
    return Square(
        place,
        tuple(cells),
        done,
        working,
        seconds=shown if isinstance(shown, Spread) else None,
        spoiled=spoiled,
        ratio=cell.ratio.value if known(cell.ratio) else None,
        failure=failed.most_common(1)[0][0] if failed else None,
        failures=failed.total(),
        left_out=tuple(Counter(why for reply, why in cell.excluded if reply.outcome in ANSWERED).most_common()),
        right=cell.items,
    )
