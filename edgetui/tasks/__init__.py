"""Loads and checks task folders: the user's own first, then those that come with edgetui."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import platformdirs

from edgetui.errors import TaskError, did_you_mean
from edgetui.tasks.folder import read_task
from edgetui.tasks.picture import Picture, read_picture
from edgetui.tasks.task import Item, Task

__all__ = ["Item", "Picture", "Task", "find", "folders", "load_tasks", "own_folder", "read_picture", "read_task"]

_PACKAGE = Path(__file__).parents[1]


def own_folder() -> Path:
    """Where the user's own tasks are."""
    return Path(platformdirs.user_config_path("edgetui"), "tasks")


def folders() -> dict[str, Path]:
    """Task name to folder. The user's own hides one of ours with the same name."""
    in_wheel = _PACKAGE / "_shipped" / "tasks"
    shipped = in_wheel if in_wheel.is_dir() else _PACKAGE.parent / "tasks"
    found: dict[str, Path] = {}
    for root in (own_folder(), shipped):
        for file in sorted(root.glob("*/task.toml")):
            found.setdefault(file.parent.name, file.parent)
    return found


def load_tasks() -> dict[str, Task]:
    """Every task that can be used, by its name; ``find`` and ``edgetui tasks check`` tell what ails the others."""
    tasks: dict[str, Task] = {}
    for name, folder in folders().items():
        with suppress(TaskError):
            tasks[name] = read_task(folder)
    return tasks


def find(tasks: Mapping[str, Task], name: str) -> Task:
    """The task of this name. Raises TaskError with the nearest one, or with what is wrong with its folder."""
    if name not in tasks:
        if name in (known := folders()):
            return read_task(known[name])
        raise TaskError(f"there is no task {name!r}", did_you_mean(name, tasks))
    return tasks[name]
