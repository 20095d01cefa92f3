"""``edgetui record``: what the boards say, in one file for a bug report."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgetui.errors import UsageError

if TYPE_CHECKING:
    import asyncio

    from edgetui.config import Board, Config
    from edgetui.store import Store

HIDDEN = "(hidden)"
RUNS = 1000
"""At most so many are copied, the newest."""
_ADDRESSES = re.compile(
    r"\b\d{1,3}(?:\.\d{1,3}){3}\b"  # IPv4
    r"|(?<![\w:])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![\w:])"  # IPv6
    r"|(?<![\w/])~?(?:/[\w.@+-]+){2,}"  # files: they name users
)


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``record``."""
    from edgetui.cli.output import add_formats

    parser = subparsers.add_parser(
        "record",
        help="record readings, events and answers to a file for a bug report",
        description="Record what the boards say, every second, to a file for edgetui replay. Prompts and answers of"
        " the runs meanwhile are in it; keys are not, and addresses only when asked for.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="is made; must not be there yet")
    parser.add_argument("--duration", type=_seconds, metavar="S", help="end after so many s (default: on ctrl+c)")
    parser.add_argument("-b", "--board", action="append", metavar="BOARD", help="repeat for several (default: all)")
    parser.add_argument("--with-addresses", action="store_true", help="keep users and hosts of the boards")
    add_formats(parser, "json")
    parser.set_defaults(func=_record)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no time: give s, more than 0")
    return seconds


def _record(args: argparse.Namespace) -> int:
    import asyncio

    if args.file.exists():
        raise UsageError(f"{args.file} is there already", "name a new file, or remove that one")
    return asyncio.run(_follow(args))


async def _follow(args: argparse.Namespace) -> int:
    import time

    from edgetui.cli.named import chosen_boards
    from edgetui.cluster.core import Cluster
    from edgetui.model import State
    from edgetui.store import Store
    from edgetui.ui.drawing.words import counted

    boards = chosen_boards(args.config, args.board)
    config = args.config.of_boards(boards)
    states = {b.name: State(board=b.name) for b in boards}
    async with await Store.open(args.file) as store:
        began = time.time()
        async with Cluster(config, store, states) as cluster:
            cluster.history.recording = True
            hide: Callable[[str], str] = str if args.with_addresses else hider(boards, cluster.names)
            cluster.history.censor = hide
            what = counted(len(boards), "board", "boards")
            print(f"edgetui: recording {what} to {args.file}", file=sys.stderr, flush=True)
            await _until_the_end(args.duration, cluster.failed)
            up = any(s.link in ("up", "late") for s in states.values())
        if args.with_addresses:
            await store.save_boards(boards, {b.name: _address(b) for b in boards})
        runs = await _copy_runs(args.config, store, {b.name for b in boards}, began, hide)
        await store.seal()
    _say(args, len(boards), time.time() - began, runs)
    return 0 if up else 3


async def _until_the_end(duration_s: float | None, failed: asyncio.Future[None]) -> None:
    """Until the time is over or a person ends it; a bug of the cluster's is raised."""
    import asyncio
    import signal

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    stopped = asyncio.ensure_future(stop.wait())
    ends: set[asyncio.Future[Any]] = {stopped, failed}
    await asyncio.wait(ends, timeout=duration_s, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if failed.done():
        failed.result()


async def _copy_runs(
    config: Config, store: Store, boards: set[str], began: float, hide: Callable[[str], str]
) -> list[str]:
    """Runs that other programs fired meanwhile; their ids."""
    import time

    from edgetui.store import Store

    if not config.store_path.exists():
        return []
    copied = []
    async with await Store.open(config.store_path) as own:
        for record in await own.runs_between(began, time.time(), RUNS):
            if boards & {*record.boards}:
                await own.copy_run(record.id, store, boards, hide)
                copied.append(record.id)
    return copied


def _address(board: Board) -> str:
    return f"{board.user}@{board.address}:{board.port or 22}".removeprefix("@")


def hider(boards: Iterable[Board], names: Callable[[], set[str]]) -> Callable[[str], str]:
    """Takes addresses, users and files out of a sentence; ``names``: those that have been looked up by now."""
    shown = {b.name for b in boards}
    written = {w for b in boards for w in (b.host, b.user, *re.split(r"[@:,\s]", b.jump))}

    def hide(text: str) -> str:
        secret = sorted(((written | names()) - shown) - {""}, key=len, reverse=True)
        for word in secret:
            text = re.sub(rf"(?<![\w.-]){re.escape(word)}(?![\w-])", HIDDEN, text)
        return _ADDRESSES.sub(HIDDEN, text)

    return hide


def _say(args: argparse.Namespace, boards: int, seconds: float, runs: list[str]) -> None:
    from edgetui.cli.output import emit_json
    from edgetui.ui.drawing.words import counted

    size = args.file.stat().st_size
    if args.format == "json":
        document = {"file": str(args.file), "boards": boards, "duration_s": round(seconds, 3), "size_bytes": size}
        emit_json({**document, "runs": runs})
    else:
        many = f"{counted(boards, 'board', 'boards')}, {seconds:.0f} s, {counted(len(runs), 'run', 'runs')}"
        words = f"{many}, {size / 1e6:.1f} MB"
        print(f"edgetui: {args.file}: {words}; look at it with: edgetui replay {args.file}", file=sys.stderr)
