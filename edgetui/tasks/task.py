"""What to ask: a prompt, and items with a picture and the truth about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgetui.errors import TaskError, did_you_mean
from edgetui.model.script import Script
from edgetui.tasks.picture import Picture, picture_size, read_picture


@dataclass(frozen=True, slots=True)
class Item:
    """One question of a task."""

    name: str
    image: Path | None
    """None: the task has no picture, only text."""
    sha256: str
    """Of the image file; empty without one."""
    truth: Mapping[str, Any]
    """By kind, as ``edgetui.tasks.folder`` says; empty: a script has its own."""
    prompt: str = ""
    """Empty: the task's."""
    canary: bool = False
    """So easy that whoever fails here has a broken runtime rather than a weak model."""

    def load(self) -> Picture:
        """The picture, checked; empty without one. Raises TaskError.

        What its truth says of pixels is of the picture as it is sent: upright, and resized if it was too big.
        """
        if self.image is None:
            return Picture(b"")
        picture = read_picture(self.image)
        if picture.file_sha256 != self.sha256:
            remedy = f'restore the file, or put sha256 = "{picture.file_sha256}" into task.toml'
            raise TaskError(f"{self.image}: is not the picture that {self.name!r} was made with", remedy)
        if "size" in self.truth and (size := list(picture_size(picture.data))) != list(self.truth["size"]):
            raise TaskError(f"{self.image}: is not of the size in its truth", f"put size = {size} into task.toml")
        return picture


@dataclass(frozen=True, slots=True)
class Task:
    """One folder of ``tasks/``."""

    name: str
    """The folder's."""
    title: str
    kind: str
    """``vqa``, ``short``, ``counting``, ``numeric``, ``ocr``, ``caption``, ``grounding``, ``tagging``, …"""
    prompt: str
    runner: str
    num_ctx: int | None
    """Tokens; None: what ``[run]`` of the configuration says."""
    num_predict: int | None
    """Tokens; None: what ``[run]`` of the configuration says."""
    metric: str
    items: tuple[Item, ...]
    """At least one; the first is the one that ``run`` fires unless told otherwise."""
    folder: Path
    script: Script | None = None
    """What runs on the board itself; None: it is for a model only."""

    def choose(self, wanted: str = "first") -> tuple[Item, ...]:
        """``first``, ``all``, or names with commas between. Raises TaskError for an unknown name."""
        if wanted == "first":
            return self.items[:1]
        if wanted == "all":
            return self.items
        items = {item.name: item for item in self.items}
        for name in wanted.split(","):
            if name not in items:
                raise TaskError(f"task {self.name!r} has no item {name!r}", did_you_mean(name, items))
        return tuple(items[name] for name in wanted.split(","))
