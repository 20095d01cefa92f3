"""Between the workers and the Store: a full disk or a locked file loses nothing while the program lives."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Mapping
from typing import TypeAlias

from edgetui.cluster.plan import CLOSED
from edgetui.errors import StoreError
from edgetui.model import Reply, RunRecord
from edgetui.model.setup import Setup
from edgetui.store import Store
from edgetui.store.runs import Silence

Pictures: TypeAlias = Mapping[str, bytes]
"""By SHA-256."""
AGAIN_S = 5.0
"""How often what could not be stored is tried again."""


class Safe:
    """Stores rows; keeps those that cannot be stored in memory and tries them again."""

    def __init__(self, store: Store | StoreError | None) -> None:
        """An error: the file cannot be opened yet, rows are owed until ``store_in``; None: nobody wants them."""
        self._keeps = store is not None
        self._store = None if isinstance(store, StoreError) else store
        self._owed: deque[RunRecord | Reply | Setup | Pictures] = deque()
        self._cells: dict[str, int] = {}
        self._paying = asyncio.Lock()
        self.failure = store if isinstance(store, StoreError) else None
        """What ended the last write; None while all is well."""

    @property
    def error(self) -> str:
        """Why the last write failed, with the remedy; empty while all is well."""
        return self.failure.sentence if self.failure else ""

    @property
    def owed(self) -> int:
        """Rows that exist in memory only."""
        return len(self._owed)

    async def begin(self, record: RunRecord, pictures: Pictures, cells: int) -> None:
        """A run of so many cells begins, or is gone on with."""
        self._cells[record.id] = cells
        if pictures:
            await self._write(pictures)
        await self._write(record)

    def needless(self, run: str, cells: int) -> None:
        """So many cells of the run will get no reply."""
        self._cells[run] -= cells

    async def keep(self, reply: Reply) -> None:
        """Returns when the reply is committed, or is owed because it cannot be (``error`` says why)."""
        self._cells[reply.request.run] -= not reply.reason.startswith(CLOSED)
        await self._write(reply)

    async def keep_setup(self, setup: Setup) -> None:
        """What a board was like when a run began there; as ``keep``."""
        await self._write(setup)

    async def silences(self) -> list[Silence]:
        """What is stored of how long answers took to begin; nothing where it cannot be read."""
        try:
            return await self._store.silences() if self._store is not None else []
        except StoreError:
            return []

    async def run(self) -> None:
        """Try what is owed again, for ever."""
        while True:
            await asyncio.sleep(AGAIN_S)
            await self.again()

    async def again(self) -> None:
        """Try what is owed once more."""
        if self.failure:
            await self._pay()

    async def store_in(self, store: Store) -> None:
        """The file could be opened at last: what is owed goes into it."""
        self._store = store
        await self._pay()

    async def _write(self, row: RunRecord | Reply | Setup | Pictures) -> None:
        if not self._keeps:
            return
        self._owed.append(row)
        await self._pay()

    async def _pay(self) -> None:
        if self._store is None:
            return
        async with self._paying:
            try:
                while self._owed:
                    row = self._owed[0]
                    if isinstance(row, RunRecord):
                        await self._store.save_run(row)
                    elif isinstance(row, Reply):
                        await self._store.save_reply(row)
                    elif isinstance(row, Setup):
                        await self._store.save_setup(row)
                    else:
                        await self._store.save_pictures(row)
                    self._owed.popleft()
                for run in [r for r, left in self._cells.items() if left == 0]:
                    await self._store.finish_run(run, time.time())
                    del self._cells[run]
                self.failure = None
            except StoreError as error:
                self.failure = error
