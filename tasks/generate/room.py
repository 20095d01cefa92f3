"""The room of the fall: wall, window, floor boards in perspective, a socket, a lamp on a side table."""

from __future__ import annotations

import random

from PIL import Image, ImageDraw, ImageFilter

from tasks.generate.canvas import Colour, Point, cast, gradient, mask_of, noise, roughen, solid

SIZE = (560, 364)
GRAIN = 4
"""Drawn so many times larger, then scaled down; coordinates below are px of the finished picture."""
FLOOR = 196
"""Where the wall ends."""
VANISH = (300, 70)
"""Where the joints of the floor boards meet."""


def at(*points: Point) -> list[Point]:
    """Finished px to drawn px."""
    return [(x * GRAIN, y * GRAIN) for x, y in points]


def block(picture: Image.Image, outline: list[Point], colour: Colour, depth: float = 2) -> None:
    """A solid polygon, in finished px."""
    solid(picture, mask_of(picture.size, at(*outline)), colour, depth * GRAIN)


def ellipse(picture: Image.Image, box: tuple[float, float, float, float], colour: Colour, depth: float = 2) -> None:
    """A solid ellipse, in finished px."""
    mask = Image.new("L", picture.size)
    ImageDraw.Draw(mask).ellipse(tuple(v * GRAIN for v in box), fill=255)
    solid(picture, mask, colour, depth * GRAIN)


def draw(rnd: random.Random) -> Image.Image:
    """The empty room."""
    size = (SIZE[0] * GRAIN, SIZE[1] * GRAIN)
    picture = gradient(size, (226, 219, 203), (205, 195, 176))
    _floor(picture, rnd)
    _window(picture)
    _painting(picture)
    _skirting(picture)
    _socket(picture)
    _lamp(picture)
    return picture


def _floor(picture: Image.Image, rnd: random.Random) -> None:
    """Boards that run towards the vanishing point, each with its own tone and grain."""
    width, height = picture.size
    top = FLOOR * GRAIN
    floor = Image.new("RGB", (width, height), (170, 126, 84))
    pen = ImageDraw.Draw(floor)
    vx, vy = VANISH[0] * GRAIN, VANISH[1] * GRAIN
    for board in range(-22, 23):
        tone = rnd.randrange(-12, 13)
        reach = (height - vy) / (top - vy)
        x0, x1 = (vx + edge * 46 * GRAIN for edge in (board, board + 1))
        outline = [(x0, top), (x1, top), (vx + (x1 - vx) * reach, height), (vx + (x0 - vx) * reach, height)]
        pen.polygon(outline, fill=(178 + tone, 132 + tone, 88 + tone))
        pen.line((outline[0], outline[3]), fill=(116, 80, 50), width=5)
        cut = rnd.uniform(1.05, reach)
        pen.line(
            (vx + (x0 - vx) * cut, vy + (top - vy) * cut, vx + (x1 - vx) * cut, vy + (top - vy) * cut),
            fill=(116, 80, 50),
            width=4,
        )
    floor = roughen(floor, noise(rnd, floor.size, (14, 90)), 7)
    light = Image.linear_gradient("L").resize((width, height - top)).point(lambda v: round(v * 0.22))
    lower = floor.crop((0, top, width, height))
    lower.paste((255, 226, 180), (0, 0), light)
    picture.paste(lower, (0, top))


def _window(picture: Image.Image) -> None:
    block(picture, [(214, 18), (322, 18), (322, 132), (214, 132)], (244, 242, 236), 2)
    for left in (221, 271):
        pane = gradient((44 * GRAIN, 100 * GRAIN), (142, 190, 226), (222, 236, 240))
        picture.paste(pane, (left * GRAIN, 25 * GRAIN))
        ImageDraw.Draw(picture).polygon(
            at((left + 6, 112), (left + 30, 30), (left + 37, 30), (left + 13, 112)), fill=(212, 230, 240)
        )
    block(picture, [(206, 130), (330, 130), (334, 138), (202, 138)], (238, 234, 226), 2)


def _painting(picture: Image.Image) -> None:
    block(picture, [(372, 34), (448, 34), (448, 90), (372, 90)], (108, 74, 46), 2)
    sea = gradient((64 * GRAIN, 44 * GRAIN), (244, 196, 132), (72, 118, 150))
    picture.paste(sea, (378 * GRAIN, 40 * GRAIN))
    ImageDraw.Draw(picture).polygon(at((392, 76), (412, 50), (412, 76)), fill=(246, 244, 236))


def _skirting(picture: Image.Image) -> None:
    block(picture, [(0, FLOOR - 15), (560, FLOOR - 15), (560, FLOOR), (0, FLOOR)], (240, 236, 226), 1.5)
    edge = mask_of(picture.size, at((0, FLOOR), (560, FLOOR), (560, FLOOR + 5), (0, FLOOR + 5)))
    cast(picture, edge, 2 * GRAIN, 0.6)


def _socket(picture: Image.Image) -> None:
    """A double wall socket; the cable's plug comes later."""
    plate = Image.new("L", picture.size)
    ImageDraw.Draw(plate).rounded_rectangle([v * GRAIN for v in (34, 122, 86, 152)], 4 * GRAIN, fill=255)
    cast(picture, plate, 2 * GRAIN, 0.5)
    solid(picture, plate, (250, 249, 246), 1.5 * GRAIN)
    pen = ImageDraw.Draw(picture)
    for x in (48, 72):
        pen.ellipse(
            [v * GRAIN for v in (x - 9, 128, x + 9, 146)], fill=(226, 224, 218), outline=(170, 168, 162), width=3
        )
        for hole in (x - 4, x + 4):
            pen.ellipse([v * GRAIN for v in (hole - 1.6, 135.4, hole + 1.6, 138.6)], fill=(44, 44, 46))


def _lamp(picture: Image.Image) -> None:
    """A side table at the right with a lamp that the cable is pulling over."""
    shadow = mask_of(picture.size, at((468, 236), (560, 236), (560, 252), (474, 252)))
    cast(picture, shadow, 5 * GRAIN, 0.5)
    for x in (482, 540):
        block(picture, [(x, 168), (x + 8, 168), (x + 6, 244), (x + 2, 244)], (112, 72, 44), 2)
    block(picture, [(468, 156), (560, 156), (560, 170), (468, 170)], (142, 94, 58), 2)
    glow = Image.new("L", picture.size)
    ImageDraw.Draw(glow).ellipse([v * GRAIN for v in (430, 30, 560, 150)], fill=110)
    picture.paste((255, 240, 196), (0, 0), glow.filter(ImageFilter.GaussianBlur(22 * GRAIN)))
    block(picture, [(490, 148), (514, 153), (513, 158), (489, 156)], (92, 96, 104), 1.5)
    block(picture, [(497, 150), (491, 112), (495, 111), (503, 151)], (120, 124, 132), 1)
    block(picture, [(474, 74), (502, 68), (517, 108), (470, 117)], (246, 206, 120), 4)
