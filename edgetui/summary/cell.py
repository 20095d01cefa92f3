"""All replies of one board to one task with one model, and what they come to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

from edgetui.model import NA, Mode, Reading, Reply, known, na
from edgetui.model.figures import STEADY_REPEATS, Spread, spread
from edgetui.model.score import Score
from edgetui.model.sound import why_unsound
from edgetui.scoring.statistics import Interval, Ratio, wilson
from edgetui.summary.alike import unlike
from edgetui.summary.quantity import MEASURED, QUANTITIES, limit_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of a comparison. Times are the board's own (``edgetui.summary.quantity``)."""

    board: str
    model: str
    task: str
    mode: Mode
    replies: tuple[Reply, ...]
    """All of them, in the order given."""
    excluded: tuple[tuple[Reply, str], ...]
    """Those that stay out of ``spreads``, and why."""
    spreads: Mapping[str, Spread | NA] = field(hash=False)
    """By name of a quantity. Answers that a time limit ended count in ``e2e_s`` as longer than it."""
    outcomes: tuple[tuple[str, int], ...]
    """How often each, most frequent first."""
    marks: tuple[tuple[str, int], ...]
    right: Interval | NA
    """Share of items answered rightly: an item is right if most of its judged repeats are; repeats of one item at
    temperature 0 are no further evidence."""
    items: tuple[int, int]
    """Items that are right, and those that could be judged."""
    cold_load_s: Reading
    """Loading the model on this board, in this comparison."""
    ratio: Ratio | NA
    """``e2e_s`` over the reference board's."""
    energy_scope: str | NA
    """What the joules cover: never rank them between scopes."""
    sim_speed: float
    """0 for a real board."""

    @property
    def n(self) -> int:
        """Replies that the times are made of, time limits among them."""
        found = self.spreads["e2e_s"]
        return 0 if isinstance(found, NA) else found.n

    @property
    def censored(self) -> int:
        """How many of them a time limit ended."""
        found = self.spreads["e2e_s"]
        return 0 if isinstance(found, NA) else found.censored

    @property
    def cold_s(self) -> Reading:
        """What a first question costs, the load included: how a cold cell comes to be published as a slow board."""
        median = self.median("e2e_s")
        if not known(median):
            return median
        return self.cold_load_s + median if known(self.cold_load_s) else self.cold_load_s

    @property
    def broken(self) -> bool:
        """Does its runtime print the same sign over and over? The answers between are not to be relied on."""
        return any(
            r.outcome in ("aborted-by-runtime", "degenerate") or "degenerate" in r.marks for r in self.replies
        )

    def outcomes_of(self, outcome: str) -> int:
        """How many replies ended so."""
        return dict(self.outcomes).get(outcome, 0)

    def median(self, name: str) -> Reading:
        """Of a quantity; NA where there is none or where it lies beyond a time limit."""
        found = self.spreads[name]
        return found if isinstance(found, NA) else found.median


def parted(replies: Sequence[Reply], spared: Set[str]) -> tuple[list[Reply], list[tuple[Reply, str]]]:
    """Those that count in a summary, and the others with the reason. ``spared``: marks that keep nothing out.

    Answers that were not made alike have no summary: none of them counts.
    """
    kept, excluded = [], []
    for reply in replies:
        why = why_unsound([m for m in reply.marks if m not in spared], reply.request.protocol.mode)
        if why:
            excluded.append((reply, why))
        else:
            kept.append(reply)
    if kept and kept[0].request.protocol.mode == "sustained":
        steady = _steady(kept)
        kept, excluded = steady, [*excluded, *((r, "not steady yet") for r in kept if r not in steady)]
    if differs := unlike([reply for reply in kept if reply.outcome in (*MEASURED, "timeout")]):
        return [], [*excluded, *((reply, f"of different {differs}") for reply in kept)]
    return kept, excluded


def _steady(replies: Sequence[Reply]) -> list[Reply]:
    """Of each sustained series its last three, where it ended steady."""
    series: defaultdict[tuple[str, str], list[Reply]] = defaultdict(list)
    for reply in replies:
        series[reply.request.run, reply.request.item].append(reply)
    found = []
    for each in series.values():
        each.sort(key=lambda r: r.request.repeat)
        if "steady" in each[-1].marks:
            found += each[-STEADY_REPEATS:]
    return found


def spreads(kept: Sequence[Reply], nothing: str) -> dict[str, Spread | NA]:
    """Of every quantity. ``nothing``: why there is none where no reply counts."""
    measured = [reply for reply in kept if reply.outcome in MEASURED]
    limits = [s for reply in kept if known(s := limit_s(reply))]
    found: dict[str, Spread | NA] = {}
    for name, quantity in QUANTITIES.items():
        readings = [quantity.of(reply) for reply in measured]
        values = [value for value in readings if known(value)]
        reason = next((value.reason for value in readings if isinstance(value, NA)), nothing)
        found[name] = spread(values, limits if name == "e2e_s" else ()) or na(reason)
    return found


def why_nothing(replies: Sequence[Reply], excluded: Sequence[tuple[Reply, str]]) -> str:
    """Why no reply of a cell counts, in words."""
    outcomes = Counter(reply.outcome for reply in replies if reply.outcome not in MEASURED)
    reasons = Counter(why for reply, why in excluded if reply.outcome in MEASURED or reply.outcome == "timeout")
    both = [*outcomes.most_common(), *reasons.most_common()]
    return ", ".join(f"{words} ×{count}" for words, count in both) or "no answer"


def accuracy(replies: Sequence[Reply]) -> tuple[Interval | NA, tuple[int, int]]:
    """Share of items that are right with Wilson's interval; and right and judged items."""
    votes: defaultdict[str, list[bool]] = defaultdict(list)
    for reply in replies:
        if isinstance(reply.score, Score) and (passed := reply.score.final[1]) is not None:
            votes[reply.request.item].append(passed)
    right = sum(2 * sum(each) > len(each) for each in votes.values())
    return wilson(right, len(votes)) or na("no answer could be judged"), (right, len(votes))
