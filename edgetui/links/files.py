"""The files of a board: what ``Link.files`` gives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from edgetui.errors import CommandError

CHUNK = 4 << 20
"""Bytes that are read from the disk and sent at a time."""


MARK = ": edgetui files; "
"""Begins every command that has to do with scripts and their files: a board that is not real knows them by it."""


class Unsupported(CommandError):
    """The board takes no files at all."""


def refused(said: str) -> Unsupported | None:
    """What a board answers that runs no scripts; None: it does."""
    _, mark, reason = said.partition("unsupported=")
    return Unsupported(reason.strip()) if mark and said.startswith(mark) else None


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

    async def make_folder(self, path: str) -> None:
        """One whose parent is there; one that is there already stays."""

    async def rename(self, old: str, new: str) -> None:
        """In place of what is there."""

    async def link(self, old: str, new: str) -> None:
        """A second name for a file. Raises CommandError where the file system has no such thing."""

    async def remove(self, path: str) -> None:
        """A file; none is no error."""
