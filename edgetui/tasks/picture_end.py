"""Does a picture's file reach to its end? Decoders are content with less and leave the rest black. Pure."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

_PNG_END = b"IEND\xaeB`\x82"
"""The last chunk with its checksum (PNG, 3rd edition, 11.2.5)."""
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""By colour type (11.2.1)."""
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""Where each pass of an interlaced one begins, x and y, and its steps (8.1)."""
_ALONE = {0x01, *range(0xD0, 0xD8)}
"""JPEG markers without a length (ITU-T T.81, table B.1)."""
_START_OF_SCAN = 0xDA
_END = b"\xff\xd9"


def complete(kind: str, data: bytes) -> bool:
    """Is a PNG or JPEG, which has been decoded, all there?

    A copy that broke off may be as long as the whole, but full of zeros.
    """
    if kind == "PNG":
        return _PNG_END in data and _has_all_rows(data)
    if kind in ("JPEG", "MPO"):
        return data.find(_END, _first_scan(data)) >= 0
    return True


def _has_all_rows(data: bytes) -> bool:
    width, height, bits, colour, _, _, interlaced = struct.unpack(">IIBBBBB", data[16:29])
    passes = _ADAM7 if interlaced else ((0, 0, 1, 1),)
    sizes = [((width - x + dx - 1) // dx, (height - y + dy - 1) // dy) for x, y, dx, dy in passes]
    lacking: int = sum(h * (1 + (w * bits * _CHANNELS[colour] + 7) // 8) for w, h in sizes if w > 0 and h > 0)
    inflated = zlib.decompressobj()
    try:
        for part in _pixels(data):
            while part and lacking > 0:
                lacking -= len(inflated.decompress(part, 1 << 20))
                part = inflated.unconsumed_tail
        return lacking <= 0 or lacking <= len(inflated.flush())
    except zlib.error:
        return False


def _pixels(data: bytes) -> Iterator[bytes]:
    """What the chunks of pixels hold."""
    at = 8
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4])
        if data[at + 4 : at + 8] == b"IDAT":
            yield data[at + 8 : at + 8 + size]
        at += 12 + size


def _first_scan(data: bytes) -> int:
    """Where the picture's own pixels begin: in front of them a thumbnail may lie, with an end of its own."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == _START_OF_SCAN:
            return at
        if marker == 0xFF or marker in _ALONE:  # padding, or a marker by itself
            at += 1 if marker == 0xFF else 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4])
    return at
