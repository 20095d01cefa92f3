"""Boards side by side: bars, median and range, against the reference, who was right, what stays out and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from edgetui.model import NA, Reply, hostile, known
from edgetui.model.figures import Spread
from edgetui.model.protocol import PUBLISHABLE
from edgetui.model.score import Score
from edgetui.model.sound import drifted
from edgetui.scoring.blame import blamed
from edgetui.scoring.statistics import Interval, Ratio
from edgetui.summary import QUANTITIES, Cell, Comparison, Quantity, choices, cold_start, rivals, shown, span
from edgetui.ui.drawing import numbers
from edgetui.ui.drawing.bars import bar
from edgetui.ui.drawing.ink import Line, cells, fit, shorten, spread, width
from edgetui.ui.drawing.words import with_own_time
from edgetui.ui.drawing.wrap import wrap

BOARD = 11
ROOMY = 110
"""Columns from which on the range of a ratio and the interval of a share are told."""

ROOMIEST = 150
"""From here on a cold start is told."""


def comparison_head(comparison: Comparison, columns: int) -> Line:
    """How much is compared with what, and what is left out of it."""
    count = sum(len(cell.replies) for cell in comparison.cells)
    out = sum(len(cell.excluded) for cell in comparison.cells)
    parts = [(len(comparison.boards), "board"), (len(comparison.models), "model"), (len(comparison.tasks), "task")]
    what = " · ".join(f"{n} {word}{'s' * (n != 1)}" for n, word in parts)
    line: Line = [(" Compare  ", "accent-strong"), (f"{count} replies of {what}", "text")]
    if out:
        line.append((f" · {out} left out", "warn"))
    if comparison.spared:
        line.append((" · unsound ones count", "warn-pill"))
    return fit(with_own_time(line, (cell.sim_speed for cell in comparison.cells), columns), columns)


def is_indicative(comparison: Comparison) -> bool:
    """Has any of its cells too few repeats to tell boards apart by?"""
    return any(_few(cell) for cell in comparison.cells)


def _few(cell: Cell) -> bool:
    items = len({reply.request.item for reply in cell.replies})
    return cell.mode == "quick" or 0 < cell.n < PUBLISHABLE * items


def figures_page(comparison: Comparison, quantity: Quantity, columns: int) -> list[Line]:
    """A block for each task, way of measuring and model: its boards, the fastest first; then which to take."""
    lines = _warnings(comparison, columns)
    chosen = choices(comparison)
    for task in comparison.tasks:
        for mode in comparison.modes:
            for model in comparison.models:
                if ranked := comparison.ranked(model, task, mode):
                    title = hostile.one_line(f"{task} · {model} · {mode}", 60)
                    unit = f", {quantity.unit}" if quantity.unit else ""
                    head: Line = [(title, "accent-strong")]
                    lines += [spread(head, [(f"{quantity.label}{unit}", "muted")], columns)]
                    lines += [*_block(ranked, comparison.reference, quantity, columns), []]
        lines += [line for each in chosen if each.task == task for line in [*_paragraph(each.words, columns), []]]
    pairs = (f"{p.first} against {p.second} on {p.board}, {p.mode}: {p.why}" for p in rivals(comparison))
    return [*lines, *(line for words in pairs for line in _paragraph(words, columns))]


def _paragraph(words: str, columns: int) -> list[Line]:
    """Set in, so that a row of it is not taken for a board's."""
    return [[(f"  {row}", "text")] for row in wrap(hostile.one_line(words, 1000), columns - 2)]


def _warnings(comparison: Comparison, columns: int) -> list[Line]:
    """Models that are not the same on all boards, runtimes that are broken, eras that do not compare."""
    told = [_told(reply) for cell in comparison.cells for reply in cell.replies]
    words = []
    for model, digests in drifted(told).items():
        parts = (f"{digest[:12]} on {', '.join(boards)}" for digest, boards in digests.items())
        words.append(f"▲ {model} is not the same everywhere: {'; '.join(parts)}")
    words += [f"▲ {board}, {model}: {why}" for (board, model), why in blamed(told).items()]
    rows = [row for each in words for row in wrap(hostile.one_line(each, 400), columns)]
    lines: list[Line] = [[(row, "bad")] for row in rows]
    apart = hostile.one_line(comparison.not_compared, 600)
    lines += [[(row, "warn")] for row in (wrap(apart, columns) if apart else [])]
    return [*lines, []] if lines else []


def _told(reply: Reply) -> dict[str, Any]:
    """As much of its document as the warnings look at."""
    asked, score = reply.request, reply.score
    judged: dict[str, Any] | None = None
    if isinstance(score, Score):
        value, person = (None if isinstance(score.value, NA) else score.value), score.overruled
        judged = {"value": value, "passed": score.passed, "marks": score.marks}
        judged["overruled"] = None if person is None else {"passed": person.passed}
    return {
        "board": asked.board,
        "model": asked.model,
        "canary": asked.canary,
        "image_sha256": asked.image_sha256,
        "digest": reply.digest if known(reply.digest) else "",
        "score": judged,
    }


def _block(ranked: tuple[Cell, ...], reference: str, quantity: Quantity, columns: int) -> Iterator[Line]:
    medians = [cell.median(quantity.name) for cell in ranked]
    full = max((median for median in medians if known(median)), default=0.0)
    for cell, median in zip(ranked, medians, strict=True):
        name = shorten(hostile.one_line(cell.board), BOARD)
        line: Line = [(name + " " * (BOARD + 1 - cells(name)), "accent" if cell.board == reference else "strong")]
        found = cell.spreads[quantity.name]
        if isinstance(found, NA):
            line += [(f"n/a: {hostile.one_line(found.reason)}   ", "muted"), *_right(cell, roomy=columns >= ROOMY)]
        else:
            share = bar(median, full, _bar(columns), ink="accent")
            line += [*share, (" ", "text"), *_figures(cell, found, reference, quantity, columns)]
        sim: Line = [(" simulated" if columns >= ROOMY else " sim", "muted")] if cell.sim_speed else []
        yield [*fit(line, columns - width(sim)), *sim]
        for words in () if isinstance(found, NA) else _beneath(cell):
            yield [(" " * (BOARD + 1), "text"), (shorten(words, columns - BOARD - 1), "warn")]


def _bar(columns: int) -> int:
    """What the figures leave of a line."""
    return min(40, max(6, columns - (107 if columns >= ROOMY else 71)))


def _figures(cell: Cell, found: Spread, reference: str, quantity: Quantity, columns: int) -> Line:
    roomy = columns >= ROOMY
    size = 26 if roomy else 22
    line: Line = [(f"{shorten(span(found, quantity.unit), size):<{size}}", "text")]
    count = f"n={found.n}{'!' if _few(cell) else ''}"
    line.append((f"{count:<5} ", "muted"))
    line += [(f"{_against(cell, reference, quantity, roomy=roomy)} ", "text"), *_right(cell, roomy=roomy)]
    if columns >= ROOMIEST and quantity.name == "e2e_s" and (cold := cold_start(cell)):
        line.append((f"  cold {cold}", "muted"))
    return line


def _against(cell: Cell, reference: str, quantity: Quantity, *, roomy: bool) -> str:
    """The ratio is told of end-to-end times alone: of those it is known."""
    size = 26 if roomy else 13
    if quantity.name != "e2e_s" or not reference:
        return ""
    if cell.board == reference:
        return f"{'reference':<{size}}"
    words = ratio_words(cell.ratio, roomy=roomy)
    return f"{shorten(words, size):<{size}}"


def ratio_words(found: Ratio | NA, *, roomy: bool) -> str:
    """``48× slower [46–51]``; why it is not known."""
    if isinstance(found, NA):
        return f"n/a: {hostile.one_line(found.reason)}" if roomy else "–"
    words = numbers.ratio(found.value)
    return f"{words} [{shown(found.low)}–{shown(found.high)}]" if roomy else words


def _right(cell: Cell, *, roomy: bool) -> Line:
    """``3/4 right, 30–95 %``: of items, with Wilson's interval."""
    right, judged = cell.items
    if not judged:
        return [("not judged", "muted")] if roomy else []
    line: Line = [(f"{right}/{judged} right", "good" if right == judged else "bad" if not right else "text")]
    if roomy and isinstance(cell.right, Interval):
        line.append((f" {100 * cell.right.low:.0f}–{100 * cell.right.high:.0f} %", "muted"))
    return line


def _beneath(cell: Cell) -> Iterator[str]:
    """What did not come to an answer, what stays out and why, which marks count nevertheless."""
    bad = [(outcome, count) for outcome, count in cell.outcomes if outcome != "ok"]
    if bad:
        yield ", ".join(f"{outcome} ×{count}" for outcome, count in bad)
    if cell.excluded:
        reasons = Counter(why for _, why in cell.excluded).most_common()
        told = ", ".join(f"{why} ×{count}" for why, count in reasons)
        yield f"{len(cell.excluded)} of {len(cell.replies)} left out: {told}"
    elif cell.marks:
        yield hostile.one_line("marked: " + ", ".join(f"{mark} ×{count}" for mark, count in cell.marks))


def next_quantity(name: str) -> str:
    """The quantity after this one."""
    names = list(QUANTITIES)
    return names[(names.index(name) + 1) % len(names)]
