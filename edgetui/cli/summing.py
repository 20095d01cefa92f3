"""What a run comes to, in a few lines on stderr: medians, what stays out of them and why. Never silently empty."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edgetui.config import Config
    from edgetui.model import Reply
    from edgetui.summary import Cell


def summed(replies: Sequence[Reply], *, every: bool) -> Iterator[str]:
    """A line for each board, task and model. ``every``: answers whose marks keep them out count as well."""
    from edgetui.model.sound import SPOILS
    from edgetui.summary import compare

    for cell in compare(replies, spared=frozenset(SPOILS) if every else frozenset()).cells:
        yield _line(cell, every=every)


def chosen(replies: Sequence[Reply], config: Config, *, every: bool) -> Iterator[str]:
    """Which board to take for each task and model, and what heat costs there or how to find out."""
    from edgetui.model.sound import SPOILS
    from edgetui.summary import choices, compare
    from edgetui.ui.selection import reference

    for choice in choices(compare(replies, reference(config), frozenset(SPOILS) if every else frozenset())):
        yield choice.words


def _line(cell: Cell, *, every: bool) -> str:
    from edgetui.model import NA, known
    from edgetui.model.hostile import one_line
    from edgetui.model.own_time import own_time
    from edgetui.model.sound import SPOILS, why_unsound
    from edgetui.summary import span

    time = cell.spreads["e2e_s"]
    parts = [f"{cell.board}, {cell.task}, {one_line(cell.model)}:"]
    parts.append(f"no figure: {time.reason}" if isinstance(time, NA) else f"{span(time, 's')}, n = {time.n}")
    out = Counter(why for _, why in cell.excluded)
    if out and not isinstance(time, NA):
        parts.append("left out: " + ", ".join(f"{why} ×{count}" for why, count in out.most_common()))
    failed = Counter(reply.outcome for reply in cell.replies if not known(reply.metrics.e2e_s))
    if failed and not isinstance(time, NA):
        parts.append("no whole answer: " + ", ".join(f"{outcome} ×{n}" for outcome, n in failed.most_common()))
    if isinstance(time, NA) and out and not every:
        parts.append("(--all counts them)")
    if every:
        marked = [[m for m in reply.marks if m in SPOILS and why_unsound([m], cell.mode)] for reply in cell.replies]
        common = Counter(mark for marks in marked for mark in marks)
        parts += [f"all {m}" if n == len(marked) else f"{m} ×{n} of {len(marked)}" for m, n in common.most_common()]
    if words := own_time([cell.sim_speed]):
        parts.append(words)
    return parts[0] + " " + "; ".join(parts[1:])
