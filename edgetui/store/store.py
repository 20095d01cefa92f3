"""All that is kept, behind one class."""

from __future__ import annotations

from edgetui.store.history import StoredHistory
from edgetui.store.results import StoredResults


class Store(StoredResults, StoredHistory):
    """Runs, replies and their samples; readings by the second and events."""
