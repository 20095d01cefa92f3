"""The probe's first frame: who the board is, and which keys its frames will have."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from edgetui.probes.frames import Frame


@dataclass(frozen=True, slots=True)
class Hello:
    """Paths are the board's; values are raw."""

    facts: dict[str, str]
    """Path to the first line of a file that was read once."""
    keys: dict[str, str]
    """Path to the key under which every frame has its content."""
    denied: frozenset[str]
    """Paths that exist and may not be read."""
    devices: dict[str, bool]
    """Device file to whether it may be read and written."""
    commands: frozenset[str]
    words: dict[str, tuple[str, ...]]
    """Everything else: ``os``, ``sim``, what families print by ``lines``; in order, a key may repeat."""

    @classmethod
    def of(cls, frame: Frame) -> Hello:
        """Sort the lines of a hello; lines of unknown form are left aside."""
        facts: dict[str, str] = {}
        keys: dict[str, str] = {}
        devices: dict[str, bool] = {}
        words: dict[str, tuple[str, ...]] = {}
        for line in frame.lines:
            key, _, value = line.partition("=")
            if key == "f":
                path, _, content = value.partition(" ")
                facts[path] = content
            elif key == "dev":
                path, _, content = value.partition(" ")
                devices[path] = content == "yes"
            elif _KEY.fullmatch(key):
                keys[value] = sys.intern(key)  # the same few for a whole fleet
            else:
                words[key] = (*words.get(key, ()), value)
        return cls(facts, keys, frozenset(words.get("denied", ())), devices, frozenset(words.get("cmd", ())), words)

    def word(self, key: str) -> str:
        """The first value of ``key``, or nothing."""
        return self.words.get(key, ("",))[0]

    def chips(self, name: str) -> tuple[str, ...]:
        """Folders of the hwmon chips whose name matches this pattern."""
        return tuple(
            path.removesuffix("/name")
            for path, value in self.facts.items()
            if path.startswith("/sys/class/hwmon/") and path.endswith("/name") and re.fullmatch(name, value)
        )

    def key(self, pattern: str) -> str:
        """The key of the first file whose path matches ``pattern``; empty where none does."""
        return next((key for path, key in self.keys.items() if re.fullmatch(pattern, path)), "")

    def under(self, folder: str, pattern: str) -> Iterator[tuple[re.Match[str], str]]:
        """Keys of the files in ``folder`` whose name matches ``pattern``: (match, key)."""
        for path, key in self.keys.items():
            parent, _, name = path.rpartition("/")
            if parent == folder and (match := re.fullmatch(pattern, name)):
                yield match, key


_KEY = re.compile(r"[kws][0-9]{1,6}")
