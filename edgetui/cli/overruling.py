"""``edgetui results score``: a person overrules a score; the automatic one is kept beside it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from edgetui.cli.arguments import Verbs
from edgetui.errors import UsageError

if TYPE_CHECKING:
    from edgetui.store import Store

_WORDS = {"pass": (1.0, True), "fail": (0.0, False)}


def register(verbs: Verbs) -> None:
    """Add ``score`` to the verbs of ``results``."""
    score = verbs.add_parser("score", help="overrule the score of one reply; both verdicts are kept")
    score.add_argument("run", metavar="RUN", help="its id or the beginning of it, or: last")
    score.add_argument("reply", type=int, metavar="REPLY", help="its number in: edgetui results show RUN")
    score.add_argument("verdict", type=_verdict, metavar="pass|fail|VALUE", help="a value is from 0 to 1")
    score.add_argument("--why", required=True, metavar="TEXT", help="what the rule did not see")
    score.set_defaults(func=_score)


def _verdict(text: str) -> tuple[float, bool | None]:
    if text in _WORDS:
        return _WORDS[text]
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no verdict: give pass, fail or a value from 0 to 1")
    return value, None


def _score(args: argparse.Namespace) -> int:
    import asyncio

    from edgetui.cli.figures import COLUMNS, row
    from edgetui.cli.output import emit_rows

    args.format = "table"
    emit_rows([row(asyncio.run(_overruled(args)))], COLUMNS, args)
    return 0


async def _overruled(args: argparse.Namespace) -> dict[str, Any]:
    import time

    from edgetui.cli.named import opened, stored_run
    from edgetui.model.score import Overruling

    value, passed = args.verdict
    if not args.why.strip():
        raise UsageError("--why is empty", "say what the rule did not see")
    async with await opened(args) as store:
        run = (await stored_run(store, args.run)).id
        reply = await _reply(store, run, args.reply)
        said = Overruling(value=value, passed=passed, why=args.why.strip(), at=time.time())
        await store.overrule({**reply, "run_id": run}, said)
        return await _reply(store, run, args.reply)


async def _reply(store: Store, run: str, number: int) -> dict[str, Any]:
    replies = await store.replies(run)
    if not 1 <= number <= len(replies):
        raise UsageError(
            f"run {run} has no reply {number}", f"give 1 to {len(replies)}: edgetui results show {run}"
        )
    return replies[number - 1]
