"""The detector of detect-yolo in both precisions, its labelled pictures, and what FP32 finds on them."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import onnx

from edgetui.tasks.quantise import quantise
from tasks.generate import blocks, detector

PICTURES = range(12)
CALIBRATION = range(100, 116)
"""Others than those that are measured on."""


def write(folder: Path) -> None:
    """All files of the task but its script."""
    for name in ("models", "images", "labels"):
        (folder / name).mkdir(exist_ok=True)
    for number in PICTURES:
        picture, things = blocks.draw(number)
        picture.save(folder / "images" / f"blocks-{number:02}.jpg", quality=80)
        text = blocks.yolo(things, picture.size)
        (folder / "labels" / f"blocks-{number:02}.txt").write_text(text, encoding="utf-8")
    fp32 = folder / "models" / "fp32.onnx"
    onnx.save(detector.model(), fp32)
    with tempfile.TemporaryDirectory() as calibration:
        for number in CALIBRATION:
            blocks.draw(number)[0].save(Path(calibration, f"{number}.jpg"), quality=80)
        quantise(fp32, Path(calibration), folder / "models" / "int8.onnx")
    save = ["--save", str(folder / "reference.json")]
    subprocess.run([sys.executable, str(folder / "detect.py"), *save], check=True, stdout=subprocess.DEVNULL)
    for file in sorted(folder.glob("*/*")):
        print(f"{folder.name}/{file.relative_to(folder)}: {file.stat().st_size} bytes")


if __name__ == "__main__":
    write(Path(__file__).parents[1] / "detect-yolo")
