"""A small picture and a question that no task has, to warm a model up with."""

from __future__ import annotations

import io
import random

SIDE = 112
"""px: on the grids of 14 and 28 px that models cut pictures into, and small: encoding 224 px costs a Pi 5 ten s
of full power, which the first answer would feel."""

OTHER_PROMPT = "Name three colours."
"""For tasks without a picture: their own prompt would lie in the cache when it is timed."""


def other_picture() -> bytes:
    """A PNG of coarse noise, another one at each call: no cache has it."""
    from PIL import Image

    noise = Image.frombytes("RGB", (8, 8), random.randbytes(8 * 8 * 3))
    out = io.BytesIO()
    noise.resize((SIDE, SIDE)).save(out, "PNG")
    return out.getvalue()
