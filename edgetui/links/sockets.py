"""Places for unix sockets that only this user can reach."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from itertools import count
from pathlib import Path

from edgetui.errors import LinkError

LONGEST = 100
"""Bytes; Linux takes 107, macOS 103."""


class Sockets:
    """A folder with mode 0700 of this process alone, made when the first socket is asked for."""

    def __init__(self, base: Path | None = None) -> None:
        self._base = base
        self._folder: Path | None = None
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
            self._folder = None

    def _made(self) -> Path:
        """``mkdtemp`` makes it with mode 0700; a base that is too long for a socket's name gives way to /tmp."""
        if self._base:
            self._base.mkdir(mode=0o700, parents=True, exist_ok=True)
        base = str(self._base or os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
        if not Path(base).is_dir() or len(os.fsencode(base)) > LONGEST - len("/edgetui-12345678/123456"):
            base = "/tmp"
        return Path(tempfile.mkdtemp(prefix="edgetui-", dir=base))
