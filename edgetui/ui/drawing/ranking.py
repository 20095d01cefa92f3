"""Who was faster, by how much, and whether it said the same. Only finished, good answers count."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from statistics import median

from edgetui.cluster.live import LiveRun
from edgetui.model import Reply, known
from edgetui.model.own_time import own
from edgetui.model.run import GOOD
from edgetui.model.score import Score
from edgetui.ui.drawing import numbers
from edgetui.ui.drawing.ink import Line, cells, width


@dataclass(frozen=True, slots=True)
class Rank:
    """One board's place."""

    board: str
    seconds: float
    """Median of its timed requests, s of its own time."""
    ratio: float | None
    """Median over the cells that the reference answered too; None where there is none."""
    same: bool | None
    """Did it answer all of these cells like the reference, blanks and case aside?"""
    right: tuple[int, int]
    """Answers that are right, and those that could be judged."""


def ranking(run: LiveRun, reference: str) -> list[Rank]:
    """Fastest first."""
    good = [live.reply for live in run.replies if live.reply is not None and live.reply.outcome in GOOD]
    judged: defaultdict[str, list[bool]] = defaultdict(list)
    taken: defaultdict[str, dict[tuple[str, str, int], tuple[float, str]]] = defaultdict(dict)
    for reply in good:
        if isinstance(reply.score, Score) and (passed := reply.score.final[1]) is not None:
            judged[reply.request.board].append(passed)
        if known(seconds := own("e2e_s", reply.metrics.e2e_s, reply.sim_speed)):
            taken[reply.request.board][_cell(reply)] = (seconds, _folded(reply.text))
    ranks = []
    for board, answers in taken.items():
        pairs = [(answers[c], taken[reference][c]) for c in answers if c in taken.get(reference, {})]
        compared = board != reference and bool(pairs)
        ranks.append(
            Rank(
                board,
                median(s for s, _ in answers.values()),
                median(a[0] / b[0] for a, b in pairs if b[0] > 0) if compared else None,
                all(a[1] == b[1] for a, b in pairs) if compared else None,
                (sum(judged[board]), len(judged[board])),
            )
        )
    return sorted(ranks, key=lambda rank: rank.seconds)


def _cell(reply: Reply) -> tuple[str, str, int]:
    return reply.request.item, reply.request.model, reply.request.repeat


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def compared(rank: Rank, reference: str, columns: int = 200) -> str:
    """``31× slower than rtx3060, same answer``, shorter where it must; empty without anything to compare with."""
    if rank.ratio is None:
        return ""
    word = numbers.ratio(rank.ratio)
    answer = "same answer" if rank.same else "another answer"
    whole = f"{word} {'as' if word == 'as fast' else 'than'} {reference}, {answer}"
    return whole if cells(whole) <= columns else f"{word}, {answer}"


def guarded_line(run: LiveRun) -> Line:
    """``✕ pi5 guarded 96°``: the boards whose work the heat guard has ended, with their hottest reading."""
    hottest: dict[str, float | None] = {}
    for live in run.replies:
        if live.reply is not None and live.reply.outcome == "guarded":
            hottest.setdefault(live.request.board, live.peak_c)
    line: Line = []
    for board, celsius in hottest.items():
        reading = f" {celsius:.0f}°" if celsius is not None else ""
        line += [("✕ ", "bad"), (board, "strong"), (f" guarded{reading}   ", "bad")]
    return line


def ranking_line(ranks: list[Rank], columns: int) -> Line:
    """``1 rtx3060 4.1 s right   2 pi5 120 s 31× slower = right``; what has no room is counted."""
    line: Line = []
    for place, rank in enumerate(ranks, 1):
        parts: Line = [
            (f"{place} ", "accent"),
            (rank.board, "strong"),
            (f" {numbers.seconds(rank.seconds)}", "text"),
        ]
        if rank.ratio is not None:
            parts.append((f" {numbers.ratio(rank.ratio)} {'=' if rank.same else '≠'}", "muted"))
        right, judged = rank.right
        if judged:
            words = f" {right}/{judged} right" if judged > 1 else " right" if right else " wrong"
            parts.append((words, "good" if right == judged else "bad"))
        more = f"+{len(ranks) - place + 1} more"
        rest = 3 + cells(more) if place < len(ranks) else 0
        if width(line) + width(parts) + rest > columns:
            return [*line, (more, "muted")]
        line += [*parts, ("   ", "text")]
    return line
