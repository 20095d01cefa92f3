"""The SQLite file: runs, replies and the samples meanwhile. WAL, one writer, ordered migrations."""

from edgetui.store.database import Store

__all__ = ["Store"]
