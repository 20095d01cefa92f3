"""A board's files over SFTP on a connection of its own: bulk never stands before telemetry.

Measured on a line of 10 Mbit/s: a command beside an upload waits 2.8 s on the same connection, 30 ms on another.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TypeVar

import asyncssh

from edgetui.errors import CommandError, LinkDown
from edgetui.links.files import CHUNK, UNPACK, Unsupported, check_unpacked
from edgetui.links.sftp_upload import Upload

T = TypeVar("T")
PLAIN_BLOCK = 1 << 15
"""Bytes a request where the server tells of no more; every server takes so many (OpenSSH: 255 KB, and half of it
costs a quarter of the speed)."""
IDLE_S = 60.0
"""An unused second connection is closed after so long."""
OPENING_S = 15.0
NO_SFTP = "the board has no SFTP server", "install it there: sudo apt install openssh-sftp-server"


class Sftp:
    """The second connection to one board: opened on demand, closed when idle or with its link."""

    def __init__(
        self, connect: Callable[[], Awaitable[asyncssh.SSHClientConnection]], places: asyncio.Semaphore
    ) -> None:
        """``places``: for what is under way to all boards."""
        self._connect = connect
        self._places = places
        self._connection: asyncssh.SSHClientConnection | None = None
        self._client: asyncssh.SFTPClient | None = None
        self._users = 0
        self._opening = asyncio.Lock()
        self._idle: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def files(self) -> AsyncIterator[SftpFiles]:
        """The files, while somebody needs them. Raises LinkError, CommandError."""
        self._users += 1
        if self._idle is not None:
            self._idle.cancel()
        try:
            async with self._opening:
                if self._client is None or self._connection is None or self._connection.is_closed():
                    self._connection, self._client = await self._opened()
                files = SftpFiles(self._client, self._connection, self._places)
            yield files
        finally:
            self._users -= 1
            if not self._users:
                self._idle = asyncio.get_running_loop().call_later(IDLE_S, self.close)

    def close(self) -> None:
        """Close the connection at once; the next use opens another."""
        if self._idle is not None:
            self._idle.cancel()
        if self._connection is not None:
            self._connection.abort()
        self._connection = self._client = None

    async def _opened(self) -> tuple[asyncssh.SSHClientConnection, asyncssh.SFTPClient]:
        self.close()
        connection = await self._connect()
        try:
            async with asyncio.timeout(OPENING_S):
                return connection, await connection.start_sftp_client()
        except (asyncssh.SFTPError, asyncssh.Error, TimeoutError) as error:
            connection.abort()
            raise Unsupported(*NO_SFTP) from error


class SftpFiles:
    """See ``Files``."""

    def __init__(
        self, client: asyncssh.SFTPClient, connection: asyncssh.SSHClientConnection, places: asyncio.Semaphore
    ) -> None:
        self._client = client
        self._connection = connection
        self._places = places

    async def put(
        self, source: Path, path: str, *, offset: int = 0, told: Callable[[int], None] = lambda _: None
    ) -> None:
        """The blocks of a chunk go out together."""
        async with self._places:
            await _done(path, self._put(source, path, offset, told))

    async def read(self, path: str, offset: int, limit: int) -> bytes:
        """From ``offset`` on."""

        async def read() -> bytes:
            try:
                async with self._client.open(path, "rb", encoding=None, block_size=0) as file:
                    data = await file.read(limit, offset)
                    return data if isinstance(data, bytes) else data.encode()
            except asyncssh.SFTPNoSuchFile:
                return b""

        return await _done(path, read())

    async def sizes(self, folder: str) -> dict[str, int]:
        """By name."""

        async def sizes() -> dict[str, int]:
            try:
                rows = await self._client.readdir(folder)
            except asyncssh.SFTPNoSuchFile:
                return {}
            return {str(row.filename): row.attrs.size or 0 for row in rows if _is_file(row.attrs)}

        return await _done(folder, sizes())

    async def unpack(self, archive: BinaryIO, folder: str) -> None:
        """Over a channel beside SFTP: 500 files wait for no answer each."""
        async with self._places:
            await _done(folder, self._unpack(archive, folder))

    async def rename(self, old: str, new: str) -> None:
        """In place of what is there: plain SFTP refuses that, OpenSSH's extension does it."""
        await _done(new, self._client.posix_rename(old, new))

    async def remove(self, path: str) -> None:
        """A file."""

        async def remove() -> None:
            with suppress(asyncssh.SFTPNoSuchFile):
                await self._client.remove(path)

        await _done(path, remove())

    async def _unpack(self, archive: BinaryIO, folder: str) -> None:
        tar = await self._connection.create_process(shlex.join([*UNPACK, folder]), encoding=None)
        try:
            while chunk := await asyncio.to_thread(archive.read, CHUNK):
                tar.stdin.write(chunk)
                await tar.stdin.drain()
            tar.stdin.write_eof()
            done = await tar.wait()
        except BrokenPipeError:  # it has ended before its end: its words tell why
            done = await tar.wait()
        finally:
            tar.close()
        said = done.stderr or b""
        check_unpacked(done.exit_status, said if isinstance(said, bytes) else said.encode())

    async def _put(self, source: Path, path: str, offset: int, told: Callable[[int], None]) -> None:
        with source.open("rb") as file:
            mode = 0o700 if os.fstat(file.fileno()).st_mode & 0o100 else 0o600
            file.seek(offset)
            flags, attrs = asyncssh.FXF_WRITE | asyncssh.FXF_CREAT, asyncssh.SFTPAttrs(permissions=mode)
            step = min(max(self._client.limits.max_write_len, PLAIN_BLOCK), CHUNK)
            async with self._client.open(path, flags, attrs, encoding=None, block_size=0) as target:
                await Upload(target, step, offset).send(file, told)


def _is_file(attrs: asyncssh.SFTPAttrs) -> bool:
    return attrs.permissions is None or not stat.S_ISDIR(attrs.permissions)


async def _done(path: str, work: Awaitable[T]) -> T:
    try:
        return await work
    except (asyncssh.SFTPNoConnection, asyncssh.SFTPConnectionLost, asyncssh.ConnectionLost) as error:
        raise LinkDown("the connection for files was lost") from error
    except asyncssh.SFTPError as error:
        raise CommandError(f"{path}: {error.reason or type(error).__name__}") from error
    except asyncssh.Error as error:
        raise LinkDown(f"the connection for files was lost: {error.reason}") from error
    except OSError as error:
        raise CommandError(f"{error.filename or path}: {error.strerror or 'cannot be used'}") from error
