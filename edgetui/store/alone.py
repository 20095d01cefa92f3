"""One program at a time measures a run: two that resume the same one would measure its cells twice."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edgetui.errors import StoreError


@contextmanager
def alone(store: Path, run_id: str) -> Iterator[None]:
    """Hold the run ``run_id`` of the database at ``store``; the system lets go of it however this program ends.

    Raises StoreError where another program holds it.
    """
    path = store.with_name(f"{store.name}.{run_id}.lock")
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreError(f"another edgetui measures {run_id} just now", "wait until it has ended") from None
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
