"""Where a demo keeps its cluster: gone when it ends, and swept by the next one where it was killed."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "edgetui-demo-"
_NAME = re.compile(re.escape(PREFIX) + "[a-z0-9_]{8}")
"""What ``mkdtemp`` makes of the prefix."""


@contextmanager
def demo_folder(base: str = "") -> Iterator[Path]:
    """A new folder in ``base`` (empty: TMPDIR), locked while it is used; the kernel frees a killed demo's."""
    base = base or tempfile.gettempdir()
    sweep(base)
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=base) as folder:
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            with suppress(OSError):  # a file system without locks: then nobody can sweep either
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield Path(folder)
        finally:
            os.close(lock)


def sweep(base: str) -> None:
    """Remove folders that killed demos of this user left in ``base``; never one that is in use."""
    with suppress(OSError), os.scandir(base) as entries:
        for entry in entries:
            if _NAME.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False):
                with suppress(OSError):
                    _sweep_one(entry.path)


def _sweep_one(path: str) -> None:
    """An empty one stays: its owner may be about to lock it. Raises OSError."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if os.fstat(folder).st_uid == os.getuid() and os.listdir(folder):
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path, ignore_errors=True)
    finally:
        os.close(folder)
