"""The paragraph at the top: who ran out of memory, throttled or printed garbage, and in which order. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from statistics import median

from edgetui.model import NA, known
from edgetui.model.hostile import one_line
from edgetui.model.protocol import PUBLISHABLE
from edgetui.model.score import Score
from edgetui.summary import Cell, Comparison, cold_start, shown, span

_STOPPED = {
    "oom": "ran out of memory with",
    "unsupported": "cannot run",
    "lost-link": "lost the link with",
    "not-installed": "did not have",
    "guarded": "grew too hot with",
}
"""Outcomes that say something of a board, in words."""


def sentences(comparison: Comparison, peaks: Mapping[str, float]) -> tuple[str, ...]:
    """``peaks``: hottest reading of each board, °C. Every claim follows from the cells."""
    found = [
        *_simulated(comparison),
        *_stopped(comparison),
        *_garbled(comparison),
        *_drifted(comparison),
        *_held(comparison, peaks),
        *_limits(comparison),
        *_orders(comparison),
        *_cold(comparison),
        *_wrong(comparison),
        *_reserves(comparison),
    ]
    return tuple(found) or ("There is nothing to compare.",)


def listed(names: Iterable[str]) -> str:
    """``a, b and c``."""
    every = [one_line(name, 80) for name in dict.fromkeys(names)]
    return " and ".join([", ".join(every[:-1]), every[-1]]) if len(every) > 1 else "".join(every)


def _simulated(comparison: Comparison) -> Iterator[str]:
    speeds = {cell.board: cell.sim_speed for cell in comparison.cells if cell.sim_speed}
    if not speeds:
        return
    who = "All boards are" if len(speeds) == len(comparison.boards) else f"{listed(speeds)} are"
    rates = listed(f"×{speed:g}" for speed in speeds.values())
    yield f"{who} simulated, at {rates}; their times are those of the boards' own clocks."


def _stopped(comparison: Comparison) -> Iterator[str]:
    for outcome, words in _STOPPED.items():
        models: dict[tuple[str, ...], list[str]] = {}
        for model in comparison.models:
            boards = [c.board for c in comparison.cells if c.model == model and c.outcomes_of(outcome)]
            models.setdefault(tuple(dict.fromkeys(boards)), []).append(model)
        yield from (f"{listed(boards)} {words} {listed(names)}." for boards, names in models.items() if boards)


def _garbled(comparison: Comparison) -> Iterator[str]:
    found: dict[tuple[str, str], str] = {}
    for cell in comparison.cells:
        for reply in cell.replies:
            score = reply.score
            broken = isinstance(score, Score) and "degenerate" in score.marks and isinstance(score.value, NA)
            if broken or (reply.outcome == "aborted-by-runtime" and "degenerate" in reply.marks):
                found.setdefault((cell.board, cell.model), one_line(reply.text, 4))
    for (board, model), words in found.items():
        version = _version(comparison, board)
        yield (
            f"{one_line(board, 80)} printed “{words}” with {one_line(model, 80)}{version}: one sign over and over"
            " is a broken runtime, not a weak model (ollama#12209)."
        )


def _drifted(comparison: Comparison) -> Iterator[str]:
    """Boards that did not run the same model, or not the same kind of Ollama."""
    for model in comparison.models:
        builds: dict[str, list[str]] = {}
        eras: dict[str, list[str]] = {}
        for reply in (r for cell in comparison.cells if cell.model == model for r in cell.replies):
            for found, value in ((builds, reply.digest), (eras, reply.era)):
                if not isinstance(value, NA) and value:
                    found.setdefault(one_line(value, 12), []).append(reply.request.board)
        if len(builds) > 1:
            words = "; ".join(f"{build} on {listed(boards)}" for build, boards in builds.items())
            yield f"{one_line(model, 80)} is not the same everywhere: {words}."
        if len(eras) > 1:
            words = "; ".join(f"{era} on {listed(boards)}" for era, boards in eras.items())
            yield (
                f"{one_line(model, 80)} was run by Ollama of different eras: {words}. A picture may cost"
                " other tokens there, and encode and prefill compare as a sum only."
            )


def _version(comparison: Comparison, board: str) -> str:
    versions = {r.ollama_version for c in comparison.cells if c.board == board for r in c.replies}
    told = [one_line(v, 40) for v in versions if isinstance(v, str)]
    return f" on Ollama {listed(sorted(told))}" if told else ""


def _held(comparison: Comparison, peaks: Mapping[str, float]) -> Iterator[str]:
    boards: dict[str, int] = {}
    for cell in comparison.cells:
        boards[cell.board] = boards.get(cell.board, 0) + dict(cell.marks).get("throttled", 0)
    hot = [f"{b} ({n} {'answer' if n == 1 else 'answers'}{_peak(peaks, b)})" for b, n in boards.items() if n]
    yield f"Throttled: {listed(hot)}." if hot else "No board throttled."


def _peak(peaks: Mapping[str, float], board: str) -> str:
    return f", up to {peaks[board]:.0f} °C" if board in peaks else ""


def _limits(comparison: Comparison) -> Iterator[str]:
    for task, model in product(comparison.tasks, comparison.models):
        ended = [
            f"{c.board} ({c.outcomes_of('timeout')} of {len(c.replies)})"
            for c in comparison.cells
            if (c.task, c.model) == (task, model) and c.outcomes_of("timeout")
        ]
        if ended:
            what = f"{one_line(task, 80)} with {one_line(model, 80)}"
            yield f"No end within the time limit in {what}: {listed(ended)}."


def _orders(comparison: Comparison) -> Iterator[str]:
    """Over the tasks that all boards with a time have finished: leaving out hard ones makes nobody fast.

    Nor does a broken runtime.
    """
    for mode, model in product(comparison.modes, comparison.models):
        ratios: dict[str, dict[str, float]] = {}
        for cell in comparison.cells:
            if (cell.mode, cell.model) == (mode, model) and not isinstance(cell.ratio, NA) and not cell.broken:
                ratios.setdefault(cell.board, {})[cell.task] = cell.ratio.value
        common = set(comparison.tasks).intersection(*ratios.values())
        if len(ratios) < 2 or not common:
            continue
        medians = {board: median(each[task] for task in common) for board, each in ratios.items()}
        words = ", ".join(
            f"{one_line(b, 80)} {shown(medians[b])}×" for b in sorted(medians, key=medians.__getitem__)
        )
        tasks = "the one task" if len(common) == 1 else f"the {len(common)} tasks"
        how = f"{mode}, median ratio over {tasks} that all of them finished"
        yield f"Order with {one_line(model, 80)} ({how}): {words}."


def _cold(comparison: Comparison) -> Iterator[str]:
    """The first task in which a load would turn the order of two boards round; the reference's first."""
    found: list[tuple[Cell, Cell]] = []
    for task, model, mode in product(comparison.tasks, comparison.models, comparison.modes):
        cells = [c for c in comparison.ranked(model, task, mode) if known(c.median("e2e_s"))]
        for place, fast in enumerate(cells):
            for slow in cells[place + 1 :]:
                cold, warm = fast.cold_s, slow.median("e2e_s")
                if known(cold) and known(warm) and cold > warm:
                    found.append((fast, slow))
    found.sort(key=lambda pair: pair[0].board != comparison.reference)
    for fast, slow in found[:1]:
        yield (
            f"Timed cold, {one_line(fast.board, 80)} would take {cold_start(fast)} for {one_line(fast.task, 80)}"
            f" with {one_line(fast.model, 80)} and look slower than {one_line(slow.board, 80)},"
            f" which takes {span(slow.spreads['e2e_s'], 's')} warm;"
            f" loaded, it takes {span(fast.spreads['e2e_s'], 's')}."
        )


def _wrong(comparison: Comparison) -> Iterator[str]:
    for model in comparison.models:
        judged = [c for c in comparison.cells if c.model == model and c.items[1]]
        wrong = listed(dict.fromkeys(c.task for c in judged if c.items[0] < c.items[1]))
        if wrong:
            yield f"{one_line(model, 80)} was wrong in: {wrong}."
        elif judged:
            yield f"{one_line(model, 80)} was right wherever it could be judged."


def _reserves(comparison: Comparison) -> Iterator[str]:
    out = sum(len(cell.excluded) for cell in comparison.cells)
    every = sum(len(cell.replies) for cell in comparison.cells)
    if comparison.spared:
        yield f"Asked to count, though marked: {listed(sorted(comparison.spared))}."
    if out:
        yield f"{out} of {every} replies stay out of the figures; each stands below with its reason."
    if any(0 < cell.n < PUBLISHABLE for cell in comparison.cells):
        yield f"Cells of fewer than {PUBLISHABLE} answers are indicative only."
