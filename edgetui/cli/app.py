"""``edgetui`` without a verb: the app."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from edgetui.errors import UsageError

if TYPE_CHECKING:
    from edgetui.tasks import Task

YOUNG = 10_000
"""So many objects must come to stay before Python looks for cycles among them. With its default of 700 a seventh of
the CPU goes into looking through Samples, which have none, with pauses of 0.2 s; with 5,000 a fourteenth, as each
second of 500 boards makes and drops about as many. With 20,000 the memory of a fleet grows by 2 MB."""


def start(args: argparse.Namespace) -> int:
    """Run the app on the boards of ``args.config``. Returns the exit code."""
    need_terminal()
    gc.set_threshold(YOUNG)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # or it looks through every installed package for one
    config = args.config
    if args.readonly:
        config = config.model_copy(update={"ui": config.ui.model_copy(update={"readonly": True})})
    from edgetui.cluster.background import Background
    from edgetui.ui.running import run_app

    gc.freeze()  # what is imported stays
    return run_app(config, Background(config), tasks)


def need_terminal() -> None:
    """Raises UsageError where there is none that the app could draw on."""
    remedy = "without one: edgetui watch, edgetui run; see edgetui --help"
    for stream, name in ((sys.stdin, "input"), (sys.stdout, "output"), (sys.stderr, "error output")):
        if stream is None or not stream.isatty():
            raise UsageError(f"the app needs a terminal, and standard {name} is none", remedy)
    if os.environ.get("TERM") in ("dumb", "unknown"):
        raise UsageError(
            f"the app cannot draw on this terminal (TERM={os.environ['TERM']})",
            f"set TERM=xterm-256color; {remedy}",
        )


def tasks() -> Sequence[Task]:
    """Every task that can be used."""
    from edgetui.tasks import load_tasks

    return tuple(load_tasks().values())
