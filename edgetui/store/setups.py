"""What boards were like when runs began there."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from edgetui.model.setup import Setup
from edgetui.store.database import READING, Database
from edgetui.store.rows import Row, document


class StoredSetups(Database):
    """One row for each board, run and time that it was begun or gone on with."""

    async def save_setup(self, setup: Setup) -> None:
        """Keep it; the run must have been saved. Raises StoreError."""
        said = setup.to_json()
        told = {"run_id": said.pop("run"), "board": said["board"], "told_at": said["told_at"]}
        await self._whole(partial(self._add_setup, {**told, "setup": document(said)}))

    async def setups(self, run_id: str) -> list[dict[str, Any]]:
        """As ``Setup.to_json`` gave them without ``run``, by time; none for a run of an older edgetui.

        Raises StoreError.
        """
        return [json.loads(row["setup"]) for row in await self._setups(run_id)]

    async def _setups(self, run_id: str) -> list[Row]:
        sql = "SELECT * FROM setups WHERE run_id = ? ORDER BY told_at, board"
        return await self._whole(partial(self._all, sql, (run_id,)), READING)

    async def _add_setup(self, row: Row) -> None:
        sql = "INSERT OR REPLACE INTO setups VALUES (:run_id, :board, :told_at, :setup)"
        await self._db.execute(sql, row)


def censored(document: str, censor: Callable[[str], str]) -> str:
    """The same with what reasons and a person's words may tell gone through ``censor``."""
    said = json.loads(document)
    reasons = {name: censor(reason) for name, reason in said["na"].items()}
    return json.dumps({**said, "cooling": said["cooling"] and censor(said["cooling"]), "na": reasons})
