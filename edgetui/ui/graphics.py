"""What the terminal can draw besides letters; asked while it is ours and Textual does not read."""

from __future__ import annotations

import fcntl
import os
import re
import select
import struct
import termios
import time
from dataclasses import dataclass
from typing import Final, Literal

from edgetui.config import Pictures
from edgetui.ui.drawing import kitty

SILENT_S: Final = 0.3
"""For so long a terminal is waited for that may never answer."""
ANSWERING_S: Final = 2.0
"""For so long one that has answered, be it behind a slow SSH."""
CELL: Final = (8, 16)
"""Pixels of a cell where nothing tells: a picture is then rather too small than too large."""
LARGEST: Final = 1600
"""Pixels that an edge of a picture has at most: a larger Sixel takes seconds."""

_POSITION = re.compile(rb"\x1b\[\d+;\d+R")
_ATTRIBUTES = re.compile(rb"\x1b\[\?([\d;]*)c")
_CELL = re.compile(rb"\x1b\[6;(\d+);(\d+)t")
_COLOURS = re.compile(rb"\x1b\[\?1;0;(\d+)S")
_LARGEST = re.compile(rb"\x1b\[\?2;0;(\d+);(\d+)S")
_QUESTIONS = kitty.QUESTION + b"\x1b[16t\x1b[?1;1;0S\x1b[?2;1;0S\x1b[c"
"""Kitty; pixels of a cell; colours and pixels of a Sixel; last what every terminal answers: its attributes."""


@dataclass(frozen=True, slots=True)
class Graphics:
    """How pictures come to this terminal."""

    protocol: Literal["kitty", "sixel", ""]
    """Empty: not at all."""
    columns: int
    rows: int
    cell: tuple[int, int]
    """px across and down."""
    largest: tuple[int, int]
    """px across and down."""
    colours: int
    """Of a Sixel."""


def ask(keyboard: int, screen: int, wanted: Pictures) -> Graphics:
    """Ask, unless ``wanted`` names it. Takes SILENT_S where there is no answer; the terminal must be raw."""
    # Textual knows the answer to the first question should it come too late; of others it would make keys
    heard = b""
    if _said(keyboard, screen, b"\x1b[6n", _POSITION, SILENT_S):
        heard = _said(keyboard, screen, _QUESTIONS, _ATTRIBUTES, ANSWERING_S)
    return understood(heard, fcntl.ioctl(screen, termios.TIOCGWINSZ, bytes(8)), wanted)


def _said(keyboard: int, screen: int, question: bytes, end: re.Pattern[bytes], seconds: float) -> bytes:
    """All up to the answer ``end``; what is typed meanwhile is lost in it. Empty where it does not come."""
    write(screen, question)
    heard, deadline = b"", time.monotonic() + seconds
    while select.select([keyboard], [], [], max(0.0, deadline - time.monotonic()))[0]:
        some = os.read(keyboard, 4096)
        heard += some
        if end.search(heard):
            return heard
        if not some:
            break
    return b""


def understood(heard: bytes, size: bytes, wanted: Pictures) -> Graphics:
    """``heard``: the terminal's answers. ``size``: TIOCGWINSZ."""
    rows, columns, wide, high = struct.unpack("HHHH", size)
    across, down = (wide // columns, high // rows) if columns and rows else (0, 0)
    if (said := _CELL.search(heard)) is not None:
        down, across = int(said[1]), int(said[2])
    attributes = _ATTRIBUTES.search(heard)
    protocol: Literal["kitty", "sixel", ""] = ""
    if wanted == "kitty" or (wanted == "auto" and kitty.YES in heard):
        protocol = "kitty"
    elif wanted == "sixel" or (wanted == "auto" and attributes is not None and b"4" in attributes[1].split(b";")):
        protocol = "sixel"
    colours, largest = _COLOURS.search(heard), _LARGEST.search(heard)
    limit = (int(largest[1]), int(largest[2])) if largest and protocol == "sixel" else (LARGEST, LARGEST)
    return Graphics(
        protocol,
        columns or 80,
        rows or 24,
        (across, down) if across and down else CELL,
        (min(limit[0] or LARGEST, LARGEST), min(limit[1] or LARGEST, LARGEST)),
        min(256, max(2, int(colours[1]))) if colours else 256,
    )


def write(screen: int, data: bytes) -> None:
    """All of it. Raises OSError where nobody sees it any more."""
    while data:
        data = data[os.write(screen, data) :]
