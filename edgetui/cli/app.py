"""``edgetui`` without a verb: the app."""

from __future__ import annotations

import argparse
import gc

YOUNG = 10_000
"""So many objects must come to stay before Python looks for cycles among them. With its default of 700 a seventh of
the CPU goes into looking through Samples, which have none, with pauses of 0.2 s."""


def start(args: argparse.Namespace) -> int:
    """Run the app on the boards of ``args.config``. Returns the exit code."""
    gc.set_threshold(YOUNG)
    from edgetui.cluster.background import Background
    from edgetui.tasks import load_tasks
    from edgetui.ui.app import run_app

    return run_app(args.config, Background(args.config), tuple(load_tasks().values()))
