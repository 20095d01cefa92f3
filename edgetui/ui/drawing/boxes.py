"""Boxes of answers and of the truth, drawn on their picture."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edgetui.model import Reply
from edgetui.model.score import Score
from edgetui.ui.drawing.half_blocks import Cell, Rgb, half_blocks

if TYPE_CHECKING:
    from PIL import Image

MOST_PIXELS = 50_000_000
"""A file that claims more is not decoded."""
TRUTH: Rgb = (90, 230, 110)
_FOUND: tuple[Rgb, ...] = (
    (255, 170, 40),
    (240, 90, 200),
    (80, 200, 255),
    (255, 235, 90),
    (255, 95, 85),
    (170, 140, 255),
    (130, 255, 220),
    (255, 255, 255),
)


@dataclass(frozen=True, slots=True)
class Framed:
    """One box, or several that are the same."""

    name: str
    """Whose it is."""
    box: tuple[float, float, float, float]
    """x1, y1, x2, y2 in px of the picture."""
    colour: Rgb


def framed(replies: Iterable[Reply]) -> list[Framed]:
    """The truth, then what each board found; boxes that are alike once, with the names of all."""
    truth: Framed | None = None
    found: dict[tuple[float, float, float, float], dict[str, None]] = {}
    for reply in replies:
        asked = reply.request
        if (box := _box((asked.truth or {}).get("box"))) is not None:
            truth = Framed("truth", box, TRUTH)
        details = dict(reply.score.details) if isinstance(reply.score, Score) else {}
        if (box := _box(details.get("box_px"))) is not None:
            found.setdefault(box, {})[asked.board] = None
    named = enumerate(found.items())
    boxes = [Framed(", ".join(names), box, _FOUND[number % len(_FOUND)]) for number, (box, names) in named]
    return [truth, *boxes] if truth else boxes


def _box(said: Any) -> tuple[float, float, float, float] | None:  # noqa: ANN401 - out of a file
    if not isinstance(said, list | tuple) or len(said) != 4:
        return None
    edges = [float(edge) for edge in said if isinstance(edge, int | float) and math.isfinite(edge)]
    return (edges[0], edges[1], edges[2], edges[3]) if len(edges) == 4 else None


def boxed(data: bytes, boxes: Sequence[Framed], columns: int, rows: int) -> tuple[tuple[Cell, ...], ...]:
    """The picture in half-blocks with its boxes; nothing where it is none. ``data``: out of a file."""
    picture = _opened(data)
    if picture is None:
        return ()
    size = picture.size
    picture.thumbnail((columns, rows * 2))
    _draw(picture, boxes, picture.size[0] / size[0], picture.size[1] / size[1], 1)
    return half_blocks(picture)


def boxed_png(data: bytes, boxes: Sequence[Framed]) -> bytes:
    """The whole picture with its boxes; empty where it is none."""
    picture = _opened(data)
    if picture is None:
        return b""
    _draw(picture, boxes, 1.0, 1.0, max(2, max(picture.size) // 250))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def boxed_picture(data: bytes, boxes: Sequence[Framed], wide: int, high: int) -> Image.Image | None:
    """The picture with its boxes as large as fits into so many px; None where it is none."""
    picture = _opened(data)
    if picture is None:
        return None
    scale = min(wide / picture.width, high / picture.height)
    scaled = picture.resize((round(picture.width * scale) or 1, round(picture.height * scale) or 1))
    across, down = scaled.width / picture.width, scaled.height / picture.height
    _draw(scaled, boxes, across, down, max(2, max(scaled.size) // 250))
    return scaled


def _opened(data: bytes) -> Image.Image | None:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as source:
            if source.width * source.height > MOST_PIXELS:
                return None
            return source.convert("RGB")
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError):
        return None


def _draw(picture: Image.Image, boxes: Sequence[Framed], across: float, down: float, line: int) -> None:
    from PIL import ImageDraw

    pen, (wide, high) = ImageDraw.Draw(picture), picture.size
    for each in reversed(boxes):
        x1, x2 = sorted(round(min(max(edge * across, 0.0), wide - 1.0)) for edge in each.box[::2])
        y1, y2 = sorted(round(min(max(edge * down, 0.0), high - 1.0)) for edge in each.box[1::2])
        if each.colour != TRUTH:
            pen.rectangle((x1, y1, x2, y2), outline=each.colour, width=line)
            continue
        dash = 2 * line  # the truth, in dashes: a box below it that is the same is seen between them
        for x in range(x1, x2 + 1, 2 * dash):
            for y in (y1, y2):
                pen.line((x, y, min(x + dash - 1, x2), y), fill=each.colour, width=line)
        for y in range(y1, y2 + 1, 2 * dash):
            for x in (x1, x2):
                pen.line((x, y, x, min(y + dash - 1, y2)), fill=each.colour, width=line)
