"""A printed sheet with a heading and a text in small type."""

from __future__ import annotations

from PIL import Image, ImageDraw

from tasks.generate.canvas import font

SIZE = (560, 308)
GRAIN = 4
"""Drawn so many times larger, then scaled down."""
INK = (28, 30, 38)
FEW = 3
"""Lines that are set in large letters."""


def draw(text: str) -> Image.Image:
    """The picture: the first line is the heading, the others stand below as they are."""
    size = (SIZE[0] * GRAIN, SIZE[1] * GRAIN)
    sheet = Image.new("RGB", size, (246, 243, 234))
    pen = ImageDraw.Draw(sheet)
    heading, *lines = text.split("\n")
    left = 22 * GRAIN
    pen.text((left, 14 * GRAIN), heading, font=font(19 * GRAIN), fill=INK)
    pen.line((left, 41 * GRAIN, size[0] - left, 41 * GRAIN), fill=(170, 60, 48), width=GRAIN)
    letters = 14.5 if len(lines) > FEW else 44
    step = (size[1] - 58 * GRAIN) / len(lines)
    for row, line in enumerate(lines):
        pen.text((left, 48 * GRAIN + row * step), line, font=font(letters * GRAIN), fill=INK)
    return sheet.resize(SIZE, Image.Resampling.LANCZOS)
