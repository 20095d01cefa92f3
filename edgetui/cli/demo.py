"""``edgetui demo``: a simulated cluster in a process of its own, and the app on it."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from edgetui.cli.arguments import Parser
from edgetui.errors import CommandError

SPEED = 15.0
"""A stranger sees the fast boards answer at once and the slow ones within half a minute."""


def register(subparsers: argparse._SubParsersAction[Parser]) -> None:
    """Add ``demo``."""
    parser = subparsers.add_parser("demo", help="try edgetui on a simulated cluster of eight boards")
    parser.add_argument(
        "--speed", type=float, default=SPEED, metavar="S", help="the boards' world runs S times faster"
    )
    parser.add_argument("--boards", type=int, default=8, metavar="N", help="how many boards (default: 8)")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the cluster's folder and database here")
    parser.add_readonly()
    parser.set_defaults(func=_demo)


def _demo(args: argparse.Namespace) -> int:
    from edgetui.cli.app import need_terminal

    need_terminal()
    if args.keep is not None:
        args.keep.mkdir(parents=True, exist_ok=True)
        return _on(args.keep, args)
    from edgetui.cli.demo_folder import demo_folder

    with demo_folder() as folder:
        return _on(folder, args)


def _on(folder: Path, args: argparse.Namespace) -> int:
    from edgetui.cli.app import start
    from edgetui.config import load

    command = [sys.executable, "-m", "edgetui", "sim", "serve", str(folder), "--until-eof"]
    command += ["--speed", str(args.speed), "--boards", str(args.boards)]
    log = folder / "sim.log"
    with (
        log.open("w") as talk,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=talk, text=True) as sim,
    ):
        assert sim.stdin is not None
        assert sim.stdout is not None
        try:
            line = sim.stdout.readline()
            if not line:
                raise CommandError(f"The simulated cluster did not start: {log.read_text()[-300:]}", f"See {log}")
            args.config = load(Path(json.loads(line)["config"]), os.environ)
            return start(args)
        finally:
            sim.stdin.close()
            sim.terminate()
