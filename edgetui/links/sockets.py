"""Places for unix sockets that only this user can reach."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import socket
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path

from edgetui.errors import LinkError

LONGEST = 103
"""Bytes, on macOS; Linux takes 107."""


PREFIX = "edgetui-s"


class Sockets:
    """A folder with mode 0700 of this process alone, made when the first socket is asked for.

    Its owner holds a lock on it, which the kernel takes back however the owner ends: a folder of ours that nobody
    locks is one that a killed program left.
    """

    def __init__(self, base: Path | None = None) -> None:
        self._base = base
        self._folder: Path | None = None
        self._lock = -1
        """File descriptor of the folder."""
        self._numbers = count()

    def path(self) -> Path:
        """A place for a new socket. Raises LinkError (no unix sockets here, or no folder can be made)."""
        if not hasattr(socket, "AF_UNIX"):
            raise LinkError(
                "this system has no unix sockets, which lead to Ollama on the boards", "use Linux or macOS"
            )
        if self._folder is None:
            try:
                self._folder = self._made()
            except OSError as error:
                raise LinkError(
                    f"no folder for private sockets can be made: {error.strerror}",
                    "check XDG_RUNTIME_DIR and TMPDIR",
                ) from error
        return self._folder / str(next(self._numbers))

    def close(self) -> None:
        """Remove the folder and what is in it."""
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            os.close(self._lock)
            self._folder = None

    def _made(self) -> Path:
        """``mkdtemp`` makes it with mode 0700; a base that is too long for a socket's name gives way to /tmp."""
        if self._base:
            self._base.mkdir(mode=0o700, parents=True, exist_ok=True)
        base = str(self._base or os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
        longest = LONGEST - len(f"/{PREFIX}12345678/123456")
        if not Path(base).is_dir() or len(os.fsencode(base)) > longest:
            base = "/tmp"
        sweep(base, PREFIX, remove_sockets)
        while True:
            folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
            with suppress(FileNotFoundError):  # swept by another program before it was locked
                self._lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
                with suppress(OSError):  # a file system without locks: then nobody can sweep either
                    fcntl.flock(self._lock, fcntl.LOCK_EX)
                if folder.exists():
                    return folder
                os.close(self._lock)


def sweep(base: str, prefix: str, remove: Callable[[str, int], None]) -> None:
    """Remove folders that killed programs of this user left in ``base``; never one that is in use.

    They are what ``mkdtemp`` makes of ``prefix``. ``remove`` gets the path and a descriptor of each and may raise
    OSError.
    """
    with suppress(OSError), os.scandir(base) as entries:
        for entry in entries:
            if re.fullmatch(f"{prefix}[a-z0-9_]{{8}}", entry.name) and entry.is_dir(follow_symlinks=False):
                with suppress(OSError):
                    _sweep_one(entry.path, remove)


def _sweep_one(path: str, remove: Callable[[str, int], None]) -> None:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if os.fstat(folder).st_uid == os.getuid():
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            remove(path, folder)
    finally:
        os.close(folder)


def remove_sockets(path: str, folder: int) -> None:
    """A folder with anything but sockets in it is none of ours, and stays. Raises OSError."""
    for name in os.listdir(folder):
        if name.isdecimal() and stat.S_ISSOCK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            os.unlink(name, dir_fd=folder)
    os.rmdir(path)
