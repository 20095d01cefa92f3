"""``edgetui tasks clean``: takes from boards what script tasks have put there."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from edgetui.cli.output import add_formats, emit_rows
from edgetui.errors import CommandError, LinkError

if TYPE_CHECKING:
    from edgetui.cli.arguments import Arguments
    from edgetui.config import Board
    from edgetui.links.roads import Roads

_COLUMNS = {
    "board": "board",
    "ok": "ok",
    "ended": "processes ended",
    "freed_bytes": "bytes freed",
    "reason": "reason",
}


def register(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``clean``."""
    parser = actions.add_parser(
        "clean", help="end scripts that run on boards, and remove what was put there for them"
    )
    parser.add_argument("-b", "--board", action="extend", nargs="+", metavar="BOARD", help="default: all")
    add_formats(parser, "json", "jsonl", "csv", "markdown")
    parser.set_defaults(func=_clean)


def _clean(args: Arguments) -> int:
    import asyncio

    from edgetui.cli.named import chosen_boards

    rows = asyncio.run(_cleaned(args, chosen_boards(args.config, args.board)))
    emit_rows(rows, _COLUMNS, args, "boards")
    if not any(row["reached"] for row in rows):
        return LinkError.exit_code
    return 0 if all(row["ok"] for row in rows) else 1


async def _cleaned(args: Arguments, boards: list[Board]) -> list[dict[str, Any]]:
    import asyncio

    from edgetui.links.roads import Roads

    roads = Roads(args.config.ssh, boards=len(boards))
    try:
        return list(await asyncio.gather(*(_one(roads, board) for board in boards)))
    finally:
        await roads.close()


async def _one(roads: Roads, board: Board) -> dict[str, Any]:
    from edgetui.model.hostile import one_line
    from edgetui.runners.script_clean import clean

    row: dict[str, Any] = {"board": board.name, "reached": False, "ok": False, "ended": None, "freed_bytes": None}
    try:
        link = await roads.connect(board)
        row["reached"] = True
        try:
            done = await clean(link)
        finally:
            await link.close()
    except (LinkError, CommandError) as error:
        return {**row, "reason": one_line(error.sentence)}
    return {**row, "ok": True, "ended": done.ended, "freed_bytes": done.freed_bytes, "reason": ""}
