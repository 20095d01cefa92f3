"""``edgetui results compare|export``: runs side by side, and replies as files for others."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgetui.cli.arguments import Verbs
from edgetui.errors import CommandError, UsageError

if TYPE_CHECKING:
    from edgetui.store import Result, Store
    from edgetui.summary import Comparison, Rivals


def register(verbs: Verbs) -> None:
    """Add ``compare`` and ``export`` to the verbs of ``results``."""
    from edgetui.cli.output import add_formats

    compare = verbs.add_parser("compare", help="boards, models and tasks of runs against the reference board")
    compare.add_argument("run", nargs="+", metavar="RUN", help="its id or the beginning of it, or: last, last-1 …")
    compare.add_argument(
        "--reference", metavar="BOARD", help="others are measured against it (default: configured)"
    )
    compare.add_argument(
        "--unsound", action="store_true", help="throttled, swapped and other marked replies count too"
    )
    compare.set_defaults(func=_compare)
    export = verbs.add_parser("export", help="replies of all runs, or of some, as rows")
    export.add_argument("run", nargs="*", metavar="RUN", help="as above; none: all runs")
    export.add_argument(
        "--filter", default="", metavar="WORDS", help="as in the app: 'board:pi5 \"two words\" e2e:>10 -throttled'"
    )
    export.add_argument("-o", "--output", type=Path, metavar="FILE", help="a new file (default: standard output)")
    export.set_defaults(func=_export)
    for parser in (compare, export):
        add_formats(parser, "json", "csv", "markdown")


def _compare(args: argparse.Namespace) -> int:
    import asyncio

    from edgetui.cli.output import emit_json, emit_rows
    from edgetui.model.hostile import one_line
    from edgetui.summary import choices, rivals
    from edgetui.ui.tables import of_comparison

    comparison = asyncio.run(_compared(args))
    table, chosen = of_comparison(comparison), choices(comparison)
    pairs = [_pair(each) for each in rivals(comparison)]
    if args.format == "json":
        told = [{"task": each.task, "model": each.model, "words": each.words} for each in chosen]
        apart = [comparison.not_compared] if comparison.not_compared else []
        emit_json({table.name: table.rows, "models": pairs, "choices": told, "not_compared": apart})
        return 0
    emit_rows(table.rows, _SHORT if args.format == "table" else table.columns, args, table.name)
    if args.format == "table":
        if pairs:
            print()
            emit_rows(pairs, _PAIRS, args)
        words = [*(each.words for each in chosen), *filter(None, [one_line(comparison.not_compared, 600)])]
        print("\n".join(["", *words]) if words else "", end="\n" if words else "")
    return 0


_PAIRS = {
    "board": "board",
    "mode": "mode",
    "first": "first model",
    "second": "second model",
    "only_first": "first alone right",
    "only_second": "second alone right",
    "why": "McNemar",
    "simulated": "simulated",
}


def _pair(found: Rivals) -> dict[str, Any]:
    names = ("board", "mode", "first", "second", "items", "only_first", "only_second", "discordant", "p", "verdict")
    said = {name: getattr(found, name) for name in (*names, "why")}
    return {**said, "simulated": any(reply.sim_speed for reply in found.replies), "na": {}}


_SHORT = {
    "task": "task",
    "model": "model",
    "mode": "mode",
    "board": "board",
    "n": "n",
    "e2e_s": "e2e s",
    "e2e_low_s": "low",
    "e2e_high_s": "high",
    "ratio": "× ref",
    "tok_per_s": "tok/s",
    "right": "right",
    "judged": "of",
    "left_out": "left out",
    "why_left_out": "why",
    "outcomes": "outcomes",
    "simulated": "simulated",
}


async def _compared(args: argparse.Namespace) -> Comparison:
    from edgetui.cli.named import opened, stored_run
    from edgetui.model.sound import SPOILS
    from edgetui.summary import compare
    from edgetui.ui.selection import reference

    async with await opened(args) as store:
        runs = dict.fromkeys([(await stored_run(store, name)).id for name in args.run])
        replies = [stored.reply for run in runs for stored in await store.stored_replies(run)]
    if not replies:
        raise UsageError("these runs have no replies", "see: edgetui results list")
    against = args.reference or reference(args.config)
    return compare(replies, against, frozenset(SPOILS) if args.unsound else frozenset())


def _export(args: argparse.Namespace) -> int:
    import asyncio

    from edgetui.cli.output import print_table
    from edgetui.ui.tables import of_results

    table = of_results(asyncio.run(_found(args)))
    if args.output is None:
        if args.format == "table":
            print_table(table.cells)
        else:
            print(table.text(args.format), end="", flush=True)
        return 0
    try:
        with args.output.open("x", encoding="utf-8") as file:
            file.write(table.text("csv" if args.format == "table" else args.format))
    except OSError as error:
        raise CommandError(f"{args.output}: {error.strerror}", "name a new file: -o FILE") from error
    return 0


async def _found(args: argparse.Namespace) -> list[Result]:
    from edgetui.cli.named import opened
    from edgetui.store.sieve import sift

    async with await opened(args) as store:
        return sift(await _all_of(store, args.run), args.filter)


async def _all_of(store: Store, names: list[str]) -> list[Result]:
    from edgetui.cli.named import stored_run

    runs = {(await stored_run(store, name)).id for name in names}
    return [result for result in await store.results() if not names or result.run in runs]
