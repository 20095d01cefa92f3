"""A task of the user's own, made from a bundled detector's: their model in both precisions, their pictures."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from edgetui.errors import TaskError
from edgetui.tasks.quantise import calibration_set, quantise

SHOWN = 50
"""Pictures of the calibration set that stand in where there are no labelled ones."""
_REPLACED = ("images", "labels", "models", "reference.json", "__pycache__")


def make_task(like: Path, target: Path, model: Path, calibration: Path, labelled: Path | None) -> int:
    """Write the folder ``target``; how many pictures INT8 was calibrated with. Raises TaskError, leaving nothing.

    ``labelled`` holds ``images/`` and ``labels/`` as YOLO's data sets do.
    """
    if target.exists():
        raise TaskError(f"{target}: is there already", "choose another name, or remove it")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as building:
        folder = Path(building, target.name)
        try:
            shutil.copytree(like, folder, ignore=shutil.ignore_patterns(*_REPLACED))
            (folder / "models").mkdir()
            shutil.copy(model, folder / "models" / "fp32.onnx")
            used = quantise(model, calibration, folder / "models" / "int8.onnx")
            _copy_pictures(folder, calibration, labelled)
        except OSError as error:
            raise TaskError(f"{error.filename}: {error.strerror}", "give files that can be read") from error
        _note_what_fp32_finds(folder)
        folder.rename(target)
    return used


def _copy_pictures(folder: Path, calibration: Path, labelled: Path | None) -> None:
    if labelled is None:
        _copy(calibration_set(calibration)[:SHOWN], folder / "images")
        return
    _copy(calibration_set(labelled / "images"), folder / "images")
    _copy(sorted((labelled / "labels").glob("*.txt")), folder / "labels")


def _copy(files: Iterable[Path], folder: Path) -> None:
    folder.mkdir()
    for file in files:
        shutil.copy(file, folder / file.name)


def _note_what_fp32_finds(folder: Path) -> None:
    """``reference.json``, by the same script that will run on the boards."""
    command = [sys.executable, str(folder / "detect.py"), "--times", "1", "--save", str(folder / "reference.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no word why"])[-1]
        raise TaskError(f"the model does not run on this machine: {last}", "see docs/detect.md for what it must be")
    shutil.rmtree(folder / "__pycache__", ignore_errors=True)
