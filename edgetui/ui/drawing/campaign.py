"""A campaign as a map: what became of a task with a model on a board so far, and how it compares. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from edgetui.cluster.live import LiveReply, LiveRun
from edgetui.model import Outcome, Reply, known
from edgetui.model.figures import Spread, spread
from edgetui.model.score import Score
from edgetui.model.sound import SPOILS, sound

ANSWERED = frozenset({"ok", "truncated"})
"""Outcomes whose times are worth comparing."""


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
    seconds: Spread | None
    """Of answers that may stand in a summary; of all where there is none such (``spoiled``). None: no answer."""
    spoiled: bool
    """Every answer has a mark that keeps it out of summaries."""
    ratio: float | None
    """Time over that of the reference board, of the items that both have answered; None where there is none."""
    failure: Outcome | None
    """The commonest outcome that is no answer."""
    failures: int
    marks: tuple[tuple[str, int], ...]
    """Those that keep answers out of summaries, the commonest first."""
    right: tuple[int, int]
    """Answers that are right, and those that could be judged."""

    @property
    def planned(self) -> int:
        """How many answers there shall be."""
        return len(self.cells)


def squares(run: LiveRun, reference: str) -> dict[Place, Square]:
    """The whole map. Times of boards that live at different speeds are compared in their own time."""
    groups: defaultdict[Place, list[LiveReply]] = defaultdict(list)
    for live in run.replies:
        r = live.request
        groups[Place(r.board, r.task, r.model)].append(live)
    items = {place: _by_item(cells) for place, cells in groups.items()}
    return {
        place: _square(place, cells, _ratio(items[place], items.get(place._replace(board=reference), {})))
        if place.board != reference
        else _square(place, cells, None)
        for place, cells in groups.items()
    }


def _square(place: Place, cells: Sequence[LiveReply], ratio: float | None) -> Square:
    replies = [live.reply for live in cells if live.reply is not None]
    answered = [reply for reply in replies if reply.outcome in ANSWERED]
    good = [reply for reply in answered if sound(reply)]
    failed = Counter(reply.outcome for reply in replies if reply.outcome not in ANSWERED)
    judged = [reply.score.final[1] for reply in replies if isinstance(reply.score, Score)]
    passed = [verdict for verdict in judged if verdict is not None]
    limits = [reply.request.timeout_s for reply in replies if reply.outcome == "timeout"]
    marks = Counter(mark for reply in answered if not sound(reply) for mark in reply.marks if mark in SPOILS)
    return Square(
        place=place,
        cells=tuple(cells),
        done=len(replies),
        working=next((live for live in cells if not live.done and live.phase != "queued"), None),
        seconds=spread([s for reply in good or answered if known(s := reply.metrics.e2e_s)], limits),
        spoiled=bool(answered) and not good,
        ratio=ratio,
        failure=failed.most_common(1)[0][0] if failed else None,
        failures=failed.total(),
        marks=tuple(marks.most_common()),
        right=(sum(passed), len(passed)),
    )


def _by_item(cells: Sequence[LiveReply]) -> dict[str, float]:
    """Median of each item, in s of the board's own time."""
    replies = [live.reply for live in cells if live.reply is not None and live.reply.outcome in ANSWERED]
    good = [reply for reply in replies if sound(reply)] or replies
    times: defaultdict[str, list[float]] = defaultdict(list)
    for reply in good:
        if known(reply.metrics.e2e_s):
            times[reply.request.item].append(reply.metrics.e2e_s * _speed(reply))
    return {item: median(each) for item, each in times.items()}


def _speed(reply: Reply) -> float:
    return reply.sim_speed or 1.0


def _ratio(mine: Mapping[str, float], others: Mapping[str, float]) -> float | None:
    ratios = [mine[item] / others[item] for item in mine if others.get(item, 0) > 0]
    return median(ratios) if ratios else None
