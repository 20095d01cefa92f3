"""Flat shapes on a sheet; the one that is asked for fills its box to the pixel."""

from __future__ import annotations

import math
import random

from PIL import Image, ImageDraw

from tasks.generate.canvas import Colour, Point

SIZE = (896, 896)
GRAIN = 4
"""Drawn so many times larger, then scaled down."""
COLOURS: dict[str, Colour] = {
    "red": (206, 48, 44),
    "blue": (38, 98, 196),
    "green": (34, 146, 72),
    "yellow": (240, 196, 32),
    "purple": (136, 72, 170),
    "orange": (240, 124, 26),
}
KINDS = ("circle", "square", "triangle", "star")
Box = tuple[int, int, int, int]


def draw(label: str, box: Box, seed: int) -> Image.Image:
    """The picture: ``label`` ("green triangle") in ``box`` (px, right and bottom exclusive) among eight others."""
    rnd = random.Random(seed)
    sheet = Image.new("RGB", (SIZE[0] * GRAIN, SIZE[1] * GRAIN), (247, 246, 242))
    pen = ImageDraw.Draw(sheet)
    colour, kind = label.split()
    others = [(c, k) for c in COLOURS for k in KINDS if (c, k) != (colour, kind)]
    taken = [box]
    _shape(pen, kind, COLOURS[colour], box)
    for other_colour, other_kind in rnd.sample(others, 8):
        taken.append(_free_box(rnd, taken))
        _shape(pen, other_kind, COLOURS[other_colour], taken[-1])
    return sheet.resize(SIZE, Image.Resampling.BOX)


def _free_box(rnd: random.Random, taken: list[Box]) -> Box:
    """A square box, well apart from all others."""
    for _ in range(10_000):
        side = rnd.randrange(90, 190)
        x, y = rnd.randrange(24, SIZE[0] - side - 24), rnd.randrange(24, SIZE[1] - side - 24)
        if all(x > b[2] + 20 or y > b[3] + 20 or x + side < b[0] - 20 or y + side < b[1] - 20 for b in taken):
            return (x, y, x + side, y + side)
    raise ValueError("no room for another shape")


def _shape(pen: ImageDraw.ImageDraw, kind: str, colour: Colour, box: Box) -> None:
    left, top = box[0] * GRAIN, box[1] * GRAIN
    right, bottom = box[2] * GRAIN - 1, box[3] * GRAIN - 1
    if kind == "circle":
        pen.ellipse((left, top, right, bottom), fill=colour)
    elif kind == "square":
        pen.rectangle((left, top, right, bottom), fill=colour)
    elif kind == "triangle":
        pen.polygon([((left + right) / 2, top), (right, bottom), (left, bottom)], fill=colour)
    else:
        pen.polygon(_star((left + right) / 2, (top + bottom) / 2, (right - left) / 2), fill=colour)


def _star(x: float, y: float, radius: float) -> list[Point]:
    points = []
    for step in range(10):
        reach = radius if step % 2 == 0 else radius * 0.42
        angle = step * math.pi / 5 - math.pi / 2
        points.append((x + reach * math.cos(angle), y + reach * math.sin(angle)))
    return points
