"""A picture as half-blocks: two pixels a cell, on every terminal with colours."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from PIL import Image

Rgb: TypeAlias = tuple[int, int, int]
Cell: TypeAlias = tuple[Rgb, Rgb]
"""Upper and lower pixel."""


@lru_cache(maxsize=16)
def thumbnail(data: bytes, columns: int, rows: int) -> tuple[tuple[Cell, ...], ...]:
    """``data``: PNG or JPEG that has been checked. Fits into columns × rows with its own proportions."""
    from PIL import Image

    with Image.open(io.BytesIO(data)) as source:
        source.draft("RGB", (columns * 2, rows * 4))  # JPEG is then decoded small
        picture = source.convert("RGB")
    picture.thumbnail((columns, rows * 2))
    return half_blocks(picture)


def half_blocks(picture: Image.Image) -> tuple[tuple[Cell, ...], ...]:
    """An RGB picture, pixel by pixel."""
    wide, high = picture.size
    pixels = picture.tobytes()

    def at(x: int, y: int) -> Rgb:
        start = 3 * (min(y, high - 1) * wide + x)
        return pixels[start], pixels[start + 1], pixels[start + 2]

    return tuple(tuple((at(x, y), at(x, y + 1)) for x in range(wide)) for y in range(0, high, 2))
