"""All that is kept, behind one class."""

from __future__ import annotations

from edgetui.store.history import StoredHistory
from edgetui.store.runs import StoredRuns


class Store(StoredRuns, StoredHistory):
    """Runs, replies and their samples; readings by the second and events."""
