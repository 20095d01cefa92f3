"""``edgetui`` without a verb: the app."""

from __future__ import annotations

import argparse


def start(args: argparse.Namespace) -> int:
    """Run the app on the boards of ``args.config``. Returns the exit code."""
    from edgetui.cluster.background import Background
    from edgetui.tasks import load_tasks
    from edgetui.ui.app import run_app

    return run_app(args.config, Background(args.config), tuple(load_tasks().values()))
