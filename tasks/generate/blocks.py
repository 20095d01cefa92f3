"""Coloured blocks on a noisy floor, with the box of each: what the bundled detector is measured on."""

from __future__ import annotations

import random
from dataclasses import dataclass

from PIL import Image, ImageDraw

from tasks.generate.canvas import Colour, gradient, noise, roughen

SIZES = ((480, 360), (360, 480), (640, 480))
"""By turns, so that letterboxing is put to the test."""
GRAIN = 2
"""Drawn so many times larger, then scaled down."""
CLASSES = ("red", "green", "blue", "yellow")
COLOURS: dict[str, Colour] = {
    "red": (204, 48, 44),
    "green": (34, 146, 72),
    "blue": (38, 98, 196),
    "yellow": (240, 196, 32),
}
STRANGERS: tuple[Colour, ...] = ((124, 92, 150), (222, 126, 70), (96, 98, 104))
"""Of things that have no class: purple, orange, grey. They must not be found."""
Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Block:
    """One labelled thing."""

    colour: str
    box: Box
    """Left, top, right, bottom in px of the finished picture, the last two exclusive."""


def draw(number: int) -> tuple[Image.Image, list[Block]]:
    """The picture of this number and what is on it."""
    rnd = random.Random(number)
    width, height = SIZES[number % len(SIZES)]
    floor = gradient((width * GRAIN, height * GRAIN), (196, 192, 184), (150, 146, 140))
    floor = roughen(floor, noise(rnd, floor.size, (24, 24)), 26)
    pen = ImageDraw.Draw(floor)
    blocks: list[Block] = []
    taken: list[Box] = []
    for index in range(rnd.randrange(5, 10)):
        box = _place(rnd, (width, height), taken)
        taken.append(box)
        stranger = index < 2
        colour = rnd.choice(CLASSES)
        _fill(pen, rnd, box, rnd.choice(STRANGERS) if stranger else COLOURS[colour])
        if not stranger:
            blocks.append(Block(colour, box))
    speckled = roughen(floor, noise(rnd, floor.size, (6, 6)), 16)
    return speckled.resize((width, height), Image.Resampling.BOX), blocks


def yolo(blocks: list[Block], size: tuple[int, int]) -> str:
    """A label file as YOLO writes them: class, then centre, width and height as parts of the picture."""
    lines = []
    for block in blocks:
        left, top, right, bottom = block.box
        middle = (left + right) / 2 / size[0], (top + bottom) / 2 / size[1]
        extent = (right - left) / size[0], (bottom - top) / size[1]
        lines.append(f"{CLASSES.index(block.colour)} " + " ".join(f"{v:.6f}" for v in (*middle, *extent)))
    return "".join(f"{line}\n" for line in lines)


def _place(rnd: random.Random, size: tuple[int, int], taken: list[Box]) -> Box:
    """Anywhere that covers no other thing's box; they may touch, which is what makes some of them hard."""
    while True:
        width = rnd.choice((22, 34, 50, 74, 110))
        height = round(width * rnd.uniform(0.7, 1.4))
        left, top = rnd.randrange(4, size[0] - width - 4), rnd.randrange(4, size[1] - height - 4)
        if all(left >= b[2] or top >= b[3] or left + width <= b[0] or top + height <= b[1] for b in taken):
            return (left, top, left + width, top + height)


def _fill(pen: ImageDraw.ImageDraw, rnd: random.Random, box: Box, colour: Colour) -> None:
    left, top, right, bottom = (edge * GRAIN for edge in box)
    if rnd.random() < 0.5:
        pen.ellipse((left, top, right - 1, bottom - 1), fill=colour)
    else:
        pen.rectangle((left, top, right - 1, bottom - 1), fill=colour)
