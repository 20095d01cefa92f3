"""A road seen from a driver's seat, with as many potholes as were ordered."""

from __future__ import annotations

import math
import random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from tasks.generate.canvas import Point, cast, gradient, mask_of, noise, roughen, shift

SIZE = (560, 504)
GRAIN = 2
"""Drawn so many times larger, then scaled down."""
HEIGHT_M, FOCAL = 4.4, 560.0
"""Height of the eye above the road, and focal length in px."""
HORIZON = 88
NEAR_M, FAR_M, WIDTH_M = 5.6, 70.0, 30.0
LANES_M = 7.6
SCALE = 90
"""Pixels of a metre in the plan."""


def draw(count: int, seed: int) -> Image.Image:
    """The picture."""
    rnd = random.Random(seed)
    plan = _plan(rnd)
    for x, z, radius in _places(rnd, count):
        _pothole(plan, rnd, _on_plan(x, z), radius * SCALE)
    size = (SIZE[0] * GRAIN, SIZE[1] * GRAIN)
    ground = plan.transform(
        size, Image.Transform.PERSPECTIVE, _projection(size), Image.Resampling.BICUBIC, fillcolor=(104, 122, 62)
    )
    _far_road(ground)
    sky = _sky(rnd, size)
    horizon = HORIZON * GRAIN
    ground.paste(sky.crop((0, 0, size[0], horizon + 2 * GRAIN)), (0, 0))
    haze = Image.new("L", size)
    fog = Image.linear_gradient("L").rotate(180).resize((size[0], 70 * GRAIN)).point(lambda v: round(v * 0.55))
    haze.paste(fog, (0, horizon))
    ground.paste((196, 206, 214), (0, 0), haze)
    _trees(ground, rnd, horizon)
    return ground.resize(SIZE, Image.Resampling.LANCZOS)


def _far_road(picture: Image.Image) -> None:
    """What lies beyond the plan, up to the vanishing point."""
    bottom = GRAIN * (HORIZON + FOCAL * HEIGHT_M / FAR_M + 1)
    half = GRAIN * FOCAL * LANES_M / 2 / FAR_M
    middle, top = picture.width / 2, HORIZON * GRAIN
    ImageDraw.Draw(picture).polygon(
        [(middle, top), (middle - half, bottom), (middle + half, bottom)], fill=(122, 121, 121)
    )


def _on_plan(x: float, z: float) -> Point:
    return (x + WIDTH_M / 2) * SCALE, (FAR_M - z) * SCALE


def _projection(size: tuple[int, int]) -> tuple[float, ...]:
    """Coefficients from a pixel of the picture to one of the plan: z = focal · height / (pixels below horizon)."""
    centre, horizon, reach = size[0] / 2, HORIZON * GRAIN, FOCAL * GRAIN * HEIGHT_M
    k = SCALE / -horizon
    return (
        k * HEIGHT_M,
        k * WIDTH_M / 2,
        k * (-centre * HEIGHT_M - WIDTH_M / 2 * horizon),
        0.0,
        k * FAR_M,
        k * (-FAR_M * horizon - reach),
        0.0,
        -1 / horizon,
    )


def _plan(rnd: random.Random) -> Image.Image:
    """Grass, gravel, asphalt, lines and cracks from above."""
    size = (round(WIDTH_M * SCALE), round((FAR_M - NEAR_M) * SCALE) + SCALE)
    grass = roughen(Image.new("RGB", size, (104, 122, 62)), noise(rnd, size, (40, 60)), 34)
    grass = roughen(grass, noise(rnd, size, (5, 14)), 30)
    gravel = roughen(Image.new("RGB", size, (146, 136, 118)), noise(rnd, size, (5, 5)), 40)
    asphalt = roughen(Image.new("RGB", size, (122, 121, 121)), noise(rnd, size, (160, 420)), 16)
    asphalt = roughen(asphalt, noise(rnd, size, (2.2, 3)), 30)
    _markings(asphalt, rnd)
    wobble = noise(rnd, (1, size[1]), (1, 70)).resize((1, size[1])).tobytes()
    for surface, half_m in ((gravel, LANES_M / 2 + 0.7), (asphalt, LANES_M / 2 + 0.15)):
        edge = [(value - 128) / 128 * 0.18 for value in wobble]
        left = [(_on_plan(-half_m + e, 0)[0], y) for y, e in enumerate(edge)]
        right = [(_on_plan(half_m - e, 0)[0], y) for y, e in enumerate(edge)]
        grass.paste(surface, (0, 0), mask_of(size, [*left, *reversed(right)]))
    return grass


def _markings(plan: Image.Image, rnd: random.Random) -> None:
    """White edges and a dashed middle line, worn."""
    paint = Image.new("L", plan.size)
    pen = ImageDraw.Draw(paint)
    for x in (-LANES_M / 2 + 0.3, LANES_M / 2 - 0.3):
        left, right = _on_plan(x - 0.07, 0)[0], _on_plan(x + 0.07, 0)[0]
        pen.rectangle((left, 0, right, plan.height), fill=235)
    for z in range(2, int(FAR_M), 6):
        left, top = _on_plan(-0.08, z + 3.2)
        right, bottom = _on_plan(0.08, z)
        pen.rectangle((left, top, right, bottom), fill=240)
    worn = noise(rnd, plan.size, (7, 7)).point(lambda v: 255 if v > 58 else 120)
    plan.paste((226, 224, 214), (0, 0), ImageChops.multiply(paint, worn))


def _places(rnd: random.Random, count: int) -> list[tuple[float, float, float]]:
    """Where potholes are: x, z and radius in m; far from each other *as seen*, and wholly in the picture."""
    chosen: list[tuple[float, float, float]] = []
    for _ in range(100_000):
        if len(chosen) == count:
            return chosen
        z = rnd.uniform(7.0, 15.5)
        x, radius = rnd.uniform(-3.0, 3.0), rnd.uniform(0.55, 0.85)
        if abs(x) / z * FOCAL + radius * 1.5 / z * FOCAL < SIZE[0] / 2 and all(
            _apart((x, z, radius), other) for other in chosen
        ):
            chosen.append((x, z, radius))
    raise ValueError(f"no room for {count} potholes")


def _apart(a: tuple[float, float, float], b: tuple[float, float, float]) -> bool:
    """Do their outlines on the screen, with a margin, not meet?"""
    (ax, ay), (bx, by) = ((x / z * FOCAL, HEIGHT_M / z * FOCAL) for x, z, _ in (a, b))
    wide = (a[2] / a[1] + b[2] / b[1]) * FOCAL
    tall = wide * HEIGHT_M / min(a[1], b[1])
    return math.hypot((ax - bx) / (wide * 1.55 + 8), (ay - by) / (tall * 1.55 + 8)) > 1


def _pothole(plan: Image.Image, rnd: random.Random, centre: Point, radius: float) -> None:
    """A hole in broken asphalt: crumbled rim, sunk floor of earth and stones, walls in light and shadow."""
    reach = round(radius * 2)
    x, y = round(centre[0]) - reach, round(centre[1]) - reach
    size = (2 * reach, 2 * reach)
    spot = plan.crop((x, y, x + size[0], y + size[1]))
    bumps = [rnd.uniform(-1, 1) for _ in range(9)]
    hole = mask_of(size, _blob(rnd, bumps, reach, radius)).filter(ImageFilter.GaussianBlur(1.5))
    rim = mask_of(size, _blob(rnd, bumps, reach, radius * 1.2)).filter(ImageFilter.GaussianBlur(5))
    crumbs = noise(rnd, size, (6, 6)).point(lambda v: 255 if v > 105 else 60)
    spot.paste((150, 146, 138), (0, 0), ImageChops.multiply(rim, crumbs).point(lambda v: round(v * 0.6)))
    floor = roughen(Image.new("RGB", size, (74, 64, 54)), noise(rnd, size, (22, 22)), 24)
    floor = roughen(floor, noise(rnd, size, (5, 5)), 34)
    deep = radius * 0.22
    cast(floor, ImageChops.subtract(hole, shift(hole, deep * 0.9, deep * 1.3)), 5, 0.9, (14, 12, 11))
    cast(floor, ImageChops.invert(hole), radius * 0.16, 0.75, (16, 13, 11))
    cast(floor, ImageChops.subtract(hole, shift(hole, -deep * 0.4, -deep * 0.55)), 2, 0.65, (142, 126, 108))
    spot.paste(floor, (0, 0), hole)
    plan.paste(spot, (x, y))


def _blob(rnd: random.Random, bumps: list[float], centre: float, radius: float) -> list[Point]:
    """A ragged round outline: a few broad bumps and many small chips."""
    outline = []
    for step in range(90):
        angle = step / 90 * math.tau
        broad = sum(b * math.sin((k + 1) * angle + b * 9) / (k + 2) for k, b in enumerate(bumps))
        r = radius * (1 + 0.2 * broad + rnd.uniform(-0.03, 0.03))
        outline.append((centre + r * math.cos(angle), centre + r * 0.92 * math.sin(angle)))
    return outline


def _sky(rnd: random.Random, size: tuple[int, int]) -> Image.Image:
    sky = gradient((size[0], HORIZON * GRAIN + 8), (112, 158, 206), (206, 220, 230))
    clouds = Image.blend(noise(rnd, sky.size, (150, 40)), noise(rnd, sky.size, (46, 14)), 0.35)
    sky.paste((246, 247, 248), (0, 0), clouds.point(lambda v: max(0, min(230, (v - 118) * 4))))
    return sky


def _trees(picture: Image.Image, rnd: random.Random, horizon: int) -> None:
    """Two rows of bushes at the horizon, the nearer darker."""
    for colour, tall, grain in (((120, 142, 120), 34, 30), ((66, 92, 58), 20, 17)):
        crowns = noise(rnd, (picture.width, 1), (grain * GRAIN, 1)).tobytes()
        fine = noise(rnd, (picture.width, 1), (4 * GRAIN, 1)).tobytes()
        top = [
            (x, horizon + 3 * GRAIN - tall * GRAIN * (0.35 + 0.5 * crown / 255 + 0.15 * leaf / 255))
            for x, (crown, leaf) in enumerate(zip(crowns, fine, strict=True))
        ]
        outline = [(0, horizon + 3 * GRAIN), *top, (picture.width, horizon + 3 * GRAIN)]
        mask = mask_of(picture.size, outline)
        leaves = roughen(Image.new("RGB", picture.size, colour), noise(rnd, picture.size, (5, 5)), 26)
        picture.paste(leaves, (0, 0), mask)
