"""What every scene is drawn with: noise that a seed decides, soft shading, embedded letters."""

from __future__ import annotations

import random
from collections.abc import Sequence

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

Point = tuple[float, float]
Colour = tuple[int, int, int]


def font(size: float) -> ImageFont.FreeTypeFont:
    """The typeface that Pillow carries within it."""
    face = ImageFont.load_default(size)
    assert isinstance(face, ImageFont.FreeTypeFont)
    return face


def noise(rnd: random.Random, size: tuple[int, int], cell: tuple[float, float]) -> Image.Image:
    """Grey noise with grains of ``cell`` px across and down."""
    columns, rows = (max(2, round(length / grain) + 2) for length, grain in zip(size, cell, strict=True))
    grains = Image.frombytes("L", (columns, rows), rnd.randbytes(columns * rows))
    return grains if (columns, rows) == size else grains.resize(size, Image.Resampling.BICUBIC)


def roughen(picture: Image.Image, grains: Image.Image, amount: float) -> Image.Image:
    """Lighten and darken by noise, at most ``amount`` of 255 either way."""
    offset = grains.point(lambda value: round(128 + (value - 128) * amount / 128))
    grey = Image.merge("RGB", (offset, offset, offset))
    return ImageChops.add(picture, grey, scale=1, offset=-128)


def gradient(size: tuple[int, int], top: Colour, bottom: Colour) -> Image.Image:
    """From one colour above to another below."""
    ramp = Image.linear_gradient("L").resize(size)
    return Image.composite(Image.new("RGB", size, bottom), Image.new("RGB", size, top), ramp)


def mask_of(size: tuple[int, int], outline: Sequence[Point]) -> Image.Image:
    """White within a polygon."""
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).polygon(list(outline), fill=255)
    return mask


def spline(points: Sequence[Point], steps: int = 16) -> list[Point]:
    """A smooth line through the points (Catmull-Rom)."""
    padded = [points[0], *points, points[-1]]
    line: list[Point] = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        for step in range(steps):
            t = step / steps
            line.append((_between(a[0], b[0], c[0], d[0], t), _between(a[1], b[1], c[1], d[1], t)))
    return [*line, points[-1]]


def _between(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)


def shift(mask: Image.Image, dx: float, dy: float) -> Image.Image:
    """The same, moved, with black coming in."""
    moved = Image.new("L", mask.size)
    moved.paste(mask, (round(dx), round(dy)))
    return moved


def cast(
    picture: Image.Image, mask: Image.Image, blur: float, strength: float, colour: Colour = (20, 14, 10)
) -> None:
    """Lay a soft shadow, ``strength`` 0-1, where the mask is white."""
    soft = mask.filter(ImageFilter.GaussianBlur(blur)).point(lambda value: round(value * strength))
    picture.paste(colour, (0, 0), soft)


def solid(picture: Image.Image, mask: Image.Image, colour: Colour, depth: float) -> None:
    """Fill the mask as something round: lit from the upper left, shaded at the lower right, ``depth`` px deep."""
    box = mask.getbbox()
    if box is None:
        return
    margin = round(3 * depth)
    x, y = max(0, box[0] - margin), max(0, box[1] - margin)
    part = mask.crop((x, y, min(mask.width, box[2] + margin), min(mask.height, box[3] + margin)))
    soft = part.filter(ImageFilter.GaussianBlur(depth))
    dark = ImageChops.subtract(part, shift(soft, -depth * 0.6, -depth * 0.9)).point(lambda v: round(v * 0.5))
    light = ImageChops.subtract(part, shift(soft, depth * 0.6, depth * 0.9)).point(lambda v: round(v * 0.3))
    face = Image.new("RGB", part.size, colour)
    face.paste((255, 246, 230), (0, 0), light)
    face.paste(tuple(round(c * 0.35) for c in colour), (0, 0), dark)
    picture.paste(face, (x, y), part)
