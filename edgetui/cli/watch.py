"""``edgetui watch``: what the boards say of themselves, line by line; the accessible way to read the wall."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edgetui.model import State

FRAME_S = 3.0
"""So long a round waits for a board's frame before it prints what was last known."""


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``watch``."""
    from edgetui.cli.output import add_formats
    from edgetui.cli.run import positive

    parser = subparsers.add_parser("watch", help="print the boards' readings, a line per board and second")
    often = parser.add_mutually_exclusive_group()
    often.add_argument("--once", action="store_true", help="one reading of each board, then end")
    often.add_argument("--count", type=positive, metavar="N", help="N readings of each board, then end")
    parser.add_argument(
        "-b", "--board", action="extend", nargs="+", metavar="BOARD", help="one or more (default: all)"
    )
    add_formats(parser, "json", "jsonl")
    parser.set_defaults(func=_watch)


def _watch(args: argparse.Namespace) -> int:
    if args.format == "json" and not (args.once or args.count):
        args.once = True
    import asyncio

    return asyncio.run(_follow(args))


async def _follow(args: argparse.Namespace) -> int:
    import asyncio

    from edgetui.cli.firing import FIRST_TRY_S
    from edgetui.cli.named import chosen_boards
    from edgetui.cli.output import emit_json
    from edgetui.cluster.core import Cluster
    from edgetui.model import State

    boards = chosen_boards(args.config, args.board)
    states = {b.name: State(board=b.name) for b in boards}
    config = args.config.model_copy(update={"board": tuple(boards)})
    rounds = 1 if args.once else args.count
    document: list[dict[str, Any]] = []
    async with Cluster(config, None, states) as cluster:
        await cluster.settled(states, FIRST_TRY_S)
        done = 0
        while done != rounds:
            if cluster.failed.done():
                cluster.failed.result()
            next_ones = (k.next_sample(FRAME_S) for k in cluster.keepers.values() if k.link)
            await asyncio.gather(asyncio.sleep(1.0), *next_ones)  # rates need two frames; a line a second is enough
            lines = [_emit(args, state) for state in states.values()]
            if args.format == "json":
                document += lines
            done += 1
    if args.format == "json":
        emit_json({"boards": document})
    return 0 if any(s.link in ("up", "late") for s in states.values()) else 3


def _emit(args: argparse.Namespace, state: State) -> dict[str, Any]:
    from edgetui.cli.output import emit_json
    from edgetui.cli.readings import reading, sentence

    line = reading(state)
    if args.format == "jsonl":
        emit_json(line)
    elif args.format != "json":
        print(sentence(state), flush=True)
    return line
