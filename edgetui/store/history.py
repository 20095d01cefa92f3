"""Readings of the whole fleet by the second, thinned out with their age."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any, Final

import aiosqlite

from edgetui.config import Board, HistorySection
from edgetui.model import Event, HistoryPoint, Sample
from edgetui.store import stretches
from edgetui.store.database import READING, insert
from edgetui.store.events import StoredEvents
from edgetui.store.folding import SPANS, Kept, fold_into, insert_seconds, plan, read_piece, width
from edgetui.store.rows import Row
from edgetui.store.stretches import COLUMNS, TRAIL, Facts

ROW_BYTES: Final = 200
"""What a row of history takes of the disk at most, half-full pages counted."""
SETTLE_S: Final = 5
"""A second is folded when it is so old: nobody writes to it any more."""
AHEAD_S: Final = 3600
"""Seconds that were folded so long after now were told by a clock that has been set back: all is folded anew."""
FACTS: Final = 20_000
"""Rows of ``facts``; beyond it the least used go."""
_COARSEST_FIRST: Final = tuple(sorted(SPANS, reverse=True))


class StoredHistory(StoredEvents):
    """One write a second for the whole fleet."""

    def __init__(self, path: Path, connection: aiosqlite.Connection) -> None:
        super().__init__(path, connection)
        self._board_ids: dict[str, int] = {}
        self._facts_ids: dict[str, int] = {}
        self._last_facts: dict[str, tuple[object, str]] = {}
        self._facts: dict[int, Facts] = {}

    async def save_boards(self, boards: Iterable[Board], addresses: Mapping[str, str] | None = None) -> None:
        """Keep what is configured of these boards; ``addresses`` by name, without it none. Raises StoreError."""
        rows = [
            {
                "name": b.name,
                "tags": json.dumps(b.tags),
                "cooling": b.cooling,
                "ambient_c": b.ambient_c,
                "reference": b.reference,
                "address": (addresses or {}).get(b.name),
            }
            for b in boards
        ]
        await self._whole(partial(self._save_boards, rows))

    async def boards(self) -> list[Board]:
        """The boards of which something is kept, in the order in which they came. Raises StoreError."""
        rows = await self._whole(partial(self._all, "SELECT * FROM boards ORDER BY id", ()), READING)
        return [
            Board(
                name=row["name"],
                tags=tuple(json.loads(row["tags"])),
                cooling=row["cooling"],
                ambient_c=row["ambient_c"],
                reference=bool(row["reference"]),
            )
            for row in rows
        ]

    async def add_samples(
        self, samples: Iterable[tuple[str, Sample]], events: Sequence[Event] = (), *, detail: bool = False
    ) -> None:
        """Keep Samples, in the order of time, of boards that have been saved, and events, in one transaction.

        Samples of one second become one row. ``detail``: every field is kept. Raises StoreError.
        """
        seconds: dict[tuple[str, int], list[Sample]] = {}
        for board, sample in samples:
            seconds.setdefault((board, int(sample.time)), []).append(sample)
        told = [self._told(board, said[-1], detail) for (board, _), said in seconds.items()]
        latest = max((second for _, second in seconds), default=0)
        if new := set(told) - self._facts_ids.keys():
            self._facts_ids |= await self._whole(partial(self._know, new, latest))
        rows = [
            (second, self._board_ids[board], self._facts_ids[text], *stretches.values(said, detail=detail))
            for ((board, second), said), text in zip(seconds.items(), told, strict=True)
        ]
        await self._whole(partial(self._insert, rows, events))

    async def fold(self, now: float, limits: HistorySection) -> None:
        """Fold whole minutes into the coarse tables, drop what is too old or too much. Raises StoreError."""
        await self._whole(partial(self._fold, int(now - SETTLE_S) // 60 * 60, limits))
        self._facts_ids.clear()  # those in use are dated anew

    async def history(self, board: str, since: float, until: float, points: int) -> list[HistoryPoint]:
        """What ``board`` said in [since, until), Unix s, oldest first, in the best resolution of ≤ ``points``.

        What is missing is missing: no row is made up. Raises StoreError.
        """
        return await self._whole(partial(self._history, board, int(since), ceil(until), points), READING)

    async def trails(self, span_s: int, since_s: int, until_s: int) -> list[tuple[str, Sample]]:
        """All boards' rows of one table that begin in [since_s, until_s), oldest first. Raises StoreError.

        Of each only temperature, limit and throttles: quick for many.
        """
        return await self._whole(partial(self._trails, span_s, since_s, until_s), READING)

    async def newest(self, span_s: int, since_s: int, until_s: int) -> dict[str, HistoryPoint]:
        """The last of these rows of each board, in full. Raises StoreError."""
        return await self._whole(partial(self._newest, span_s, since_s, until_s), READING)

    async def kept(self) -> dict[int, Kept]:
        """Span in s of a row to the time that its table covers; empty tables are left out. Raises StoreError."""
        return await self._whole(self._kept, READING)

    def _told(self, board: str, sample: Sample, detail: bool) -> str:
        """The facts beside the numbers; put together anew only where they differ from those of the last second."""
        key = stretches.facts_key(sample)
        kept = self._last_facts.get(board)
        if kept is None or detail or kept[0] != key:
            kept = self._last_facts[board] = (key, stretches.facts_text(sample, detail=detail))
        return kept[1]

    async def _save_boards(self, rows: list[Row]) -> None:
        if rows:
            rest = ", ".join(f"{name} = excluded.{name}" for name in rows[0] if name != "name")
            await self._db.executemany(f"{insert('boards', rows[0])} ON CONFLICT (name) DO UPDATE SET {rest}", rows)
        self._board_ids = {row["name"]: row["id"] for row in await self._all("SELECT id, name FROM boards", ())}

    async def _know(self, texts: Iterable[str], used_s: int) -> dict[str, int]:
        known = {}
        for text in texts:
            sql = "INSERT INTO facts (facts, used_s) VALUES (?, ?) ON CONFLICT (facts) DO UPDATE SET used_s = ?"
            await self._db.execute(sql, (text, used_s, used_s))
            (row,) = await self._all("SELECT id FROM facts WHERE facts = ?", (text,))
            known[text] = row["id"]
        return known

    async def _insert(self, rows: list[tuple[Any, ...]], events: Sequence[Event]) -> None:
        cursor = await self._db.executemany(insert_seconds(), rows)
        await self._count(1, cursor.rowcount)
        await self._insert_events(events)

    async def _count(self, span_s: int, rows: int) -> None:
        await self._db.execute("UPDATE tiers SET rows = rows + ? WHERE span_s = ?", (rows, span_s))

    async def _fold(self, minute: int, limits: HistorySection) -> None:
        for span in SPANS[1:]:
            (tier,) = await self._all("SELECT folded_s FROM tiers WHERE span_s = ?", (span,))
            ahead = tier["folded_s"] > minute + AHEAD_S
            since = 0 if ahead else tier["folded_s"]
            if since < minute:
                done = await self._db.execute(fold_into(span), {"since": since, "until": minute})
                await self._count(span, done.rowcount)
                await self._db.execute("UPDATE tiers SET folded_s = ? WHERE span_s = ?", (minute, span))
        seconds = (limits.keep_1s_hours * 3600, limits.keep_10s_hours * 3600, limits.keep_60s_days * 86400)
        for span, keep_s in zip(SPANS, seconds, strict=True):
            await self._drop(span, int(minute - keep_s) // 60 * 60)  # where coarser rows end too
        await self._drop_events(minute - limits.keep_60s_days * 86400)
        await self._shrink(int(limits.max_mb * 1e6 / ROW_BYTES))
        unused = "SELECT id FROM facts ORDER BY used_s DESC LIMIT -1 OFFSET ?"
        oldest = int(minute - max(seconds)) - 120  # dated once a minute
        await self._db.execute(f"DELETE FROM facts WHERE used_s < ? OR id IN ({unused})", (oldest, FACTS))

    async def _drop(self, span: int, before_s: int) -> None:
        done = await self._db.execute(f"DELETE FROM history_{span}s WHERE time_s < ?", (before_s,))
        await self._count(span, -done.rowcount)

    async def _shrink(self, most: int) -> None:
        """Not more than so many rows in all: the oldest go, of the coarsest table first."""
        rows = {row["span_s"]: row["rows"] for row in await self._all("SELECT span_s, rows FROM tiers", ())}
        excess = sum(rows.values()) - most
        for span in _COARSEST_FIRST:
            if excess <= 0:
                return
            going = min(excess, rows[span])
            sql = f"SELECT time_s FROM history_{span}s ORDER BY time_s LIMIT 1 OFFSET ?"
            for last in await self._all(sql, (going - 1,)):
                await self._drop(span, last["time_s"] // 60 * 60 + 60)
            excess -= going

    async def _kept(self) -> dict[int, Kept]:
        found = {}
        for span in SPANS:
            table = f"history_{span}s"  # both ends asked for at once would read all of it
            ends = f"(SELECT min(time_s) FROM {table}) AS a, (SELECT max(time_s) FROM {table}) AS b"
            (row,) = await self._all(f"SELECT {ends}", ())
            if row["a"] is not None:
                found[span] = Kept(row["a"], row["b"] + span)
        return found

    async def _history(self, board: str, since_s: int, until_s: int, points: int) -> list[HistoryPoint]:
        width_s = width(since_s, until_s, points)
        (found,) = await self._all("SELECT (SELECT id FROM boards WHERE name = ?) AS id", (board,))
        out: list[HistoryPoint] = []
        for piece in plan(since_s, until_s, width_s, await self._kept()):
            rows = await self._tuples(read_piece(piece, width_s), {"board": found["id"]})
            out += [p for _, p in await self._points(rows, max(piece.span_s, width_s))]
        return out

    async def _newest(self, span_s: int, since_s: int, until_s: int) -> dict[str, HistoryPoint]:
        sql = f"SELECT {', '.join(COLUMNS)} FROM history_{span_s}s WHERE time_s >= ? AND time_s < ?"
        rows = {row[1]: row for row in await self._tuples(sql, (since_s, until_s))}
        names = await self._names()
        return {names[board]: p for board, p in await self._points(list(rows.values()), span_s)}

    async def _trails(self, span_s: int, since_s: int, until_s: int) -> list[tuple[str, Sample]]:
        sql = f"SELECT {', '.join(TRAIL)} FROM history_{span_s}s WHERE time_s >= ? AND time_s < ?"
        rows = await self._tuples(sql, (since_s, until_s))
        names = await self._names()
        await self._read_facts({row[1] for row in rows})
        return [(names[row[0]], stretches.trail(row, self._facts[row[1]])) for row in rows]

    async def _names(self) -> dict[int, str]:
        return {row["id"]: row["name"] for row in await self._all("SELECT id, name FROM boards", ())}

    async def _points(self, rows: list[Any], span_s: int) -> list[tuple[int, HistoryPoint]]:
        await self._read_facts({row[2] for row in rows})
        return [(row[1], stretches.point(row, self._facts[row[2]], span_s)) for row in rows]

    async def _read_facts(self, ids: set[int]) -> None:
        for fact in ids - self._facts.keys():
            found = await self._all("SELECT facts FROM facts WHERE id = ?", (fact,))
            self._facts[fact] = Facts.read(found[0]["facts"] if found else None)

    async def _tuples(self, sql: str, values: tuple[int, ...] | Row) -> list[Any]:
        """Rows as plain tuples: a third of the time."""
        async with self._db.cursor() as cursor:
            cursor.row_factory = None
            await cursor.execute(sql, values)
            return list(await cursor.fetchall())
