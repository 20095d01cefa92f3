"""The SQLite file. One connection, one writer at a time; several programs may have the file open."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

import aiosqlite

from edgetui.errors import StoreError
from edgetui.store.rows import Row
from edgetui.store.schema import MIGRATIONS, OURS

T = TypeVar("T")

READING = "BEGIN"
WRITING = "BEGIN IMMEDIATE"
"""Takes the write lock at once: a lock asked for in the middle of a transaction cannot be waited for."""
BUSY_S = 10.0
"""So long a write waits for another program's."""
_CAUSES = {
    sqlite3.SQLITE_FULL: ("the disk is full", "free some space there"),
    sqlite3.SQLITE_READONLY: ("it is read-only", "make the file and its folder writable, or set [store] path"),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", "make its folder readable and writable, or set [store] path"),
    sqlite3.SQLITE_PERM: ("permission denied", "make the file and its folder writable, or set [store] path"),
    sqlite3.SQLITE_NOTADB: ("it is no SQLite database", "move it away, or set [store] path to another file"),
    sqlite3.SQLITE_CORRUPT: ("it is damaged", "save what can be saved with: sqlite3 FILE .recover"),
    sqlite3.SQLITE_BUSY: ("another program keeps it locked", "close what else has the file open"),
    sqlite3.SQLITE_IOERR: ("reading or writing the disk failed", "check the disk: dmesg, df"),
}
"""What can befall a file, and the remedy. Every other error of SQLite's is a bug and passes through."""


class Database:
    """A file of ours. Every method of those built on it is a transaction of its own: done, or nothing of it.

    A method that raises StoreError has kept nothing: the caller still has the value and may try it again when the
    disk has room; saving the same thing twice is saving it once. A cancelled caller does not stop its transaction.
    """

    def __init__(self, path: Path, connection: aiosqlite.Connection) -> None:
        self.path = path
        self._db = connection
        self._lock = asyncio.Lock()
        self._pending: set[asyncio.Task[Any]] = set()

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open, create or bring up to date the file at ``path``. Raises StoreError."""
        with _named(path):
            _prepare(path)
            connection = await aiosqlite.connect(path, isolation_level=None, timeout=BUSY_S)
        return await cls(path, connection)._begun(cls._begin)

    @classmethod
    async def read(cls, path: Path) -> Self:
        """Open the file at ``path`` for reading only; one of an older edgetui is brought up to date before.

        Raises StoreError, also where there is no such file.
        """
        with _named(path):
            place = f"file:{quote(str(path))}?mode=ro"
            sqlite3.connect(place, uri=True).close()  # a connect that fails there leaves a thread behind
            connection = await aiosqlite.connect(place, uri=True, isolation_level=None, timeout=BUSY_S)
        store = await cls(path, connection)._begun(cls._recognise)
        version = await store._number("PRAGMA user_version")
        if version == len(MIGRATIONS):
            return store
        await store.close()
        if not version:
            raise StoreError(f"{path} is empty", "name a file that edgetui record has made")
        await (await cls.open(path)).close()
        return await cls.read(path)

    async def _begun(self, begin: Callable[[Self], Awaitable[None]]) -> Self:
        try:
            with _named(self.path):
                self._db.row_factory = sqlite3.Row
                await begin(self)
        except BaseException:
            await self._db.close()
            raise
        return self

    async def _begin(self) -> None:
        await self._recognise()
        await self._db.execute("PRAGMA journal_mode = WAL")
        # a commit survives the end of this process, kill -9 too; only a power cut may cost the last ones
        await self._db.execute("PRAGMA synchronous = NORMAL")
        await self._db.execute("PRAGMA foreign_keys = ON")
        async with self._transaction(WRITING):
            await self._migrate()

    async def _recognise(self) -> None:
        """Before anything is written: is it a file of ours that we know?"""
        tables = await self._number("SELECT count(*) FROM sqlite_master")
        if tables and await self._number("PRAGMA application_id") != OURS:
            raise StoreError(f"{self.path} is another program's database", "set [store] path to another file")
        if (version := await self._number("PRAGMA user_version")) > len(MIGRATIONS):
            newer = f"schema {version}, this one knows {len(MIGRATIONS)}"
            raise StoreError(
                f"{self.path} was written by a newer edgetui ({newer})",
                "update edgetui, or set [store] path to another file",
            )

    async def _migrate(self) -> None:
        for migration in MIGRATIONS[await self._number("PRAGMA user_version") :]:
            for statement in migration:
                await self._db.execute(statement)
        await self._db.execute(f"PRAGMA application_id = {OURS}")
        await self._db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")

    async def _number(self, sql: str) -> int:
        return int(next(iter((await self._all(sql, ()))[0].values())))

    async def seal(self) -> None:
        """Make all of it one file that can be copied and be read from anywhere. Raises StoreError."""
        with _named(self.path):
            async with self._lock:
                await self._db.execute("PRAGMA journal_mode = DELETE")

    async def close(self) -> None:
        """Close the file when the transactions under way are done."""
        if self._pending:
            await asyncio.wait(self._pending)
        await self._db.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _all(self, sql: str, values: tuple[Any, ...] | Row) -> list[Row]:
        rows = list(await self._db.execute_fetchall(sql, values))
        names = rows[0].keys() if rows else ()
        return [dict(zip(names, row, strict=True)) for row in rows]  # dict(row) looks for each name anew

    async def _whole(self, work: Callable[[], Awaitable[T]], begin: str = WRITING) -> T:
        async def done() -> T:
            async with self._lock, self._transaction(begin):
                return await work()

        task = asyncio.create_task(done())
        self._pending.add(task)
        task.add_done_callback(self._over)
        with _named(self.path):
            return await asyncio.shield(task)

    def _over(self, task: asyncio.Task[Any]) -> None:
        self._pending.discard(task)
        if not task.cancelled():
            task.exception()  # a cancelled caller asks for it no more, and asyncio would print it over the screen

    @asynccontextmanager
    async def _transaction(self, begin: str) -> AsyncIterator[None]:
        await self._db.execute(begin)
        try:
            yield
            await self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:  # a full disk may have ended it already
                await self._db.execute("ROLLBACK")
            raise


def insert(table: str, row: Row) -> str:
    """INSERT of one row, by named values."""
    return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})"


def _prepare(path: Path) -> None:
    """Nobody else on this machine reads prompts and pictures' answers: 0600 in a folder of 0700."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """SQLite's and the system's errors about the file, as StoreError with the remedy."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        cause = _CAUSES.get(getattr(error, "sqlite_errorcode", -1) & 0xFF)
        if cause is None:
            raise
        raise StoreError(f"{path}: {cause[0]} ({error})", cause[1]) from error
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}", "make its folder writable, or set [store] path") from error
