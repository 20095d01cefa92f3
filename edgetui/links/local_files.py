"""The files of this very machine, as those of a board."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TypeVar

from edgetui.errors import CommandError
from edgetui.links.files import CHUNK, UNPACK, check_unpacked

T = TypeVar("T")


class LocalFiles:
    """See ``Files``."""

    async def put(
        self, source: Path, path: str, *, offset: int = 0, told: Callable[[int], None] = lambda _: None
    ) -> None:
        """Copy."""
        await _done(path, lambda: _copy(source, path, offset, told))

    async def read(self, path: str, offset: int, limit: int) -> bytes:
        """From ``offset`` on."""

        def read() -> bytes:
            try:
                with open(path, "rb") as file:
                    file.seek(offset)
                    return file.read(limit)
            except FileNotFoundError:
                return b""

        return await _done(path, read)

    async def sizes(self, folder: str) -> dict[str, int]:
        """By name."""

        def sizes() -> dict[str, int]:
            try:
                return {entry.name: entry.stat().st_size for entry in os.scandir(folder)}
            except FileNotFoundError:
                return {}

        return await _done(folder, sizes)

    async def unpack(self, archive: BinaryIO, folder: str) -> None:
        """By the same tar as on a board."""
        tar = await asyncio.create_subprocess_exec(
            *UNPACK, folder, stdin=archive, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
        )
        _, said = await tar.communicate()
        check_unpacked(tar.returncode, said)

    async def rename(self, old: str, new: str) -> None:
        """In place of what is there."""
        await _done(new, lambda: os.replace(old, new))

    async def remove(self, path: str) -> None:
        """A file."""
        await _done(path, lambda: Path(path).unlink(missing_ok=True))


def _copy(source: Path, path: str, offset: int, told: Callable[[int], None]) -> None:
    with source.open("rb") as file:
        mode = 0o700 if os.fstat(file.fileno()).st_mode & 0o100 else 0o600
        target = os.open(path, os.O_WRONLY | os.O_CREAT, mode)
        try:
            file.seek(offset)
            while chunk := file.read(CHUNK):
                os.pwrite(target, chunk, offset)
                offset += len(chunk)
                told(len(chunk))
        finally:
            os.close(target)


async def _done(path: str, act: Callable[[], T]) -> T:
    try:
        return await asyncio.to_thread(act)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
