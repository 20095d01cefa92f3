"""``edgetui report``: runs as a page that can be checked."""

from __future__ import annotations

import argparse
import gc
from pathlib import Path
from typing import TYPE_CHECKING

from edgetui.cli.arguments import Verbs
from edgetui.errors import CommandError, UsageError, did_you_mean

if TYPE_CHECKING:
    from edgetui.report.evidence import Evidence


def register(verbs: Verbs) -> None:
    """Add ``report``."""
    parser = verbs.add_parser(
        "report", help="one HTML page and Markdown of runs, with their raw data; or check one"
    )
    parser.add_argument(
        "run", nargs="*", metavar="RUN", help="their ids or the beginnings of them, or: last, last-1 …"
    )
    parser.add_argument("-o", "--output", type=Path, metavar="DIR", help="the report's folder")
    parser.add_argument(
        "--with",
        dest="spared",
        action="extend",
        nargs="+",
        default=[],
        metavar="MARK",
        help="replies with this mark count too, as: throttled",
    )
    parser.add_argument("--reference", metavar="BOARD", help="others are measured against it (default: configured)")
    parser.add_argument("--verify", type=Path, metavar="DIR", help="work every figure of a report out again")
    parser.set_defaults(func=_report)


def _report(args: argparse.Namespace) -> int:
    gc.disable()  # looking for cycles among 55,000 rows, of which none is in one, took a third of the time
    try:
        return _reported(args)
    finally:
        gc.enable()


def _reported(args: argparse.Namespace) -> int:
    if args.verify is not None:
        if args.run or args.output:
            raise UsageError("--verify takes a report's folder and nothing else", "leave out RUN and -o")
        return _verified(args.verify)
    if not args.run:
        raise UsageError("no run is named", "as: edgetui report last -o report")
    if args.output is None:
        raise UsageError("no folder is named for the report", f"add -o DIR: edgetui report {args.run[0]} -o report")
    return _made(args)


def _verified(folder: Path) -> int:
    from edgetui.report.checking import verify

    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}", "name one that edgetui report RUN -o DIR has made")
    wrong = verify(folder)
    print("\n".join(wrong) if wrong else "equal")
    return 1 if wrong else 0


def _made(args: argparse.Namespace) -> int:
    import asyncio

    from edgetui.model.sound import SPOILS
    from edgetui.report.checking import PAGE, make
    from edgetui.report.evidence import free

    for mark in args.spared:
        if mark not in SPOILS:
            raise UsageError(f"no mark {mark!r} keeps a reply out", did_you_mean(mark, SPOILS))
    free(args.output)
    evidence = asyncio.run(_gathered(args))
    try:
        make(evidence, args.output)
    except (OSError, ValueError) as error:
        raise CommandError(f"{args.output}: {error}", "name another folder: -o DIR") from error
    print(args.output / PAGE)
    return 0


async def _gathered(args: argparse.Namespace) -> Evidence:
    import time

    from edgetui.cli.named import opened, stored_run
    from edgetui.cli.record import hider
    from edgetui.report.making import gather

    async with await opened(args) as store:
        records = [await stored_run(store, name) for name in dict.fromkeys(args.run)]
        boards = {name for record in records for name in record.boards}
        if args.reference and args.reference not in boards:
            raise UsageError(f"no run has a board {args.reference!r}", did_you_mean(args.reference, boards))
        hide = hider(args.config.board, set)
        spared, reference = set(args.spared), args.reference or ""
        return await gather(store, args.config, records, spared, reference, now=time.time(), hide=hide)
