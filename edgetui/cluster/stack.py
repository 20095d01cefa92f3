"""Boards that stand in one stack heat each other: one computes at a time, or the answers say that several did."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from edgetui.config import Board

TAG = "stack:"


def stack_of(board: Board) -> str:
    """The name behind its tag ``stack:NAME``; empty where it stands alone."""
    return next((tag.removeprefix(TAG) for tag in board.tags if tag.startswith(TAG)), "")


@dataclass(slots=True, eq=False)
class Stack:
    """What the workers of its boards share."""

    turn: str = ""
    """The board whose turn it is; empty: anybody's."""
    _busy: dict[str, bool] = field(default_factory=dict)

    @contextmanager
    def working(self, board: str) -> Iterator[None]:
        """The board computes; until then ``shared`` tells whether it did so alone."""
        self._busy[board] = False
        if len(self._busy) > 1:
            self._busy = dict.fromkeys(self._busy, True)
        try:
            yield
        finally:
            del self._busy[board]

    def shared(self, board: str) -> bool:
        """Has another board of the stack computed while this one did?"""
        return self._busy.get(board, False)
