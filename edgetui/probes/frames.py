"""The grammar of frames: bytes in, whole frames out; what is torn or foreign is counted, never believed."""

from __future__ import annotations

from dataclasses import dataclass

from edgetui.model.hostile import one_line

LINE_LIMIT = 4096
"""Bytes of a line; a frame with a longer one is torn."""
FRAME_LIMIT = 65536
"""Characters of a frame."""
NOISE = 20
"""Lines outside frames that are kept."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What the board printed for one tick; accepted only whole."""

    seq: int
    """0 is the hello."""
    uptime: str
    """Board's uptime in s, as text."""
    tick: str
    """The line that asked for it: ``""``, ``s``; ``hello`` for the hello."""
    lines: tuple[str, ...]


class FrameReader:
    """Cuts a byte stream into frames. The work is linear in the bytes, however they are split."""

    def __init__(self, token: str) -> None:
        self.torn = 0
        """Frames that began and did not end, whose end does not agree, or that grew too long."""
        self._token = token
        self._mark = f"{token} "
        self._noise: list[str] = []
        self._rest = bytearray()
        self._head: tuple[int, str, str] | None = None
        self._lines: list[str] = []
        self._size = 0

    @property
    def noise(self) -> tuple[str, ...]:
        """The last 20 lines outside frames, fit to be shown: a login banner, a broken tool."""
        return tuple(text for line in self._noise if (text := one_line(line)))

    def feed(self, data: bytes) -> list[Frame]:
        """Take bytes as they come; return the frames that they completed."""
        head, newline, tail = data.rpartition(b"\n")
        if not newline:
            self._keep(data)
            return []
        text = (self._rest + head).decode("utf-8", "replace")
        self._rest.clear()
        frames = self._read(text.split("\n"))
        self._keep(tail)
        return frames

    def _keep(self, tail: bytes) -> None:
        """The line that has no end yet. Of one that is too long the end is kept: our begin may stand there."""
        self._rest += tail
        if len(self._rest) > LINE_LIMIT:
            if self._head is not None:
                self._tear()
            self._note([self._rest[:256].decode("utf-8", "replace")])
            del self._rest[:-256]

    def _read(self, lines: list[str]) -> list[Frame]:
        frames: list[Frame] = []
        start = 0
        for at in [n for n, line in enumerate(lines) if self._mark in line]:
            self._between(lines[start:at])
            frame = self._border(lines[at])
            if frame is not None:
                frames.append(frame)
            start = at + 1
        self._between(lines[start:])
        return frames

    def _between(self, lines: list[str]) -> None:
        """Lines without our token: a frame's, while one is open."""
        if not lines:
            return
        if self._head is not None:
            self._size += sum(map(len, lines))
            if self._size <= LINE_LIMIT or (self._size <= FRAME_LIMIT and max(map(len, lines)) <= LINE_LIMIT):
                self._lines += lines
                return
            self._tear()
        self._note(lines)

    def _note(self, lines: list[str]) -> None:
        self._noise = [*self._noise, *(line[:256] for line in lines[-NOISE:] if line)][-NOISE:]

    def _tear(self) -> None:
        self.torn += 1
        self._head = None
        self._lines = []
        self._size = 0

    def _border(self, line: str) -> Frame | None:
        """A line with our token in it: a begin, an end, or the wreck of one."""
        before, _, after = line.rpartition(self._mark)
        if before.endswith("@"):
            if self._head is not None or self._mark in before:
                self._tear()
            if before != "@":  # noise without a line end came before our begin
                self._note([before[:-1]])
            seq, _, rest = after.partition(" ")
            uptime, _, tick = rest.partition(" ")
            if _is_count(seq):
                self._head = (int(seq), uptime, tick)
            return None
        head, lines = self._head, self._lines
        if head is not None and before == "." and after == f"{head[0]} {len(lines)}":
            self._head, self._lines, self._size = None, [], 0
            return Frame(*head, tuple(lines))
        if head is not None:
            self._tear()
        return None


def _is_count(text: str) -> bool:
    return len(text) <= 12 and text.isascii() and text.isdecimal()
