"""What a folder on a board shall hold: paths, and the SHA-256 of what stands there. Made on the host."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path, PurePosixPath

from edgetui.errors import TaskError


@dataclass(frozen=True, slots=True)
class Entry:
    """One file."""

    path: str
    """In the folder, with ``/``; never absolute, never with ``..``."""
    source: Path
    """On the host."""
    sha256: str
    size: int
    """Bytes."""


@dataclass(frozen=True)
class Manifest:
    """All of them, by path."""

    entries: tuple[Entry, ...]

    @cached_property
    def text(self) -> str:
        """``sha256  path`` a line: what ``sha256sum -c`` reads."""
        return "".join(f"{entry.sha256}  {entry.path}\n" for entry in self.entries)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the text: the folder's name on the board."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def manifest_of(files: Iterable[tuple[str, str]]) -> Manifest:
    """Of path in the folder and path on the host. Reads them all: for a thread. Raises TaskError."""
    entries = []
    for name, file in sorted(files):
        path, source = PurePosixPath(name), Path(file)
        if path.is_absolute() or ".." in path.parts or not name.isprintable() or "\\" in name:
            raise TaskError(f"{name!r} is no path for a board", "rename the file")
        try:
            found = source.stat()
            digest = _sha256(source, found.st_mtime_ns, found.st_size)
        except OSError as error:
            raise TaskError(f"{source}: {error.strerror}", "restore the file") from error
        entries.append(Entry(str(path), source, digest, found.st_size))
    return Manifest(tuple(entries))


@lru_cache(maxsize=20_000)
def _sha256(source: Path, _mtime_ns: int, _size: int) -> str:
    """A gigabyte is not hashed anew for each board."""
    with source.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
