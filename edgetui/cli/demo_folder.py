"""Where a demo keeps its cluster: gone when it ends, and swept by the next one where it was killed."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from edgetui.links.sockets import sweep

PREFIX = "edgetui-demo-"


@contextmanager
def demo_folder(base: str = "") -> Iterator[Path]:
    """A new folder in ``base`` (empty: TMPDIR), locked while it is used; the kernel frees a killed demo's."""
    base = base or tempfile.gettempdir()
    sweep(base, PREFIX, _remove)
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=base) as folder:
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            with suppress(OSError):  # a file system without locks: then nobody can sweep either
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield Path(folder)
        finally:
            os.close(lock)


def _remove(path: str, folder: int) -> None:
    """An empty one stays: its owner may be about to lock it. Raises OSError."""
    if os.listdir(folder):
        shutil.rmtree(path, ignore_errors=True)
