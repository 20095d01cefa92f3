"""Runs the script of a shipped task here, as a board would, and reads what it prints as edgetui does."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

import edgetui
from edgetui.model import Reading
from edgetui.runners.script_lines import Lines

SHIPPED = Path(edgetui.__file__).parents[1] / "tasks"


def need_onnxruntime() -> None:
    """Skip, with the package's name, where it is not installed."""
    for package in ("numpy", "onnxruntime"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"no {package} here: pip install {package}")


@dataclass(frozen=True)
class Ran:
    """How it ended and what edgetui would make of it."""

    status: int
    figures: dict[str, Reading]
    text: str
    error: str


def run(folder: Path, script: str, *words: str | Path, **env: str) -> Ran:
    """The script with these words."""
    done = subprocess.run(
        [sys.executable, script, *map(str, words)],
        cwd=folder,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **env},
        capture_output=True,
        check=False,
        timeout=60,
    )
    lines = Lines()
    text = lines.feed(done.stdout) + lines.end()
    return Ran(done.returncode, lines.figures(), text, done.stderr.decode())


def copied(task: str, target: Path) -> Path:
    """A copy of a task's folder that a test may break."""
    return Path(shutil.copytree(SHIPPED / task, target / task))


def module(task: str, name: str) -> ModuleType:
    """A module of the board's side."""
    spec = importlib.util.spec_from_file_location(name, SHIPPED / task / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made
