"""Every reply that is kept, as a line each: what lists and filters of thousands are made of."""

from __future__ import annotations

import json
from collections.abc import Collection
from functools import partial
from typing import Final, NamedTuple

from edgetui.errors import StoreError
from edgetui.store.alone import alone
from edgetui.store.database import READING
from edgetui.store.rows import Row, unix
from edgetui.store.runs import WITH_HEAT, StoredReply, StoredRuns, stored


class Result(NamedTuple):
    """One reply without its samples and settings. A figure that is not there is None; ``Reply`` knows why."""

    id: int
    """Its row; a reply that is measured anew gets another one."""
    run: str
    board: str
    task: str
    item: str
    model: str
    repeat: int
    mode: str
    outcome: str
    reason: str
    text: str
    """As it came: clean it before it is shown."""
    finished_at: str
    """RFC 3339."""
    e2e_s: float | None
    ttft_s: float | None
    t100_s: float | None
    tok_per_s: float | None
    marks: tuple[str, ...]
    value: float | None
    """Of the score that stands, 0-1."""
    passed: bool | None
    person: bool
    """A person overruled the rule."""
    sim_speed: float
    """0 for a real board."""
    hay: str
    """All its words in lower case, for filters."""


class Extent(NamedTuple):
    """Tells whether anything changed since another look."""

    newest: int
    """Highest ``Result.id``."""
    replies: int
    runs: int
    overruled: str
    """When a person last overruled a score; empty where nobody did."""


_COLUMNS: Final = (
    "id, run_id, board, task, item, model, repeat, mode, outcome, reason, text, finished_at,"
    " e2e_s, ttft_s, t100_s, tok_per_s, r.marks, coalesce(sim_speed, 0) AS sim_speed,"
    " a.value, a.passed, p.reply_id IS NOT NULL AS person, p.value AS person_value, p.passed AS person_passed"
)
_JOINED: Final = (
    "FROM replies AS r LEFT JOIN scores AS a ON a.reply_id = r.id AND a.source = 'automatic'"
    " LEFT JOIN scores AS p ON p.reply_id = r.id AND p.source = 'person'"
)


class StoredResults(StoredRuns):
    """Replies of all runs."""

    async def extent(self) -> Extent:
        """How much there is now. Raises StoreError."""
        sql = (
            "SELECT (SELECT coalesce(max(id), 0) FROM replies) AS newest,"
            " (SELECT count(*) FROM replies) AS replies, (SELECT count(*) FROM runs) AS runs,"
            " (SELECT coalesce(max(scored_at), '') FROM scores WHERE source = 'person') AS overruled"
        )
        (row,) = await self._whole(partial(self._all, sql, ()), READING)
        return Extent(**row)

    async def results(self, after: int = 0) -> list[Result]:
        """The replies whose ``id`` is above ``after``, newest first. Raises StoreError."""
        sql = f"SELECT {_COLUMNS} {_JOINED} WHERE r.id > ? ORDER BY r.id DESC"
        rows = await self._whole(partial(self._all, sql, (after,)), READING)
        try:
            return [_result(row) for row in rows]
        except (TypeError, ValueError) as error:
            told = StoreError(
                f"{self.path} is damaged or was changed: {error}"[:300], "save it with: sqlite3 FILE .recover"
            )
            raise told from error

    async def chosen(self, ids: Collection[int]) -> list[StoredReply]:
        """These replies, in the order of their ids. Raises StoreError."""
        return await self._whole(partial(self._chosen, json.dumps(list(ids))), READING)

    async def delete_run(self, run_id: str) -> None:
        """Forget a run with its replies, samples and scores. Raises StoreError, also while it is measured."""
        with alone(self.path, run_id):
            await self._whole(partial(self._delete_run, run_id))

    async def _delete_run(self, run_id: str) -> None:
        await self._db.execute("DELETE FROM runs WHERE id = ?", (run_id,))

    async def _chosen(self, ids: str) -> list[StoredReply]:
        which = "(SELECT value FROM json_each(?))"
        verdicts: dict[int, list[Row]] = {}
        for verdict in await self._all(f"SELECT * FROM scores WHERE reply_id IN {which}", (ids,)):
            verdicts.setdefault(verdict["reply_id"], []).append(verdict)
        rows = await self._all(f"{WITH_HEAT} WHERE id IN {which} ORDER BY id", (ids,))
        return [stored(row, verdicts.get(row["id"], [])) for row in rows]


_FIGURES: Final = ("e2e_s", "ttft_s", "t100_s", "tok_per_s", "value", "person_value")


def _result(row: Row) -> Result:
    """Raises TypeError and ValueError where a value is none: SQLite keeps whatever somebody wrote by hand."""
    unix(row["finished_at"])
    for name in _FIGURES:
        if not isinstance(row[name], int | float | None):
            raise TypeError(f"{name} is {row[name]!r:.40}")
    person, value, passed = bool(row.pop("person")), row.pop("person_value"), row.pop("person_passed")
    run, marks = row.pop("run_id"), tuple(json.loads(row.pop("marks")))
    if person:
        row |= {"value": value, "passed": passed}
    passed = None if row["passed"] is None else bool(row["passed"])
    named = (run, row["board"], row["task"], row["item"], row["model"], row["mode"], row["outcome"], row["reason"])
    verdict = {True: "right", False: "wrong", None: ""}[passed]
    also = (verdict, "person" if person else "", "simulated" if row["sim_speed"] else "")
    hay = "\n".join((*named, *marks, *also, row["text"])).lower()
    return Result(**{**row, "run": run, "marks": marks, "passed": passed, "person": person, "hay": hay})
