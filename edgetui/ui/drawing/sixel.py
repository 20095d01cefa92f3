"""Sixel, the pictures of DEC's terminals: https://vt100.net/docs/vt3xx-gp/chapter14.html."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

_BAND = 6
"""Rows of pixels that one character holds."""
_LETTERS = bytes((63 + bits) % 256 for bits in range(256))
_REPEATED = re.compile(rb"(.)\1{3,}")


def sixel(picture: Image.Image, colours: int) -> bytes:
    """An RGB picture from the cursor on, in at most so many colours (2 to 256)."""
    from PIL.Image import Quantize

    # a third of the bytes of Pillow's default, whose colours alternate from pixel to pixel
    flat = picture.quantize(colours, Quantize.FASTOCTREE)
    inks = [round(value * 100 / 255) for value in flat.getpalette() or ()]
    registers = (b"#%d;2;%d;%d;%d" % (n // 3, *inks[n : n + 3]) for n in range(0, len(inks), 3))
    bands = _bands(flat.tobytes(), *flat.size)
    return b'\x1bPq"1;1;%d;%d%s%s\x1b\\' % (*flat.size, b"".join(registers), b"-".join(bands))


def _bands(pixels: bytes, wide: int, high: int) -> Iterator[bytes]:
    for top in range(0, high, _BAND):
        rows = [pixels[y * wide : (y + 1) * wide] for y in range(top, min(top + _BAND, high))]
        yield b"$".join(b"#%d%s" % (colour, _line(rows, colour)) for colour in sorted(set(b"".join(rows))))


def _line(rows: list[bytes], colour: int) -> bytes:
    """Where this colour is. Whole rows at once, as numbers: pixel by pixel Python takes seconds."""
    bits = 0
    for n, row in enumerate(rows):
        if colour in row:
            only = bytearray(256)
            only[colour] = 1 << n
            bits |= int.from_bytes(row.translate(only), "big")
    letters = bits.to_bytes(len(rows[0]), "big").translate(_LETTERS).rstrip(b"?")
    return _REPEATED.sub(lambda run: b"!%d%s" % (len(run[0]), run[1]), letters)
