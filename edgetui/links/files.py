"""The files of a board: what ``Link.files`` gives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Protocol

from edgetui.errors import CommandError

CHUNK = 1 << 20
"""Bytes that are read and sent at a time: few enough that one transfer does not fill the connection's window."""


MARK = ": edgetui files; "
"""Begins every command that has to do with scripts and their files: a board that is not real knows them by it."""


UNPACK = ("tar", "-xof", "-", "-C")
"""What busybox's tar knows too; the folder comes after it."""


class Unsupported(CommandError):
    """The board takes no files at all."""


def refused(said: str) -> Unsupported | None:
    """What a board answers that runs no scripts; None: it does."""
    _, mark, reason = said.partition("unsupported=")
    return Unsupported(reason.strip()) if mark and said.startswith(mark) else None


def check_unpacked(status: int | None, said: bytes) -> None:
    """Raises CommandError with what tar said on stderr."""
    if status != 0:
        lines = said.decode("utf-8", "replace").strip().splitlines()
        words = lines[0] if lines else f"exit code {status}"
        raise CommandError(f"the board did not unpack its files: {words}")


class Files(Protocol):
    """Paths are absolute and of the board. All raise CommandError in words, LinkError for a lost board."""

    async def put(
        self, source: Path, path: str, *, offset: int = 0, told: Callable[[int], None] = lambda _: None
    ) -> None:
        """Write the host's file from ``offset`` on into ``path``; ``told`` gets the bytes as they go."""

    async def read(self, path: str, offset: int, limit: int) -> bytes:
        """At most ``limit`` bytes from there on; empty at the end, and where there is no such file."""

    async def sizes(self, folder: str) -> dict[str, int]:
        """Bytes of each file in a folder, by name; empty where there is no such folder."""

    async def unpack(self, archive: BinaryIO, folder: str) -> None:
        """Have the board's ``tar`` unpack it: many small files in one stream."""

    async def rename(self, old: str, new: str) -> None:
        """In place of what is there."""

    async def remove(self, path: str) -> None:
        """A file; none is no error."""
