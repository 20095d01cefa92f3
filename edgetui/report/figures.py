"""Every figure that a report shows, by name: how it reads, what it is and which replies it is made of. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from edgetui.model import NA, Reply, known
from edgetui.model.hostile import clean, one_line
from edgetui.model.score import Score
from edgetui.model.setup import TOLD, told
from edgetui.report.evidence import Evidence
from edgetui.report.verdict import sentences
from edgetui.summary import (
    QUANTITIES,
    Cell,
    Comparison,
    Rivals,
    choices,
    cold_start,
    compare,
    limit_s,
    rivals,
    shown,
    span,
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One of them."""

    shown: str
    """As it stands on the page."""
    definition: str
    inputs: tuple[int, ...]
    """Lines of ``replies.jsonl`` that it is made of, from 1."""

    def to_json(self) -> dict[str, Any]:
        """Its entry in ``figures.json``."""
        return {"shown": self.shown, "definition": self.definition, "inputs": list(self.inputs)}


@dataclass(frozen=True, slots=True)
class Figures:
    """All that follows from the raw files."""

    evidence: Evidence
    replies: tuple[Reply, ...]
    comparison: Comparison
    named: Mapping[str, Figure]


def figures_of(evidence: Evidence) -> Figures:
    """Work them out. ValueError, LookupError, TypeError, ArithmeticError where raw files hold nonsense."""
    replies = evidence.values()
    settings = evidence.settings
    comparison = compare(replies, settings["reference"], frozenset(settings["spared"]))
    line = {id(reply): number for number, reply in enumerate(replies, 1)}
    named = dict(_replies(replies))
    for cell in comparison.cells:
        inputs = tuple(line[id(reply)] for reply in cell.replies)
        named |= {key: Figure(clean(words), what, inputs) for key, words, what in _cell(cell)}
    peaks = _peaks(evidence)
    named |= {key: Figure(clean(words), what, ()) for key, words, what in _boards(evidence, peaks)}
    for choice in choices(comparison):
        inputs = tuple(line[id(reply)] for cell in choice.cells for reply in cell.replies)
        key = one_line(f"choice/{choice.task}/{choice.model}", 400)
        named[key] = Figure(
            clean(f"{choice.board} {choice.heat}".rstrip()),
            "fastest of the boards with most items right, throttle tax",
            inputs,
        )
    for pair in rivals(comparison):
        inputs = tuple(line[id(reply)] for reply in pair.replies)
        named |= {key: Figure(clean(words), what, inputs) for key, words, what in _rivals(pair)}
    everything = tuple(range(1, len(replies) + 1))
    for number, words in enumerate(sentences(comparison, peaks)):
        named[f"verdict/{number}"] = Figure(clean(words), "follows from the cells below", everything)
    return Figures(evidence, replies, comparison, named)


def cell_key(cell: Cell) -> str:
    """Under which the figures of a cell are named."""
    return one_line(f"{cell.mode}/{cell.task}/{cell.model}/{cell.board}", 400)


def rivals_key(pair: Rivals) -> str:
    """Under which the figures of two models are named."""
    return one_line(f"models/{pair.mode}/{pair.board}/{pair.first}/{pair.second}", 400)


def _rivals(pair: Rivals) -> Iterator[tuple[str, str, str]]:
    key = rivals_key(pair)
    yield f"{key}/items", f"{pair.items}", "items that could be judged of both models"
    yield f"{key}/first", f"{pair.only_first}", "items that the first alone had right"
    yield f"{key}/second", f"{pair.only_second}", "items that the second alone had right"
    yield f"{key}/verdict", pair.why, "McNemar's exact two-sided test on the discordant items, at p ≤ 0.05"


def _cell(cell: Cell) -> Iterator[tuple[str, str, str]]:
    key = cell_key(cell)
    for name, quantity in QUANTITIES.items():
        what = f"median [smallest–largest] of: {quantity.definition}"
        yield f"{key}/{name}", span(cell.spreads[name], quantity.unit), what
    times = cell.spreads["e2e_s"]
    if not isinstance(times, NA):
        alone = times if times.censored else replace(times, high=times.low)
        yield f"{key}/time", span(alone, "s"), f"median of: {QUANTITIES['e2e_s'].definition}"
        yield f"{key}/range", f"[{shown(times.low)}–{shown(times.high)}]", "smallest and largest of these"
    right, judged = cell.items
    yield f"{key}/items", f"{right} of {judged} right", "items whose repeats are mostly right, of those judged"
    yield f"{key}/n", f"{cell.n} of {len(cell.replies)}", "answers in the times, of all replies of the cell"
    yield f"{key}/outcomes", counted(cell.outcomes), "how the replies ended"
    yield f"{key}/marks", counted(cell.marks) or "none", "what happened meanwhile"
    yield f"{key}/right", _right(cell), "items answered rightly, with Wilson's 95 % interval of that share"
    yield f"{key}/ratio", _ratio(cell), "e2e over the reference board's, interval from the corners"
    yield f"{key}/cold", cold_start(cell) or "n/a", "load step + median e2e: what a first question costs"


def counted(pairs: Sequence[tuple[str, int]]) -> str:
    """``ok ×4, timeout``."""
    return ", ".join(name if count == 1 else f"{name} ×{count}" for name, count in pairs)


def _right(cell: Cell) -> str:
    if isinstance(cell.right, NA):
        return "not judged"
    right, judged = cell.items
    return f"{right} of {judged} [{100 * cell.right.low:.0f}–{100 * cell.right.high:.0f} %]"


def _ratio(cell: Cell) -> str:
    if isinstance(cell.ratio, NA):
        return f"n/a ({cell.ratio.reason})"
    r = cell.ratio
    return f"{shown(r.value)}× [{shown(r.low)}–{shown(r.high)}]"


def _replies(replies: Sequence[Reply]) -> Iterator[tuple[str, Figure]]:
    for number, reply in enumerate(replies, 1):
        time = QUANTITIES["e2e_s"].of(reply)
        limit = limit_s(reply)
        words = shown(time, "s") if known(time) else f"> {shown(limit, 's')}" if known(limit) else reply.outcome
        definition = "end to end of this reply, or how it ended"
        yield f"reply/{number}/time", Figure(clean(words), definition, (number,))
        for name, value in reply.figures:
            said = f"{one_line(name, 80)} {value:.6g}" if known(value) else f"{one_line(name, 80)} {value}"
            yield f"reply/{number}/{one_line(name, 80)}", Figure(clean(said), "as its script printed it", (number,))
        verdict = reply.score.short if isinstance(reply.score, Score) else "not judged"
        yield f"reply/{number}/score", Figure(clean(verdict), "what the answer is worth, 0 to 1", (number,))


def _peaks(evidence: Evidence) -> dict[str, float]:
    """Hottest reading of each board, °C."""
    found: dict[str, float] = {}
    for sample in evidence.samples:
        celsius = sample["temperature_c"]
        if celsius is not None:
            found[sample["board"]] = max(celsius, found.get(sample["board"], celsius))
    return found


def _boards(evidence: Evidence, peaks: Mapping[str, float]) -> Iterator[tuple[str, str, str]]:
    samples: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for sample in evidence.samples:
        samples[sample["board"]].append(sample)
    for name in dict.fromkeys(reply["board"] for reply in evidence.replies):
        mine = samples[name]
        limit = next((s["limit_c"] for s in mine if s["limit_c"] is not None), None)
        held = sum(any(t["when"] == "now" for t in s["throttle"] or ()) for s in mine)
        key = f"board/{name}"
        yield f"{key}/peak", f"{peaks[name]:.1f} °C" if name in peaks else "n/a", "hottest reading"
        yield f"{key}/limit", f"{limit:g} °C" if limit is not None else "n/a", "where the board begins to slow down"
        yield f"{key}/held", f"{held} of {len(mine)}", "readings with a throttle in force, of all readings"
        ambient = next((b["ambient_c"] for b in evidence.boards if b["name"] == name), None)
        for each in TOLD:
            what = "as the board told, or was configured, when the run began"
            yield f"{key}/setup/{each}", told(evidence.setups, name, each), what
        yield f"{key}/ambient", f"{ambient:g} °C" if ambient is not None else "not told", "as configured"
