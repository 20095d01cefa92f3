"""What else a person may fall over: a ball, a box, a puddle of water."""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image, ImageDraw

from tasks.generate.canvas import cast, spline
from tasks.generate.room import GRAIN, at, block, ellipse


def _shade(picture: Image.Image, box: tuple[float, float, float, float]) -> None:
    mask = Image.new("L", picture.size)
    ImageDraw.Draw(mask).ellipse([v * GRAIN for v in box], fill=255)
    cast(picture, mask, 4 * GRAIN, 0.55)


def _ball(picture: Image.Image) -> None:
    """A red ball with white stripes, right under the foot."""
    _shade(picture, (168, 326, 250, 346))
    ellipse(picture, (176, 286, 232, 342), (212, 40, 44), 10)
    pen = ImageDraw.Draw(picture)
    for box in ((186, 286, 222, 342), (198, 286, 210, 342)):
        pen.arc([v * GRAIN for v in box], 0, 360, fill=(250, 246, 240), width=2 * GRAIN)


def _box(picture: Image.Image) -> None:
    """A cardboard box with tape, higher than the ankle."""
    _shade(picture, (196, 330, 330, 352))
    block(picture, [(206, 288), (300, 288), (300, 344), (206, 344)], (190, 142, 88), 3)
    block(picture, [(206, 288), (222, 272), (316, 272), (300, 288)], (212, 168, 112), 1)
    block(picture, [(300, 288), (316, 272), (316, 328), (300, 344)], (150, 108, 62), 1)
    block(picture, [(246, 288), (260, 288), (260, 344), (246, 344)], (222, 196, 150), 1)


def _puddle(picture: Image.Image) -> None:
    """Water on the boards, with a bucket that has toppled over."""
    pool = spline(((120, 312), (170, 298), (240, 302), (300, 316), (270, 338), (190, 344), (136, 334), (120, 312)))
    block(picture, pool, (150, 196, 228), 3)
    block(picture, spline(((150, 316), (190, 306), (230, 310), (190, 318), (150, 316))), (214, 236, 248), 1)
    block(picture, [(62, 306), (110, 296), (116, 332), (66, 336)], (60, 110, 190), 5)
    ellipse(picture, (104, 294, 122, 334), (30, 66, 128), 2)
    ImageDraw.Draw(picture).line(at((70, 304), (88, 282), (108, 296)), fill=(90, 92, 96), width=2 * GRAIN)


BELOW: dict[str, Callable[[Image.Image], None]] = {"ball": _ball, "box": _box, "puddle": _puddle}
"""Painted before the leg that meets it."""
