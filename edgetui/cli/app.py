"""``edgetui`` without a verb: the app."""

from __future__ import annotations

import argparse
import gc
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edgetui.tasks import Task

YOUNG = 10_000
"""So many objects must come to stay before Python looks for cycles among them. With its default of 700 a seventh of
the CPU goes into looking through Samples, which have none, with pauses of 0.2 s."""


def start(args: argparse.Namespace) -> int:
    """Run the app on the boards of ``args.config``. Returns the exit code."""
    gc.set_threshold(YOUNG)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # or it looks through every installed package for one
    config = args.config
    if args.readonly:
        config = config.model_copy(update={"ui": config.ui.model_copy(update={"readonly": True})})
    from edgetui.cluster.background import Background
    from edgetui.ui.app import run_app

    gc.freeze()  # what is imported stays
    return run_app(config, Background(config), tasks)


def tasks() -> Sequence[Task]:
    """Every task that can be used."""
    from edgetui.tasks import load_tasks

    return tuple(load_tasks().values())
