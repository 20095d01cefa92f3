"""A person who has caught a foot in a cable that crosses the floor, in mid-fall."""

from __future__ import annotations

import math
import random
from itertools import pairwise

from PIL import Image, ImageChops, ImageDraw

from tasks.generate import causes, room
from tasks.generate.canvas import Colour, Point, cast, mask_of, shift, solid, spline
from tasks.generate.room import GRAIN, at, block, ellipse

SKIN, HAIR = (232, 184, 150), (74, 46, 30)
SHIRT, TROUSERS, SHOE = (44, 104, 186), (58, 62, 78), (196, 52, 44)
CABLE = (246, 122, 18)
WHITE = (246, 246, 242)
Limb = tuple[Point, ...]


def draw(seed: int, cause: str = "cable") -> Image.Image:
    """The picture; ``cause``: what lies at the foot."""
    picture = room.draw(random.Random(seed))
    _shadow(picture)
    if cause == "cable":
        _cable_on_floor(picture)
    else:
        causes.BELOW[cause](picture)
    _far_limbs(picture)
    _caught_leg(picture)
    _body(picture)
    _head(picture)
    _near_arm(picture)
    if cause == "cable":
        _cable_over_foot(picture)
    _flying_things(picture)
    _motion(picture)
    return picture.resize(room.SIZE, Image.Resampling.LANCZOS)


def _tube(size: tuple[int, int], joints: Limb, widths: tuple[float, ...]) -> Image.Image:
    """Mask of a limb through its joints, as wide as told at each."""
    mask = Image.new("L", size)
    pen = ImageDraw.Draw(mask)
    for (a, b), (wa, wb) in zip(pairwise(joints), pairwise(widths), strict=True):
        steps = 60
        for step in range(steps + 1):
            t = step / steps
            x, y, r = a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, (wa + (wb - wa) * t) / 2
            pen.ellipse([v * GRAIN for v in (x - r, y - r, x + r, y + r)], fill=255)
    return mask


def _limb(picture: Image.Image, joints: Limb, widths: tuple[float, ...], colour: Colour) -> None:
    solid(picture, _tube(picture.size, joints, widths), colour, 4 * GRAIN)


def _darker(colour: Colour) -> Colour:
    red, green, blue = (round(c * 0.72) for c in colour)
    return (red, green, blue)


def _shadow(picture: Image.Image) -> None:
    """The body's shadow on the floor, soft."""
    mask = Image.new("L", picture.size)
    pen = ImageDraw.Draw(mask)
    for box in ((186, 296, 330, 326), (280, 290, 440, 324), (400, 296, 470, 316)):
        pen.ellipse([v * GRAIN for v in box], fill=255)
    cast(picture, mask, 7 * GRAIN, 0.5)


def _shoe(picture: Image.Image, heel: Point, angle: float, colour: Colour) -> None:
    """A trainer with a white sole; ``angle`` in degrees clockwise from pointing right."""
    turn = math.radians(angle)
    cos, sin = math.cos(turn), math.sin(turn)

    def placed(points: list[Point]) -> list[Point]:
        return [(heel[0] + x * cos - y * sin, heel[1] + x * sin + y * cos) for x, y in points]

    upper = spline(((-9, -9), (6, -11), (12, -5), (25, 0), (29, 6), (27, 9), (-9, 9), (-11, 0), (-9, -9)))
    sole = spline(((-11, 7), (0, 8), (28, 7), (30, 10), (27, 13), (-10, 13), (-12, 10), (-11, 7)))
    block(picture, placed(upper), colour, 2.5)
    block(picture, placed(sole), (246, 244, 240), 1)


def _far_limbs(picture: Image.Image) -> None:
    """The other leg and arm, behind the body and therefore darker."""
    _limb(picture, ((284, 210), (324, 248), (282, 266)), (30, 24, 15), _darker(TROUSERS))
    _shoe(picture, (272, 270), 62, _darker(SHOE))
    _limb(picture, ((420, 182), (450, 169)), (11, 9), _darker(SKIN))
    _limb(picture, ((361, 177), (402, 188), (430, 178)), (18, 16, 14), _darker(SHIRT))
    _hand(picture, (453, 168), -40, _darker(SKIN))


def _caught_leg(picture: Image.Image) -> None:
    _limb(picture, ((276, 208), (238, 246), (200, 275)), (32, 25, 16), TROUSERS)
    _shoe(picture, (188, 282), 52, SHOE)


def _body(picture: Image.Image) -> None:
    """Hips and a chest that leans far forward."""
    trunk = spline(
        (
            (265, 192),
            (298, 175),
            (344, 151),
            (366, 154),
            (382, 174),
            (371, 196),
            (331, 211),
            (293, 230),
            (265, 221),
            (265, 192),
        )
    )
    block(picture, trunk, SHIRT, 7)
    hips = spline(((262, 196), (281, 188), (298, 212), (300, 229), (277, 232), (259, 220), (262, 196)))
    block(picture, hips, TROUSERS, 4)


def _head(picture: Image.Image) -> None:
    _limb(picture, ((367, 169), (391, 162)), (19, 17), SKIN)
    ellipse(picture, (381, 129, 427, 179), SKIN, 5)
    block(picture, spline(((417, 157), (426, 166), (421, 169), (414, 168))), SKIN, 1)
    hair = spline(
        (
            (420, 136),
            (408, 123),
            (390, 114),
            (378, 103),
            (379, 118),
            (365, 115),
            (374, 129),
            (365, 135),
            (377, 142),
            (378, 157),
            (385, 160),
            (390, 147),
            (402, 140),
            (420, 142),
            (420, 136),
        )
    )
    block(picture, hair, HAIR, 2.5)
    ellipse(picture, (388.5, 148.5, 397.5, 161.5), (222, 168, 134), 1.5)
    pen = ImageDraw.Draw(picture)
    pen.ellipse([v * GRAIN for v in (408, 144.5, 420, 157.5)], fill=(252, 252, 250), outline=(90, 60, 44), width=3)
    pen.ellipse([v * GRAIN for v in (413.5, 150, 418.5, 156)], fill=(30, 26, 24))
    pen.line(at((408, 140), (415, 138), (422, 142)), fill=HAIR, width=2 * GRAIN, joint="curve")
    pen.ellipse([v * GRAIN for v in (403, 165, 415, 177)], fill=(110, 30, 30), outline=(160, 84, 70), width=4)


def _near_arm(picture: Image.Image) -> None:
    """Stretched out to break the fall."""
    _limb(picture, ((400, 232), (431, 260)), (12, 10), SKIN)
    _limb(picture, ((356, 181), (384, 217), (412, 242)), (24, 18, 15), SHIRT)
    _hand(picture, (433, 262), 32, SKIN)


def _hand(picture: Image.Image, palm: Point, angle: float, colour: Colour) -> None:
    """An open hand with spread fingers; ``angle`` in degrees clockwise from pointing right."""
    for spread in (-58, -22, 4, 28, 52):
        turn = math.radians(angle + spread)
        reach = 15 if abs(spread) < 50 else 12
        tip = (palm[0] + reach * math.cos(turn), palm[1] + reach * math.sin(turn))
        _limb(picture, (palm, tip), (6.2, 4.6), colour)
    ellipse(picture, (palm[0] - 7, palm[1] - 7, palm[0] + 7, palm[1] + 7), colour, 2)


def _cable(picture: Image.Image, points: tuple[Point, ...], lift: float) -> None:
    """A stretch of cable, with its shadow ``lift`` px below."""
    line = spline(points)
    mask = Image.new("L", picture.size)
    pen = ImageDraw.Draw(mask)
    pen.line(at(*line), fill=255, width=round(5.5 * GRAIN), joint="curve")
    for x, y in (line[0], line[-1]):
        pen.ellipse([v * GRAIN for v in (x - 2.7, y - 2.7, x + 2.7, y + 2.7)], fill=255)
    if lift:
        cast(picture, shift(mask, 2 * GRAIN, lift * GRAIN), (0.8 + lift / 6) * GRAIN, 0.55)
    solid(picture, mask, CABLE, 1.4 * GRAIN)


def _cable_on_floor(picture: Image.Image) -> None:
    """From the socket down the wall and over the floor to the foot, and on to the lamp."""
    _cable(picture, ((72, 140), (74, 165), (62, 192), (50, 226), (62, 262), (96, 288)), 3)
    _cable(picture, ((318, 312), (372, 320), (450, 308), (516, 272), (534, 218), (524, 172), (506, 154)), 3)
    block(
        picture,
        spline(((62, 128), (82, 128), (84, 142), (76, 152), (68, 152), (60, 142), (62, 128))),
        (50, 50, 54),
        2,
    )


def _cable_over_foot(picture: Image.Image) -> None:
    """Pulled up and tight where the foot hangs in it."""
    shadow = mask_of(picture.size, at((96, 291), (206, 318), (318, 315), (318, 319), (206, 324), (96, 296)))
    cast(picture, shadow, 2 * GRAIN, 0.5)
    _cable(
        picture, ((96, 288), (112, 297), (128, 298), (196, 284), (206, 281), (216, 284), (286, 308), (318, 312)), 0
    )


def _flying_things(picture: Image.Image) -> None:
    """The mug that the person carried, and its coffee."""
    solid(
        picture,
        ImageChops.subtract(_disc(picture.size, (507, 214), 10), _disc(picture.size, (507, 214), 6)),
        WHITE,
        4,
    )
    block(picture, [(480, 204), (497, 191), (515, 208), (497, 222)], WHITE, 3)
    block(picture, spline(((480, 204), (486, 194), (497, 191), (492, 201), (480, 204))), (104, 62, 34), 1)
    for x, y, r in ((474, 190, 4), (464, 184, 3), (480, 176, 3.4), (460, 196, 2.4), (470, 170, 2), (487, 182, 2.6)):
        ellipse(picture, (x - r, y - r * 1.2, x + r, y + r), (98, 58, 32), 1)


def _disc(size: tuple[int, int], centre: Point, radius: float) -> Image.Image:
    mask = Image.new("L", size)
    box = (centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius)
    ImageDraw.Draw(mask).ellipse([v * GRAIN for v in box], fill=255)
    return mask


def _motion(picture: Image.Image) -> None:
    """Arcs above the back: the way it has come."""
    pen = ImageDraw.Draw(picture)
    for radius in (164, 176, 188):
        box = (216 - radius, 300 - radius, 216 + radius, 300 + radius)
        pen.arc([v * GRAIN for v in box], -70, -54, fill=(250, 248, 240), width=2 * GRAIN)
