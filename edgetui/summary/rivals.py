"""Two models on the same board and the same items: is one right more often, or can these items not tell? Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

from edgetui.model import Mode, Reply
from edgetui.model.score import Score
from edgetui.scoring.statistics import CONFIDENCE, Verdict, mcnemar
from edgetui.summary.comparison import Comparison

Item: TypeAlias = tuple[str, str, str, str]
"""Task, item, prompt, picture: the same question."""
LEAST = 6
"""Fewer discordant items cannot reach p = 0.05 however they fall: 2 / 2⁵ is 0.0625."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rivals:
    """McNemar's test of two models."""

    board: str
    mode: Mode
    first: str
    second: str
    items: int
    """That could be judged of both."""
    only_first: int
    """Items that the first alone had right."""
    only_second: int
    replies: tuple[Reply, ...]
    """Of both, to these items."""

    @property
    def discordant(self) -> int:
        """Items that one of them alone had right: only these tell anything."""
        return self.only_first + self.only_second

    @property
    def p(self) -> float:
        """Exact, two-sided."""
        return mcnemar(self.only_first, self.only_second)

    @property
    def verdict(self) -> Verdict:
        """At p ≤ 0.05, of this pair by itself."""
        return "differs" if self.p <= 1 - CONFIDENCE else "cannot tell"

    @property
    def why(self) -> str:
        """The verdict with what it stands on."""
        if self.discordant < LEAST:
            return f"cannot tell: {self.discordant} discordant of {self.items} items, {LEAST} is the least"
        return f"{self.verdict}: p = {self.p:.2g}, {self.discordant} discordant of {self.items} items"


def rivals(comparison: Comparison) -> tuple[Rivals, ...]:
    """Every two models that were asked the same on a board; boards are not pooled, for they repeat each other."""
    replies: defaultdict[tuple[str, Mode, str], list[Reply]] = defaultdict(list)
    for cell in comparison.cells:
        replies[cell.board, cell.mode, cell.model] += cell.replies
    found: list[Rivals] = []
    for mode in comparison.modes:
        for board in comparison.boards:
            models = [model for model in comparison.models if (board, mode, model) in replies]
            for first, second in combinations(models, 2):
                found += _pair(board, mode, first, second, *(replies[board, mode, m] for m in (first, second)))
    return tuple(found)


def _pair(
    board: str, mode: Mode, first: str, second: str, one: list[Reply], other: list[Reply]
) -> Iterator[Rivals]:
    mine, theirs = _right(one), _right(other)
    both = mine.keys() & theirs.keys()
    if not both:
        return
    yield Rivals(
        board=board,
        mode=mode,
        first=first,
        second=second,
        items=len(both),
        only_first=sum(mine[item] and not theirs[item] for item in both),
        only_second=sum(theirs[item] and not mine[item] for item in both),
        replies=tuple(reply for reply in (*one, *other) if _item(reply) in both),
    )


def _item(reply: Reply) -> Item:
    asked = reply.request
    return asked.task, asked.item, asked.prompt, asked.image_sha256


def _right(replies: Iterable[Reply]) -> dict[Item, bool]:
    """As ``accuracy``: an item is right if most of its judged repeats are."""
    votes: defaultdict[Item, list[bool]] = defaultdict(list)
    for reply in replies:
        if isinstance(reply.score, Score) and (passed := reply.score.final[1]) is not None:
            votes[_item(reply)].append(passed)
    return {item: 2 * sum(each) > len(each) for item, each in votes.items()}
