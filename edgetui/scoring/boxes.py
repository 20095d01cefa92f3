"""How each family of models writes a box. Fixed in advance from the model's name and the Ollama era.

A tool that tries several readings and keeps the one nearest to the truth measures its own luck. Sources of the
table are in docs/scoring.md.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Box: TypeAlias = tuple[float, float, float, float]
"""x1, y1, x2, y2 in px of the picture."""
Size: TypeAlias = tuple[int, int]
Unit: TypeAlias = Literal["pixels", "thousandths", "1/1024", "parts"]

GRID = 28
"""px of a patch of Qwen2.5-VL's encoder, two by two merged."""
TOKENS: Final = {"A": (4, 1280), "B": (4, 1280), "C": (1024, 4096)}
"""Fewest and most picture tokens by Ollama era: smaller and larger pictures are resized to them."""


@dataclass(frozen=True, slots=True)
class Convention:
    """What four numbers of one family mean."""

    unit: Unit
    y_first: bool = False
    trusted: str = ""
    """Why its boxes are not scored; empty where they are."""

    def __str__(self) -> str:
        return f"{self.unit}, {'y' if self.y_first else 'x'} first"


_FAMILIES: Final[tuple[tuple[str, Convention], ...]] = (
    (r"qwen2\.?5-?vl", Convention("pixels")),
    (r"qwen3-?vl|qwen2-?vl|glm-?[\d.]*-?v", Convention("thousandths")),
    (r"gemma-?3|gemini", Convention("thousandths", y_first=True)),
    (r"paligemma", Convention("1/1024", y_first=True)),
    (
        r"moondream",
        Convention("parts", trusted="Ollama's build of moondream has no region head: its boxes are words"),
    ),
    (r"llava|bakllava", Convention("parts")),
)
_NUMBER = r"\s*([-−]?\d+(?:\.\d+)?)\s*"
_FORMS: Final = (
    re.compile(r"[\[(]" + ",".join([_NUMBER] * 4) + r"[\])]"),
    re.compile(rf"\({_NUMBER},{_NUMBER}\)[^()\d]{{0,40}}\({_NUMBER},{_NUMBER}\)"),
    re.compile(rf"\[{_NUMBER},{_NUMBER}\][^\[\]\d]{{0,40}}\[{_NUMBER},{_NUMBER}\]"),
    re.compile(
        r"\b(?:box|bbox|coordinates|located\s+at)\b[^\d\[\]()\n]{0,30}?"
        + r"[,\s]".join([_NUMBER] * 4)
        + r"(?![,.\d])"
    ),
    re.compile(
        r"[\"']?\s*,?\s*[\"']?".join(
            rf"{name}[\"']?\s*[:=]{_NUMBER}"
            for name in ("x_?(?:1|min)", "y_?(?:1|min)", "x_?(?:2|max)", "y_?(?:2|max)")
        )
    ),
)
_LOCATIONS = re.compile(r"<loc(\d{4})>" * 4)


def convention(model: str) -> Convention | None:
    """Of the model of this name; None where nobody told."""
    name = model.casefold().rsplit("/", 1)[-1].partition(":")[0].replace("_", "-")
    return next((found for pattern, found in _FAMILIES if re.search(pattern, name)), None)


def written(text: str, how: Convention) -> list[tuple[Box, tuple[int, int]]]:
    """Every four numbers in the text that have the form of a box, with their place."""
    forms = (_LOCATIONS,) if how.unit == "1/1024" else _FORMS
    found = [
        (m.span(), [float(v.replace("−", "-")) for v in m.groups()]) for form in forms for m in form.finditer(text)
    ]
    return [((a, b, c, d), span) for span, (a, b, c, d) in sorted(found) if all(map(math.isfinite, (a, b, c, d)))]


def frame(how: Convention, size: Size, era: str) -> tuple[float, float] | None:
    """Width and height in which the family counts; None where that depends on an era that nobody knows."""
    if how.unit == "parts":
        return 1.0, 1.0
    if how.unit in ("thousandths", "1/1024"):
        whole = 1000.0 if how.unit == "thousandths" else 1024.0
        return whole, whole
    frames = {resized(size, *TOKENS[each]) for each in (era or "BC") if each in TOKENS}
    return frames.pop() if len(frames) == 1 else None


def resized(size: Size, least: int, most: int) -> tuple[float, float]:
    """What Qwen2.5-VL sees of a picture: sides on the grid, ``least`` to ``most`` tokens of 28×28 px.

    From the ``smart_resize`` of its published preprocessing.
    """
    width, height = (max(GRID, round(side / GRID) * GRID) for side in size)
    area = GRID * GRID
    if width * height > most * area:
        shrink = math.sqrt(size[0] * size[1] / (most * area))
        width, height = (max(GRID, math.floor(side / shrink / GRID) * GRID) for side in size)
    elif width * height < least * area:
        grow = math.sqrt(least * area / (size[0] * size[1]))
        width, height = (math.ceil(side * grow / GRID) * GRID for side in size)
    return float(width), float(height)


def in_picture(box: Box, how: Convention, within: tuple[float, float], size: Size) -> Box:
    """The box in px of the picture."""
    x1, y1, x2, y2 = (box[1], box[0], box[3], box[2]) if how.y_first else box
    across, down = size[0] / within[0], size[1] / within[1]
    return x1 * across, y1 * down, x2 * across, y2 * down


def overlap(one: Box, other: Box) -> float:
    """Intersection over union, 0-1."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(0.0, width) * max(0.0, height)
    both = sum((b[2] - b[0]) * (b[3] - b[1]) for b in (one, other)) - shared
    return shared / both if both > 0 else 0.0
