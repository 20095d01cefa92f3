"""Ollama's stream, from bytes to what its lines say. No clock, no I/O."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

LONGEST_LINE = 1 << 20
"""Bytes; a line of a chat has some hundred."""


class BadStream(ValueError):
    """Bytes that are no stream of Ollama's."""


class Lines:
    """Cuts bytes at ``\\n`` alone: Go leaves U+2028 and U+0085 raw in its JSON, where ``splitlines`` would cut."""

    def __init__(self, limit: int = LONGEST_LINE) -> None:
        self._limit = limit
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Lines that are whole now. Raises BadStream for one longer than the limit."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > self._limit:
            raise BadStream(f"a line longer than {self._limit} bytes")
        return lines

    def end(self) -> list[bytes]:
        """What came after the last ``\\n``."""
        return [self._rest]


@dataclass(frozen=True, slots=True)
class Line:
    """What one line says."""

    content: str = ""
    thinking: str = ""
    error: object = None
    """Whatever stands under ``error``: text, text that is JSON again, or an object."""
    final: Mapping[str, object] | None = None
    """The whole line where it says ``done``."""

    @classmethod
    def read(cls, data: bytes) -> Line | None:
        """None for a blank line. Raises BadStream where there is no JSON object, or none of a chat."""
        if not data.strip():
            return None
        try:
            said = json.loads(data.decode("utf-8", "replace"))
        except (ValueError, RecursionError) as why:
            raise BadStream("a line that is no JSON") from why
        if not isinstance(said, dict):
            raise BadStream("a line that is no JSON object")
        message = said.get("message")
        if not isinstance(message, dict):
            if said.get("error") is None:
                raise BadStream("a line without a message")
            message = {}
        return cls(
            content=_text(message.get("content")),
            thinking=_text(message.get("thinking")),
            error=said.get("error"),
            final=said if said.get("done") is True else None,
        )


def _text(value: object) -> str:
    """Escapes of half a character become ``?``: neither a database nor a pipe would take them."""
    if not isinstance(value, str):
        return ""
    return value if value.isascii() else value.encode("utf-8", "replace").decode()
