"""What happened when: links, identities, alerts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Final

from edgetui.model import Event
from edgetui.model.sample import rfc3339
from edgetui.store.database import READING, Database
from edgetui.store.rows import Row, plain, unix

STATE_KINDS: Final = ("link", "identity", "ollama")
"""Events of which a board's newest one tells how it is."""
DESCRIBING: Final = ("identity", "ollama")
"""Those of them that only tell how a board is: nothing happened to it. Put into SQL as it stands."""


class StoredEvents(Database):
    """Events only come; the newest of its kind stays as long as the file, others as long as the history."""

    async def add_events(self, events: Sequence[Event]) -> None:
        """Keep events. Raises StoreError."""
        await self._whole(partial(self._insert_events, events))

    async def events(self, since: float, until: float, boards: Iterable[str] | None = None) -> list[Event]:
        """Events of [since, until], Unix s, oldest first, of these boards and of the fleet, or all.

        Raises StoreError.
        """
        chosen = "" if boards is None else "AND board IN ('', (SELECT value FROM json_each(:boards)))"
        names = None if boards is None else json.dumps(list(boards))
        sql = f"SELECT * FROM events WHERE time BETWEEN :since AND :until {chosen} ORDER BY time, id"
        values = {"since": rfc3339(since), "until": rfc3339(until), "boards": names}
        return [_event(row) for row in await self._whole(partial(self._all, sql, values), READING)]

    async def told(self, since: float, until: float, limit: int) -> list[Event]:
        """The newest events of [since, until], Unix s, but for ``STATE_KINDS``, oldest first. Raises StoreError."""
        sql = (
            "SELECT * FROM events WHERE time BETWEEN :since AND :until"
            " AND kind NOT IN (SELECT value FROM json_each(:kinds)) ORDER BY time DESC, id DESC LIMIT :limit"
        )
        values = {
            "since": rfc3339(since),
            "until": rfc3339(until),
            "kinds": json.dumps(STATE_KINDS),
            "limit": limit,
        }
        return [_event(row) for row in await self._whole(partial(self._all, sql, values), READING)][::-1]

    async def search_events(self, query: str, since: float, until: float, limit: int) -> list[Event]:
        """The newest events of [since, until], Unix s, that happened to a board or to the fleet, newest first.

        Every word of ``query`` is part of board, kind or text, ASCII case aside. Raises StoreError.
        """
        words = query.lower().split()
        said = "lower(board || char(10) || kind || char(10) || text)"
        sql = (
            f"SELECT * FROM events WHERE time BETWEEN ? AND ? AND kind NOT IN {DESCRIBING}"
            f"{f' AND instr({said}, ?)' * len(words)} ORDER BY time DESC, id DESC LIMIT ?"
        )
        values = (rfc3339(since), rfc3339(until), *words, limit)
        return [_event(row) for row in await self._whole(partial(self._all, sql, values), READING)]

    async def next_event(self, time: float, *, forward: bool) -> float | None:
        """When the next event after or before ``time`` happened, Unix s; not those that only describe a board.

        Raises StoreError.
        """
        end, sign = ("min", ">") if forward else ("max", "<")
        sql = f"SELECT {end}(time) AS time FROM events WHERE time {sign} ? AND kind NOT IN {DESCRIBING}"
        (row,) = await self._whole(partial(self._all, sql, (rfc3339(time),)), READING)
        return None if row["time"] is None else unix(row["time"])

    async def states_at(self, time: float) -> dict[tuple[str, str], Event]:
        """(board, kind) to the newest event of ``STATE_KINDS`` up to ``time``, Unix s. Raises StoreError."""
        sql = (
            "SELECT e.* FROM boards CROSS JOIN json_each(:kinds) AS kinds JOIN events AS e ON e.id ="
            " (SELECT id FROM events WHERE board = boards.name AND kind = kinds.value AND time <= :time"
            " ORDER BY time DESC, id DESC LIMIT 1)"
        )
        values = {"kinds": json.dumps(STATE_KINDS), "time": rfc3339(time)}
        rows = await self._whole(partial(self._all, sql, values), READING)
        return {(row["board"], row["kind"]): _event(row) for row in rows}

    async def _insert_events(self, events: Sequence[Event]) -> None:
        rows = [
            (rfc3339(e.time), e.board, e.kind, plain(e.text), json.dumps(dict(e.detail), sort_keys=True))
            for e in events
        ]
        await self._db.executemany(
            "INSERT INTO events (time, board, kind, text, detail) VALUES (?, ?, ?, ?, ?)", rows
        )

    async def _drop_events(self, before: float) -> None:
        newer = (
            "SELECT 1 FROM events AS n WHERE n.board = events.board AND n.kind = events.kind"
            " AND n.time > events.time AND n.time < :before"
        )
        sql = f"DELETE FROM events WHERE time < :before AND EXISTS ({newer})"
        await self._db.execute(sql, {"before": rfc3339(before)})


def _event(row: Row) -> Event:
    return Event(
        time=unix(row["time"]),
        board=row["board"],
        kind=row["kind"],
        text=row["text"],
        detail=json.loads(row["detail"]),
    )
