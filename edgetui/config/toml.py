"""A TOML file with the line of each key: what ``config.toml`` and ``task.toml`` complain with."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

from edgetui.errors import UsageError

Place: TypeAlias = tuple[str | int, ...]
"""Where a value stands: ``("board", 1, "port")``."""

_PART = r"""(?:[\w-]+|"[^"]*"|'[^']*')"""
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_DOTTED})\s*\]")
_KEY = re.compile(rf"\s*({_DOTTED})\s*=")
_FENCE = re.compile("\"\"\"|'''")


@dataclass(frozen=True)
class TomlFile:
    """What was read, and where each key stands in it."""

    path: Path
    text: str
    data: dict[str, Any]
    complaint: type[UsageError]
    """The class of error for this kind of file."""

    @cached_property
    def lines(self) -> dict[Place, int]:
        """Line number from 1 of each table header and key."""
        return _key_lines(self.text)

    def problem(self, place: Place, message: str, remedy: str = "") -> UsageError:
        """The error that names file, line, key and remedy."""
        key = ".".join(str(part) for part in place if isinstance(part, str))
        line = self.line(place)
        at = f"{self.path}:{line}" if line else f"{self.path}"
        return self.complaint(f"{at}: {key}: {message}" if key else f"{at}: {message}", remedy)

    def line(self, place: Place) -> int | None:
        """Line of a key, or of the nearest thing around it that has one."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place)


def read_toml(path: Path, complaint: type[UsageError]) -> TomlFile:
    """Read a file. Raises ``complaint`` where it cannot be read or is no TOML."""
    try:
        text = path.read_bytes().decode("utf-8")  # line ends as they are: the file may be written back
    except UnicodeDecodeError as error:
        raise complaint(f"{path}: is not UTF-8 text", "save it as UTF-8") from error
    except OSError as error:
        raise complaint(f"{path}: {error.strerror}", "check the path and its permissions") from error
    return parse_toml(path, text, complaint)


def parse_toml(path: Path, text: str, complaint: type[UsageError]) -> TomlFile:
    """Parse what would stand in ``path``. Raises ``complaint`` with the line where it is no TOML."""
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # thousands of digits or brackets raise no TOMLDecodeError
        found = re.search(r"^(.*) \(at (?:line (\d+), column \d+|end of document)\)$", str(error))
        what = found[1] if found else str(error)
        line = (found and found[2]) or text.count("\n") + 1
        raise complaint(f"{path}:{line}: not TOML: {what}", "mend that line") from error
    return TomlFile(path, text, data, complaint)


def _key_lines(text: str) -> dict[Place, int]:
    """Line of each header and of each key that begins a line; tomllib tells neither."""
    lines: dict[Place, int] = {}
    last_index: dict[Place, int] = {}
    table: Place = ()
    fence = ""
    for number, line in enumerate(text.split("\n"), 1):
        within = fence
        for mark in _FENCE.findall(line):
            fence = "" if mark == fence else fence or mark
        if within:
            continue
        if header := _HEADER.match(line):
            *parents, name = _parts(header[2])
            table = (*_indexed(parents, last_index), name)
            if header[1] == "[[":
                last_index[table] = last_index.get(table, -1) + 1
                lines.setdefault(table, number)
                table = (*table, last_index[table])
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            lines.setdefault((*table, *_parts(key[1])), number)
    return lines


def _parts(dotted: str) -> list[str]:
    return [part.strip("\"'") for part in re.findall(_PART, dotted)]


def _indexed(names: list[str], last_index: dict[Place, int]) -> Place:
    """``[item.truth]`` belongs to the last ``[[item]]``."""
    place: Place = ()
    for name in names:
        place = (*place, name)
        if place in last_index:
            place = (*place, last_index[place])
    return place
