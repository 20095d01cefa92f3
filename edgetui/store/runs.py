"""Runs, their replies and the samples meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any, Final, NamedTuple

from edgetui.model import Reply, RunRecord
from edgetui.model.run import OUR_WORDS
from edgetui.model.sample import rfc3339
from edgetui.model.score import Overruling, Score
from edgetui.store.database import READING, insert
from edgetui.store.rows import SAMPLE, Row, reply_json, reply_row, reply_value, run_record, run_row, sample_json
from edgetui.store.scores import automatic_row, person_row, score_json, score_value
from edgetui.store.setups import StoredSetups, censored


@dataclass(frozen=True, slots=True)
class StoredReply:
    """A Reply without its samples, and what these say of the time in which it was made."""

    reply: Reply
    peak_c: float | None
    throttled: str
    """Letters, as in ``LiveReply.throttled``."""


class StoredCell(NamedTuple):
    """One cell of a run that has a reply."""

    board: str
    task: str
    item: str
    model: str
    repeat: int
    outcome: str
    reason: str
    marks: tuple[str, ...]


class Silence(NamedTuple):
    """Of one answer: how long nothing came."""

    board: str
    task: str
    model: str
    era: str
    """Of its Ollama; empty: not known."""
    sim_speed: float
    """0 for a real board."""
    ttft_s: float


class StoredRuns(StoredSetups):
    """What was asked and answered."""

    async def save_run(self, record: RunRecord) -> None:
        """Keep a run, or what changed of it. Raises StoreError."""
        await self._whole(partial(self._upsert_run, run_row(record)))

    async def save_pictures(self, pictures: Mapping[str, bytes]) -> None:
        """Keep what runs ask about, by SHA-256, so that they can be gone on with. Raises StoreError."""
        await self._whole(partial(self._add_pictures, dict(pictures)))

    async def pictures(self, digests: Iterable[str]) -> dict[str, bytes]:
        """Those of them that are kept. Raises StoreError."""
        wanted = json.dumps(list(digests))
        sql = "SELECT sha256, data FROM pictures WHERE sha256 IN (SELECT value FROM json_each(?))"
        return {
            row["sha256"]: row["data"] for row in await self._whole(partial(self._all, sql, (wanted,)), READING)
        }

    async def cells(self, run_id: str) -> list[StoredCell]:
        """The cells of a run that have a reply. Raises StoreError."""
        sql = "SELECT board, task, item, model, repeat, outcome, reason, marks FROM replies WHERE run_id = ?"
        rows = await self._whole(partial(self._all, sql, (run_id,)), READING)
        return [StoredCell(**{**row, "marks": tuple(json.loads(row["marks"]))}) for row in rows]

    async def durations(self, mode: str) -> dict[tuple[str, str, str], dict[float, list[float]]]:
        """By board, task and model, then by ``sim_speed``: host s from gate to end of answers, newest first.

        Raises StoreError.
        """
        sql = (
            "SELECT board, task, model, coalesce(sim_speed, 0) AS speed,"
            " (julianday(finished_at) - julianday(started_at)) * 86400 AS s FROM replies"
            " WHERE mode = ? AND outcome IN ('ok', 'truncated', 'timeout') ORDER BY id DESC LIMIT 10000"
        )
        found: dict[tuple[str, str, str], dict[float, list[float]]] = {}
        for row in await self._whole(partial(self._all, sql, (mode,)), READING):
            speeds = found.setdefault((row["board"], row["task"], row["model"]), {})
            speeds.setdefault(row["speed"], []).append(row["s"])
        return found

    async def silences(self) -> list[Silence]:
        """How long the newest answers took to their first token, newest first. Raises StoreError."""
        sql = (
            "SELECT board, task, model, coalesce(era, '') AS era, coalesce(sim_speed, 0) AS sim_speed, ttft_s"
            " FROM replies WHERE outcome IN ('ok', 'truncated') AND typeof(ttft_s) = 'real'"
            " AND instr(marks, '\"cache-suspect\"') = 0"
            " ORDER BY id DESC LIMIT 5000"
        )
        return [Silence(**row) for row in await self._whole(partial(self._all, sql, ()), READING)]

    async def finish_run(self, run_id: str, finished_at: float) -> None:
        """The run ended at ``finished_at``, Unix s. Raises StoreError."""
        await self._whole(partial(self._set_finished, run_id, rfc3339(finished_at)))

    async def save_reply(self, reply: Reply) -> None:
        """Keep a reply with its samples; the run must have been saved. Raises StoreError."""
        scores = [automatic_row(reply.score.to_json())] if isinstance(reply.score, Score) else []
        await self._whole(partial(self._replace_reply, *reply_row(reply), scores))

    async def overrule(self, cell: Mapping[str, Any], said: Overruling) -> None:
        """Keep a person's verdict on a reply beside the automatic one; a later one takes its place.

        ``cell``: run_id, board, task, item, model, repeat. Raises StoreError.
        """
        await self._whole(partial(self._overrule, {name: cell[name] for name in _CELL}, person_row(said)))

    async def runs(self, limit: int = 50, prefix: str = "") -> list[RunRecord]:
        """The newest runs whose id begins with ``prefix``, newest first. Raises StoreError."""
        newest = "SELECT * FROM runs WHERE substr(id, 1, ?) = ? ORDER BY fired_at DESC, id LIMIT ?"
        rows = await self._whole(partial(self._all, newest, (len(prefix), prefix, limit)), READING)
        return [run_record(row) for row in rows]

    async def replies(self, run_id: str) -> list[dict[str, Any]]:
        """The replies of a run in the order they were stored, as ``Reply.to_json`` gave them. Raises StoreError."""
        return await self._whole(partial(self._replies, run_id), READING)

    async def runs_between(self, since: float, until: float, limit: int) -> list[RunRecord]:
        """The newest runs that were fired or answered in this time, Unix s, oldest first. Raises StoreError."""
        sql = (
            "SELECT * FROM runs WHERE fired_at <= :until AND (fired_at >= :since OR EXISTS"
            " (SELECT 1 FROM replies WHERE run_id = runs.id AND finished_at >= :since))"
            " ORDER BY fired_at DESC, id LIMIT :limit"
        )
        values = {"since": rfc3339(since), "until": rfc3339(until), "limit": limit}
        return [run_record(row) for row in await self._whole(partial(self._all, sql, values), READING)][::-1]

    async def stored_replies(self, run_id: str) -> list[StoredReply]:
        """The replies of a run in the order they were stored. Raises StoreError."""
        sql = f"{WITH_HEAT} WHERE run_id = ? ORDER BY id"
        rows, scores = await self._whole(partial(self._with_scores, sql, run_id), READING)
        return [stored(row, scores.get(row["id"], [])) for row in rows]

    async def copy_run(
        self, run_id: str, target: StoredRuns, boards: Set[str], censor: Callable[[str], str]
    ) -> None:
        """Copy a run, its pictures and its replies of ``boards``, what we say of them through ``censor``.

        Its plan stays: it names files of this machine. Raises StoreError.
        """
        mine = "FROM replies WHERE run_id = ?"
        run, *_ = await self._whole(partial(self._all, "SELECT * FROM runs WHERE id = ?", (run_id,)), READING)
        replies = await self._whole(partial(self._all, f"SELECT * {mine} ORDER BY id", (run_id,)), READING)
        samples = f"SELECT * FROM samples WHERE reply_id IN (SELECT id {mine}) ORDER BY reply_id, position"
        rows = await self._whole(partial(self._all, samples, (run_id,)), READING)
        scored = f"SELECT * FROM scores WHERE reply_id IN (SELECT id {mine})"
        verdicts = await self._whole(partial(self._all, scored, (run_id,)), READING)
        await target._whole(partial(target._upsert_run, {**run, "plan": None}))
        copied = [reply for reply in replies if reply["board"] in boards]
        await target.save_pictures(await self.pictures({reply["image_sha256"] for reply in copied}))
        for setup in (setup for setup in await self._setups(run_id) if setup["board"] in boards):
            await target._whole(partial(target._add_setup, {**setup, "setup": censored(setup["setup"], censor)}))
        for reply in copied:
            key = reply.pop("id")
            reply |= {name: censor(reply[name]) for name in OUR_WORDS}
            reply["na"] = json.dumps({name: censor(why) for name, why in json.loads(reply["na"]).items()})
            await target._whole(partial(target._replace_reply, reply, _of(key, rows), _of(key, verdicts)))

    async def _upsert_run(self, row: Row) -> None:
        rest = ", ".join(f"{name} = excluded.{name}" for name in row if name != "id")
        await self._db.execute(f"{insert('runs', row)} ON CONFLICT (id) DO UPDATE SET {rest}", row)

    async def _add_pictures(self, pictures: dict[str, bytes]) -> None:
        await self._db.executemany("INSERT OR IGNORE INTO pictures VALUES (?, ?)", pictures.items())

    async def _set_finished(self, run_id: str, finished_at: str) -> None:
        await self._db.execute("UPDATE runs SET finished_at = ? WHERE id = ?", (finished_at, run_id))

    async def _replace_reply(self, row: Row, samples: list[Row], scores: list[Row]) -> None:
        await self._db.execute(f"DELETE FROM replies WHERE {_THIS}", row)
        cursor = await self._db.execute(insert("replies", row), row)
        if samples:
            rows = [{"reply_id": cursor.lastrowid, **sample} for sample in samples]
            await self._db.executemany(insert("samples", rows[0]), rows)
        for score in scores:
            verdict = {"reply_id": cursor.lastrowid, **score}
            await self._db.execute(insert("scores", verdict), verdict)

    async def _overrule(self, cell: Row, verdict: Row) -> None:
        (reply,) = await self._all(f"SELECT id FROM replies WHERE {_THIS}", cell)
        row = {"reply_id": reply["id"], **verdict}
        await self._db.execute(insert("scores", row).replace("INSERT", "INSERT OR REPLACE", 1), row)

    async def _with_scores(self, sql: str, run_id: str) -> tuple[list[Row], dict[int, list[Row]]]:
        """The rows of ``sql``, and the scores of the run's replies by the reply's id."""
        mine = "SELECT id FROM replies WHERE run_id = ?"
        rows = await self._all(f"SELECT * FROM scores WHERE reply_id IN ({mine}) ORDER BY reply_id", (run_id,))
        scores = {key: list(group) for key, group in groupby(rows, lambda r: r["reply_id"])}
        return await self._all(sql, (run_id,)), scores

    async def _replies(self, run_id: str) -> list[dict[str, Any]]:
        mine = "SELECT id FROM replies WHERE run_id = ?"
        rows = await self._all(
            f"SELECT {SAMPLE} FROM samples WHERE reply_id IN ({mine}) ORDER BY reply_id, position", (run_id,)
        )
        samples = {key: [sample_json(r) for r in group] for key, group in groupby(rows, lambda r: r["reply_id"])}
        replies, scores = await self._with_scores("SELECT * FROM replies WHERE run_id = ? ORDER BY id", run_id)
        return [
            reply_json(row, samples.get(row["id"], []), score_json(scores.get(row["id"], []), _why(row)))
            for row in replies
        ]


_DURING: Final = "FROM samples WHERE reply_id = replies.id AND time >= replies.started_at"
WITH_HEAT: Final = (
    f"SELECT *, (SELECT max(temperature_c) {_DURING}) AS peak_c,"
    f" (SELECT group_concat(DISTINCT throttle) {_DURING}) AS throttles FROM replies"
)
"""Rows that ``stored`` takes."""
_CELL: Final = ("run_id", "board", "task", "item", "model", "repeat")
_THIS: Final = " AND ".join(f"{name} = :{name}" for name in _CELL)


def _of(reply: int, rows: list[Row]) -> list[Row]:
    return [{k: v for k, v in row.items() if k != "reply_id"} for row in rows if row["reply_id"] == reply]


def _why(row: Row) -> str:
    """Why a reply has no score."""
    return str(json.loads(row["na"]).get("score", "an older edgetui stored this"))


def stored(row: Row, scores: list[Row]) -> StoredReply:
    """The reply of a row, and of its scores."""
    peak_c, throttles = row.pop("peak_c"), row.pop("throttles")
    told = json.loads(f"[{throttles or ''}]")  # an array of those of single samples
    now = {t["kind"] for each in told for t in each if t["when"] == "now"}
    score = score_value(score_json(scores, _why(row)), _why(row))
    return StoredReply(reply_value(row, score=score), peak_c, "".join(sorted(now)))
