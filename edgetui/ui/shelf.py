"""What the Store holds, as of the last look at it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Hashable, Iterable
from typing import Final

from edgetui.cluster.background import Background
from edgetui.model.run import GOOD
from edgetui.store import Extent, Result, Store
from edgetui.ui.drawing.results import RunLine

RUNS = 5000
"""Runs listed at most."""
_NOTHING: Final = Extent(0, 0, 0, "")


class Shelf:
    """Replies newest first, and their runs."""

    def __init__(self, background: Background) -> None:
        self._background = background
        self.extent: Extent | None = None
        """None before the first look."""
        self.results: list[Result] = []
        self.runs: list[RunLine] = []

    async def renew(self) -> bool:
        """Read what is new, or all where something was taken away or judged anew; False where nothing changed.

        Raises StoreError.
        """
        ask = self._background.consult
        extent = await asyncio.wrap_future(ask(Store.extent))
        if extent == self.extent:
            return False
        known = self.extent or _NOTHING
        after = known.newest if extent.overruled == known.overruled else 0
        found = await asyncio.wrap_future(ask(lambda store: store.results(after)))
        if after and len(found) + len(self.results) != extent.replies:
            found, after = await asyncio.wrap_future(ask(Store.results)), 0
        records = await asyncio.wrap_future(ask(lambda store: store.runs(RUNS)))
        self.results = [*found, *self.results] if after else found
        tallies = _tallies(self.results)
        self.runs = [RunLine(record, *tallies.get(record.id, (0, 0, 0, 0))) for record in records]
        self.extent = extent
        return True

    def of_runs(self, runs: Collection[Hashable]) -> list[Result]:
        """The replies of these runs, by their ids."""
        return [result for result in self.results if result.run in runs]


def _tallies(results: Iterable[Result]) -> dict[str, tuple[int, int, int, int]]:
    """By run: replies, good ones, right ones, judged ones."""
    found: dict[str, tuple[int, int, int, int]] = {}
    for r in results:
        count, good, right, judged = found.get(r.run, (0, 0, 0, 0))
        ok, told = r.outcome in GOOD, r.passed is not None
        found[r.run] = count + 1, good + ok, right + bool(r.passed), judged + told
    return found
