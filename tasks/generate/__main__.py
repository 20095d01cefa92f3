"""Draw the pictures of all tasks: ``python -m tasks.generate`` in the checkout.

Each picture is drawn from the truth that stands in ``task.toml``, and its sha256 is written back there. Another
version of Pillow may draw other bytes (its typeface changes); the truth stays the same. Everything drawn is CC0.
"""

from __future__ import annotations

import hashlib
import io
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from tasks.generate import fall, page, pinout, road, scenes, shapes

Truth = dict[str, Any]

PAINTERS: dict[str, Callable[[str, Truth, int], Image.Image]] = {
    "count-potholes": lambda item, truth, seed: road.draw(truth["count"], seed),
    "why-fell": lambda item, truth, seed: fall.draw(seed, item),
    "read-text": lambda item, truth, seed: page.draw(truth["text"]),
    "describe-pinout": lambda item, truth, seed: pinout.draw(item),
    "find-shape": lambda item, truth, seed: shapes.draw(truth["label"], tuple(truth["box"]), seed),
    "name-shape": lambda item, truth, seed: shapes.draw(LARGEST[item], (300, 280, 620, 600), seed),
    "tag-image": lambda item, truth, seed: SCENES[item](seed),
}
SCENES = {"table": scenes.table, "street": scenes.street, "fruit": scenes.fruit, "garden": scenes.garden}
LARGEST = {"colour": "blue square", "shape": "red star", "other-colour": "yellow circle", "there": "purple star"}
"""Of name-shape: the figure that is asked about, much larger than the others."""
SEEDS = {"shape": 5, "other-colour": 6, "there": 8, "one": 29, "five": 17, "three": 21, "none": 3, "cable": 7}
"""By item; others are drawn with 4."""


def main() -> None:
    """Draw, save, and note each hash."""
    for name, painter in PAINTERS.items():
        file = Path(__file__).parents[1] / name / "task.toml"
        text = file.read_text(encoding="utf-8")
        for item in tomllib.loads(text)["item"]:
            picture = painter(item["name"], item["truth"], SEEDS.get(item["name"], 4))
            data = io.BytesIO()
            picture.save(data, "PNG", optimize=True)
            (file.parent / item["image"]).write_bytes(data.getvalue())
            digest = hashlib.sha256(data.getvalue()).hexdigest()
            text = text.replace(f'sha256 = "{item["sha256"]}"', f'sha256 = "{digest}"')
            print(f"{name}/{item['image']}: {picture.width}×{picture.height}, {len(data.getvalue())} bytes")
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
