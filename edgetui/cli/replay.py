"""``edgetui replay``: the past in the app, or one second of it as data."""

from __future__ import annotations

import argparse
import re
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from edgetui.errors import UsageError

if TYPE_CHECKING:
    from edgetui.cluster.background import Background
    from edgetui.cluster.reel import Reel

UNITS_S = {"s": 1, "min": 60, "h": 3600, "d": 86_400}
DEFAULT_SINCE = "1h"
MAGIC = b"SQLite format 3\0"
"""Begins every recording: https://www.sqlite.org/fileformat.html, 1.3.1."""


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``replay``."""
    from edgetui.cli.output import add_formats

    parser = subparsers.add_parser("replay", help="show what was: a recording, or the history of this machine")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("file", nargs="?", type=Path, metavar="FILE", help="what edgetui record has made")
    what.add_argument(
        "--since",
        metavar="TIME",
        help=f"of the history: '2026-11-21 10:00', or 10min, 3h, 2d (default: {DEFAULT_SINCE})",
    )
    parser.add_argument(
        "--at", metavar="TIME", help="without the app: this moment alone, also as +SECONDS from the beginning"
    )
    add_formats(parser, "json")
    parser.set_defaults(func=_replay)


def moment(text: str, now: float) -> float:
    """``2026-11-21 10:00`` (local where no zone is given) or ``3h`` before ``now``, Unix s. Raises UsageError."""
    if ago := re.fullmatch(r"(\d+(?:\.\d+)?)\s*(s|min|h|d)", text.strip()):
        return now - float(ago[1]) * UNITS_S[ago[2]]
    try:
        return datetime.fromisoformat(text.strip()).timestamp()
    except ValueError:
        raise UsageError(
            f"{text!r} is no time", "write it as '2026-11-21 10:00', or as 30s, 10min, 3h, 2d ago"
        ) from None


def _replay(args: argparse.Namespace) -> int:
    since = None if args.file else moment(args.since or DEFAULT_SINCE, time.time())
    path = args.file or args.config.store_path
    if not path.exists():
        raise UsageError(
            f"{path} does not exist", "name a file that edgetui record has made, or look into the app first"
        )
    if args.file:
        _need_recording(path)
    if args.at is not None:
        import asyncio

        return asyncio.run(_tell(args, path, since))
    if args.format == "json":
        raise UsageError("--json needs a moment", "add --at TIME")
    from edgetui.cli.app import need_terminal, tasks

    need_terminal()
    from edgetui.cluster.replay import Replay
    from edgetui.ui.running import run_app

    replay = Replay(args.config, path, since)
    background = cast("Background", replay)  # the same face
    return run_app(replay.config, background, tasks, replay.clock)


def _need_recording(path: Path) -> None:
    """Raises UsageError where it is some other file. An empty one passes: the Store has words for that."""
    remedy = "name a file that edgetui record has made"
    try:
        with path.open("rb") as file:
            if not MAGIC.startswith(file.read(len(MAGIC))):
                raise UsageError(f"{path} is no recording", remedy)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", remedy) from error


async def _tell(args: argparse.Namespace, path: Path, since: float | None) -> int:
    """What ``watch`` would have told at that moment."""
    from edgetui.cli.output import emit_json
    from edgetui.cli.readings import reading, sentence
    from edgetui.cluster.reel import Reel
    from edgetui.model.sample import rfc3339
    from edgetui.store import Store

    async with await Store.read(path) as store:
        reel = await Reel.open(store, since)
        at = _within(args.at, reel)
        await reel.show(at, time.monotonic())
    if args.format == "json":
        emit_json({"time": rfc3339(at), "boards": [reading(state) for state in reel.states.values()]})
    else:
        for state in reel.states.values():
            print(sentence(state))
    return 0


def _within(text: str, reel: Reel) -> float:
    from edgetui.model.sample import rfc3339

    offset = re.fullmatch(r"\+(\d+(?:\.\d+)?)", text)
    at = reel.since + float(offset[1]) if offset else moment(text, time.time())
    if not reel.since <= at < reel.until + 1:
        raise UsageError(
            f"nothing is kept of {text!r}",
            f"it begins at {rfc3339(reel.since)} and ends at {rfc3339(reel.until)}",
        )
    return at
