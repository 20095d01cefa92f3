"""``edgetui results``: what earlier runs answered, out of the Store."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from edgetui.cli.named import opened, stored_run

if TYPE_CHECKING:
    from edgetui.model import RunRecord

_RUNS = {
    "id": "run",
    "fired_at": "fired at",
    "tasks": "tasks",
    "models": "models",
    "boards": "boards",
    "repeats": "n",
    "finished_at": "finished at",
    "simulated": "simulated",
}


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``results list|show|compare|export|score|shadow``."""
    from edgetui.cli import comparing, overruling, shadow
    from edgetui.cli.output import add_formats
    from edgetui.cli.run import positive

    results = subparsers.add_parser("results", help="what earlier runs answered")
    verbs = results.add_subparsers(title="verbs", metavar="VERB", required=True)
    listing = verbs.add_parser("list", help="the stored runs, newest first")
    listing.add_argument("--limit", type=positive, default=50, metavar="N", help="at most so many (default: 50)")
    listing.set_defaults(func=_list)
    show = verbs.add_parser("show", help="the replies of one run")
    show.add_argument("run", metavar="RUN", help="its id or the beginning of it, or: last, last-1 …")
    show.set_defaults(func=_show)
    for parser in (listing, show):
        add_formats(parser, "json", "jsonl", "csv", "markdown")
    comparing.register(verbs)
    overruling.register(verbs)
    shadow.register(verbs)


def _list(args: argparse.Namespace) -> int:
    import asyncio

    from edgetui.cli.output import emit_rows

    emit_rows([_row(record) for record in asyncio.run(_runs(args))], _RUNS, args, "runs")
    return 0


def _row(record: RunRecord) -> dict[str, Any]:
    unfinished = {} if record.finished_at is not None else {"finished_at": "it did not finish"}
    return {**record.to_json(), "na": unfinished}


async def _runs(args: argparse.Namespace) -> list[RunRecord]:
    if not args.config.store_path.exists():  # looking shall not make a file
        return []
    async with await opened(args) as store:
        return await store.runs(args.limit)


def _show(args: argparse.Namespace) -> int:
    import asyncio

    from edgetui.cli.figures import emit_replies
    from edgetui.cli.output import emit_json

    record, replies, setups = asyncio.run(_replies(args))
    if args.format == "json":
        emit_json({"run": record.to_json(), "boards": setups, "replies": replies})
    elif args.format == "jsonl":
        for reply in replies:
            emit_json(reply)
    else:
        emit_replies(replies, args, numbered=True)
        if args.format == "table":
            print("\n" + "\n".join(_spoken(setups, board) for board in dict.fromkeys(r["board"] for r in replies)))
    return 0


def _spoken(setups: list[dict[str, Any]], board: str) -> str:
    """What a board was like, in a line."""
    from edgetui.model.hostile import one_line
    from edgetui.model.setup import TOLD, UNRECORDED, told

    if all(setup["board"] != board for setup in setups):
        return f"{one_line(board)}: n/a ({UNRECORDED})"
    words = [f"{label} {told(setups, board, name)}" for name, label in TOLD.items()]
    return one_line(f"{board}: {', '.join(words)}", 1000)


async def _replies(args: argparse.Namespace) -> tuple[RunRecord, list[dict[str, Any]], list[dict[str, Any]]]:
    async with await opened(args) as store:
        record = await stored_run(store, args.run)
        return record, await store.replies(record.id), await store.setups(record.id)
