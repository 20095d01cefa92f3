"""One program at a time measures a run: two that resume the same one would measure its cells twice."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path
from typing import IO

from edgetui.errors import StoreError


@contextmanager
def alone(store: Path, run_id: str) -> Iterator[None]:
    """Hold the run ``run_id`` of the database at ``store``; the system lets go of it however this program ends.

    Raises StoreError where another program holds it.
    """
    path = store.with_name(f"{store.name}.{run_id}.lock")
    _sweep(store)
    with _held(path, run_id):
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _held(path: Path, run_id: str) -> IO[str]:
    while True:
        file = path.open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            raise StoreError(f"another edgetui measures {run_id} just now", "wait until it has ended") from None
        if _is_at(file, path):
            return file
        file.close()  # its last holder, or a sweep, removed it after it was opened


def _sweep(store: Path) -> None:
    """Remove what killed programs left: nobody holds those. Where that cannot be they stay."""
    for path in store.parent.glob(f"{escape(store.name)}.*.lock"):
        with suppress(OSError), path.open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_at(file, path):
                path.unlink()


def _is_at(file: IO[str], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
