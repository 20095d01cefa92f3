"""Everyday things that anyone can name."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from PIL import Image, ImageDraw

from tasks.generate.canvas import Colour, Point, cast, gradient, mask_of, noise, roughen, solid, spline

SIZE = (560, 420)
GRAIN = 4
"""Drawn so many times larger, then scaled down; coordinates below are px of the finished picture."""
DARK, LEAF, WHITE = (48, 48, 52), (62, 138, 66), (246, 246, 242)


def blank(top: Colour, bottom: Colour) -> Image.Image:
    """An empty picture that fades from one colour above to another below."""
    return gradient((SIZE[0] * GRAIN, SIZE[1] * GRAIN), top, bottom)


def at(points: Sequence[Point]) -> list[Point]:
    """Finished px to drawn px."""
    return [(x * GRAIN, y * GRAIN) for x, y in points]


def polygon(
    picture: Image.Image, points: Sequence[Point], colour: Colour, depth: float, smooth: bool = False
) -> None:
    """A solid polygon, in finished px."""
    outline = spline([*points, points[0]]) if smooth else points
    solid(picture, mask_of(picture.size, at(outline)), colour, depth * GRAIN)


def _disc(size: tuple[int, int], box: tuple[float, float, float, float]) -> Image.Image:
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).ellipse([v * GRAIN for v in box], fill=255)
    return mask


def _ellipse(picture: Image.Image, box: tuple[float, float, float, float], colour: Colour, depth: float) -> None:
    solid(picture, _disc(picture.size, box), colour, depth * GRAIN)


def _ring(picture: Image.Image, centre: Point, radius: float, width: float, colour: Colour) -> None:
    mask = Image.new("L", picture.size)
    box = [v * GRAIN for c in (-radius, radius) for v in (centre[0] + c, centre[1] + c)]
    ImageDraw.Draw(mask).ellipse(box, outline=255, width=round(width * GRAIN))
    solid(picture, mask, colour, width / 3 * GRAIN)


def _rod(picture: Image.Image, points: Sequence[Point], width: float, colour: Colour) -> None:
    mask = Image.new("L", picture.size)
    ImageDraw.Draw(mask).line(at(points), fill=255, width=round(width * GRAIN), joint="curve")
    solid(picture, mask, colour, width / 3 * GRAIN)


def shade(picture: Image.Image, box: tuple[float, float, float, float]) -> None:
    """A soft shadow below a thing."""
    cast(picture, _disc(picture.size, box), 6 * GRAIN, 0.5)


def wood(picture: Image.Image, rnd: random.Random, top: int) -> None:
    """A table of wood, seen from above its edge."""
    size = (picture.width, picture.height - top * GRAIN)
    wood = roughen(gradient(size, (150, 100, 62), (186, 132, 86)), noise(rnd, size, (500, 10)), 10)
    picture.paste(wood, (0, top * GRAIN))


def clock(picture: Image.Image, centre: Point, radius: float) -> None:
    """A round wall clock."""
    x, y = centre
    _ellipse(picture, (x - radius, y - radius, x + radius, y + radius), (168, 52, 46), 3)
    inner = radius - 8
    _ellipse(picture, (x - inner, y - inner, x + inner, y + inner), (252, 251, 246), 1)
    pen = ImageDraw.Draw(picture)
    for hour in range(12):
        sin, cos = math.sin(hour * math.pi / 6), math.cos(hour * math.pi / 6)
        pen.line(at([(x + 44 * sin, y - 44 * cos), (x + 50 * sin, y - 50 * cos)]), fill=DARK, width=3 * GRAIN)
    _rod(picture, [(x, y), (x - 24, y - 14)], 5, DARK)
    _rod(picture, [(x, y), (x + 24, y - 34)], 3.5, DARK)
    _ellipse(picture, (x - 4, y - 4, x + 4, y + 4), DARK, 1)


def plant(picture: Image.Image) -> None:
    """A plant in a pot."""
    for angle in (-64, -38, -14, 12, 36, 62):
        sin, cos = math.sin(math.radians(angle)), math.cos(math.radians(angle))
        long = 130 - abs(angle) * 0.5
        tip, root = (410 + long * sin, 232 - long * cos), (410 + 6 * sin, 234)
        left = (410 + long * 0.55 * sin - 15 * cos, 232 - long * 0.55 * cos - 15 * sin)
        right = (410 + long * 0.55 * sin + 15 * cos, 232 - long * 0.55 * cos + 15 * sin)
        polygon(picture, [root, left, tip, right], LEAF, 3, smooth=True)
    polygon(picture, [(368, 226), (452, 226), (440, 316), (380, 316)], (196, 104, 62), 6)
    polygon(picture, [(362, 218), (458, 218), (456, 236), (364, 236)], (208, 116, 72), 3)


def apple(picture: Image.Image) -> None:
    """A red apple."""
    outline = [
        (116, 268),
        (142, 260),
        (168, 282),
        (164, 324),
        (138, 358),
        (116, 352),
        (94, 358),
        (68, 324),
        (64, 282),
        (90, 260),
    ]
    polygon(picture, outline, (206, 40, 38), 12, smooth=True)
    _rod(picture, [(116, 272), (119, 246)], 5, (96, 62, 36))
    polygon(picture, [(119, 256), (136, 240), (160, 242), (142, 258)], LEAF, 2, smooth=True)


def banana(picture: Image.Image) -> None:
    """A banana."""
    outline = [
        (196, 300),
        (210, 340),
        (248, 362),
        (294, 358),
        (326, 330),
        (332, 304),
        (322, 300),
        (300, 322),
        (266, 330),
        (232, 318),
        (210, 290),
    ]
    polygon(picture, outline, (246, 208, 58), 8, smooth=True)
    polygon(picture, [(192, 300), (196, 276), (206, 274), (214, 294)], (140, 112, 42), 2)
    polygon(picture, [(324, 308), (326, 294), (334, 296), (333, 308)], (84, 64, 34), 1)


def mug(picture: Image.Image) -> None:
    """A blue mug of coffee."""
    _ring(picture, (374, 346), 26, 10, (40, 98, 178))
    polygon(picture, [(294, 302), (366, 302), (362, 388), (298, 388)], (44, 108, 190), 9)
    _ellipse(picture, (294, 292, 366, 312), (226, 234, 242), 2)
    _ellipse(picture, (301, 296, 359, 310), (92, 58, 36), 1)


def book(picture: Image.Image) -> None:
    """A book that lies flat."""
    polygon(picture, [(432, 336), (532, 326), (552, 360), (448, 374)], (116, 62, 138), 3)
    polygon(picture, [(448, 374), (552, 360), (552, 372), (449, 388)], WHITE, 1)
    polygon(picture, [(432, 336), (448, 374), (449, 390), (433, 350)], (92, 46, 112), 1)
    _rod(picture, [(449, 390), (553, 374)], 3, (92, 46, 112))


def house(picture: Image.Image) -> None:
    """A house with a red roof."""
    polygon(picture, [(176, 150), (356, 150), (356, 296), (176, 296)], (238, 220, 184), 3)
    polygon(picture, [(158, 156), (200, 82), (332, 82), (374, 156)], (176, 68, 52), 4)
    polygon(picture, [(302, 62), (322, 62), (322, 104), (302, 104)], (150, 84, 68), 2)
    polygon(picture, [(248, 216), (286, 216), (286, 296), (248, 296)], (108, 70, 44), 2)
    _ellipse(picture, (276, 254, 281, 259), (226, 190, 90), 1)
    for x in (192, 304):
        polygon(picture, [(x, 178), (x + 38, 178), (x + 38, 222), (x, 222)], WHITE, 1)
        for dx in (3, 21):
            polygon(
                picture, [(x + dx, 181), (x + dx + 14, 181), (x + dx + 14, 219), (x + dx, 219)], (136, 186, 216), 1
            )


def tree(picture: Image.Image, rnd: random.Random) -> None:
    """A tree."""
    polygon(picture, [(72, 180), (92, 180), (98, 298), (66, 298)], (112, 78, 50), 4)
    crown = Image.new("L", picture.size)
    pen = ImageDraw.Draw(crown)
    for _ in range(26):
        angle, reach = rnd.uniform(0, math.tau), rnd.uniform(8, 50)
        x, y, r = 82 + reach * 1.1 * math.cos(angle), 132 + reach * math.sin(angle), rnd.uniform(20, 28)
        pen.ellipse([v * GRAIN for v in (x - r, y - r, x + r, y + r)], fill=255)
    solid(picture, crown, (66, 132, 60), 12 * GRAIN)


def traffic_light(picture: Image.Image) -> None:
    """A traffic light on its pole."""
    polygon(picture, [(434, 176), (444, 176), (444, 316), (434, 316)], (92, 94, 98), 2)
    polygon(picture, [(412, 60), (466, 60), (466, 196), (412, 196)], (46, 48, 50), 4)
    for y, colour in ((82, (232, 44, 36)), (128, (92, 78, 30)), (174, (34, 80, 48))):
        _ellipse(picture, (421, y - 18, 457, y + 18), colour, 3)
    cast(picture, _disc(picture.size, (411, 54, 467, 110)), 10 * GRAIN, 0.47, (255, 90, 70))


def car(picture: Image.Image) -> None:
    """A blue car."""
    body = [
        (40, 352),
        (42, 322),
        (84, 310),
        (120, 274),
        (214, 272),
        (254, 308),
        (296, 320),
        (302, 352),
        (296, 364),
        (44, 364),
    ]
    polygon(picture, body, (36, 112, 196), 8)
    polygon(picture, [(100, 310), (128, 282), (164, 281), (164, 310)], (198, 222, 234), 2)
    polygon(picture, [(172, 281), (208, 280), (238, 309), (172, 310)], (198, 222, 234), 2)
    _ellipse(picture, (286, 326, 302, 338), (255, 240, 180), 1)
    _ellipse(picture, (38, 326, 48, 340), (206, 44, 38), 1)
    _rod(picture, [(168, 316), (168, 356)], 1.5, (24, 78, 140))
    _rod(picture, [(178, 322), (194, 322)], 4, (24, 78, 140))
    for x in (98, 242):
        _ellipse(picture, (x - 27, 339, x + 27, 393), (38, 38, 40), 4)
        _ellipse(picture, (x - 14, 352, x + 14, 380), (196, 200, 204), 3)


def bicycle(picture: Image.Image) -> None:
    """A bicycle."""
    frame = (214, 64, 40)
    for x in (374, 482):
        _ring(picture, (x, 346), 34, 4.5, (38, 38, 40))
        for spoke in range(8):
            sin, cos = math.sin(spoke * math.pi / 8), math.cos(spoke * math.pi / 8)
            ends = [(x - 31 * sin, 346 - 31 * cos), (x + 31 * sin, 346 + 31 * cos)]
            _rod(picture, ends, 0.8, (190, 192, 196))
    _rod(picture, [(374, 346), (406, 300), (462, 300), (420, 348), (374, 346)], 5, frame)
    _rod(picture, [(400, 288), (422, 350)], 5, frame)
    _rod(picture, [(482, 346), (458, 284), (470, 274), (482, 278)], 4.5, DARK)
    polygon(picture, [(386, 286), (412, 282), (416, 288), (392, 293)], DARK, 2)
    _ring(picture, (420, 348), 9, 4, DARK)
    _rod(picture, [(420, 348), (430, 366), (440, 366)], 3.5, DARK)
