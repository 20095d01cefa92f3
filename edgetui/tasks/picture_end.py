"""Does a picture's file reach to its end? Decoders stop at the last pixel and do not ask. Pure."""

from __future__ import annotations

_PNG_END = b"IEND\xaeB`\x82"
"""The last chunk with its checksum (PNG, 3rd edition, 11.2.5)."""
_ALONE = {0x01, *range(0xD0, 0xD8)}
"""JPEG markers without a length (ITU-T T.81, table B.1)."""
_START_OF_SCAN = 0xDA
_END = b"\xff\xd9"


def complete(kind: str, data: bytes) -> bool:
    """Has a PNG or JPEG the sign of its end? A broken copy may be as long as the whole, but full of zeros."""
    if kind == "PNG":
        return _PNG_END in data
    if kind in ("JPEG", "MPO"):
        return data.find(_END, _first_scan(data)) >= 0
    return True


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
