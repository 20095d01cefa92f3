"""Adds boards to config.toml and takes them out, and leaves every other byte of a person's file as it is."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import tomli_w

from edgetui.config.load import checked
from edgetui.config.toml import TomlFile, parse_toml, read_toml
from edgetui.errors import ConfigError


def add_boards(path: Path, boards: Sequence[Mapping[str, Any]]) -> None:
    """Append a ``[[board]]`` block for each; the file is made where there is none. Raises ConfigError."""
    before = read_toml(path, ConfigError).text if path.exists() else ""
    blocks = [f"[[board]]\n{tomli_w.dumps(board)}" for board in boards]
    _replace(path, "\n".join([before.rstrip() + "\n"] * bool(before.strip()) + blocks))


def remove_board(path: Path, name: str) -> None:
    """Cut the block of the board of this name, which must be there. Raises ConfigError."""
    source = read_toml(path, ConfigError)
    index = [board.name for board in checked(source).board].index(name)
    place = ("board", index)
    if place not in source.lines:
        raise source.problem(place, f"{name!r} stands within a list", "take it out by hand")
    lines = source.text.split("\n")
    first = source.lines[place] - 1
    last = _end(lines, first)
    if last < len(lines) and not lines[last].strip():
        last += 1  # the empty line between this block and the next
    text = "\n".join(lines[:first] + lines[last:])
    rest = [board for number, board in enumerate(source.data["board"]) if number != index]
    _replace(path, text, expected={**source.data, "board": rest})


def _end(lines: list[str], first: int) -> int:
    """Index after the last line of the block with something in it; comments above the next table belong to that."""
    following = [n for n in range(first + 1, len(lines)) if re.match(r"\s*\[", lines[n])]
    end = following[0] if following else len(lines)
    while not lines[end - 1].strip() or (following and lines[end - 1].lstrip().startswith("#")):
        end -= 1
    return end


def _replace(path: Path, text: str, expected: Mapping[str, Any] | None = None) -> None:
    """Put ``text`` in the file's place in one step, readable by its owner alone, once it has been checked."""
    after = parse_toml(path, text, ConfigError)
    checked(after)
    if expected is not None and _boards_apart(after) != expected:
        raise ConfigError(f"{path}: the board's lines could not be told from the others", "take it out by hand")
    target = path.resolve()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".config-", dir=target.parent)  # mode 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(target)
        finally:
            with suppress(FileNotFoundError):
                Path(name).unlink()
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be written: {error.strerror}", "check the folder's permissions"
        ) from error


def _boards_apart(source: TomlFile) -> dict[str, Any]:
    return {**source.data, "board": source.data.get("board", [])}
