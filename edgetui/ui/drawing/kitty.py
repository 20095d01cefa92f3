"""Kitty's graphics protocol: https://sw.kovidgoyal.net/kitty/graphics-protocol/."""

from __future__ import annotations

from base64 import b64encode
from typing import Final

NUMBER: Final = 4711
"""Of our one picture, so that it can be taken away again."""
QUESTION: Final = b"\x1b_Gi=%d,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\" % NUMBER
"""Can one pixel be shown?"""
YES: Final = b"\x1b_Gi=%d;OK\x1b\\" % NUMBER
REMOVAL: Final = b"\x1b_Ga=d,d=I,i=%d,q=2\x1b\\" % NUMBER
"""Of the picture and its data."""
_CHUNK = 4096
"""Bytes of base64 that one sequence may carry."""


def placed(png: bytes, columns: int, rows: int) -> bytes:
    """Sequences that show a PNG over so many cells from the cursor on, which stays; the terminal says nothing."""
    text = b64encode(png)
    out = []
    for start in range(0, len(text), _CHUNK):
        head = b"a=T,f=100,i=%d,c=%d,r=%d,C=1,q=2," % (NUMBER, columns, rows) if start == 0 else b""
        more = start + _CHUNK < len(text)
        out.append(b"\x1b_G%sm=%d;%s\x1b\\" % (head, more, text[start : start + _CHUNK]))
    return b"".join(out)
