"""Scenes of everyday things: a table with things on it, fruit, a street, a garden."""

from __future__ import annotations

import random

from PIL import Image

from tasks.generate.canvas import mask_of, noise, roughen
from tasks.generate.things import (
    SIZE,
    apple,
    at,
    banana,
    bicycle,
    blank,
    book,
    car,
    clock,
    house,
    mug,
    plant,
    polygon,
    shade,
    traffic_light,
    tree,
    wood,
)


def table(seed: int) -> Image.Image:
    """An apple, a banana, a mug, a potted plant and a book on a table below a wall clock."""
    picture = blank((214, 222, 214), (190, 202, 196))
    wood(picture, random.Random(seed), 262)
    clock(picture, (150, 96), 62)
    for box in ((58, 344, 176, 372), (196, 354, 372, 392), (352, 300, 470, 330), (428, 352, 548, 384)):
        shade(picture, box)
    plant(picture)
    apple(picture)
    banana(picture)
    mug(picture)
    book(picture)
    return picture.resize(SIZE, Image.Resampling.LANCZOS)


def street(seed: int) -> Image.Image:
    """A car, a bicycle and a traffic light on a street before a house and a tree."""
    rnd = random.Random(seed)
    picture = blank((126, 178, 222), (226, 236, 240))
    polygon(picture, [(0, 262), (560, 262), (560, 300), (0, 300)], (128, 168, 92), 1)
    asphalt = roughen(Image.new("RGB", picture.size, (112, 114, 118)), noise(rnd, picture.size, (9, 9)), 8)
    picture.paste(asphalt, (0, 0), mask_of(picture.size, at([(0, 318), (560, 318), (560, 420), (0, 420)])))
    polygon(picture, [(0, 298), (560, 298), (560, 320), (0, 320)], (196, 192, 184), 2)
    for x in range(14, 560, 96):
        polygon(picture, [(x, 398), (x + 52, 398), (x + 50, 405), (x - 2, 405)], (236, 234, 224), 0.5)
    house(picture)
    tree(picture, rnd)
    traffic_light(picture)
    shade(picture, (36, 366, 306, 388))
    car(picture)
    shade(picture, (354, 372, 500, 386))
    bicycle(picture)
    return picture.resize(SIZE, Image.Resampling.LANCZOS)


def fruit(seed: int) -> Image.Image:
    """An apple and a banana on a table, nothing else."""
    picture = blank((214, 222, 214), (190, 202, 196))
    wood(picture, random.Random(seed), 262)
    for box in ((58, 344, 176, 372), (196, 354, 372, 392)):
        shade(picture, box)
    apple(picture)
    banana(picture)
    return picture.resize(SIZE, Image.Resampling.LANCZOS)


def garden(seed: int) -> Image.Image:
    """A house, a tree and a bicycle on a lawn."""
    picture = blank((126, 178, 222), (226, 236, 240))
    lawn = roughen(
        Image.new("RGB", picture.size, (112, 158, 78)), noise(random.Random(seed), picture.size, (7, 7)), 8
    )
    picture.paste(lawn, (0, 0), mask_of(picture.size, at([(0, 270), (560, 270), (560, 420), (0, 420)])))
    house(picture)
    tree(picture, random.Random(seed))
    shade(picture, (354, 372, 500, 386))
    bicycle(picture)
    return picture.resize(SIZE, Image.Resampling.LANCZOS)
