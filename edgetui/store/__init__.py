"""The SQLite file: runs, replies, samples, history, events. WAL, one writer, ordered migrations."""

from edgetui.store.results import Extent, Result
from edgetui.store.runs import StoredCell, StoredReply
from edgetui.store.store import Store

__all__ = ["Extent", "Result", "Store", "StoredCell", "StoredReply"]
