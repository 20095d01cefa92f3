"""The SQLite file: runs, replies and the samples meanwhile. WAL, one writer, ordered migrations."""
