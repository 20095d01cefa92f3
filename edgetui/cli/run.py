"""``edgetui run`` and ``edgetui ask``: fire tasks on boards without the app; stdout is data, stderr is talk."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from edgetui.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from edgetui.cluster.live import LiveReply, LiveRun, Order
    from edgetui.config import Board, Config
    from edgetui.tasks import Task

FIRST_TRY_S = 20.0
"""So long every board may take to be up, or known not to be, before the run is fired."""


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``run`` and ``ask``."""
    from edgetui.cli.output import add_formats

    run = subparsers.add_parser("run", help="fire tasks on boards and print every reply")
    run.add_argument("task", nargs="+", metavar="TASK", help="see: edgetui tasks list")
    run.add_argument(
        "--items", default="first", metavar="NAME,…|all", help="items of the task (default: its first)"
    )
    run.add_argument("--prompt", help="another prompt than the task's")
    run.set_defaults(func=_run)
    ask = subparsers.add_parser("ask", help="ask every board one question about a picture of yours")
    ask.add_argument("image", type=Path, metavar="IMAGE")
    ask.add_argument("question", metavar="QUESTION")
    ask.set_defaults(func=_ask)
    for parser in (run, ask):
        parser.add_argument(
            "-m", "--model", action="append", required=True, metavar="MODEL", help="repeat for several"
        )
        parser.add_argument(
            "-b", "--board", action="append", metavar="BOARD", help="repeat for several (default: all)"
        )
        parser.add_argument("--repeat", type=_positive, default=1, metavar="N", help="times each (default: 1)")
        parser.add_argument("--timeout", type=float, metavar="S", help="host seconds for each reply")
        parser.add_argument("--quiet", action="store_true", help="no progress on stderr")
        add_formats(parser, "json", "jsonl", "csv", "markdown")


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of times: give 1 or more")
    return int(text)


def _run(args: argparse.Namespace) -> int:
    from edgetui.cluster.orders import chosen_items
    from edgetui.tasks import find, load_tasks

    known = load_tasks()
    boards = chosen_boards(args.config, args.board)
    tasks = [find(known, name) for name in args.task]
    return _fired(
        args, [_order(args, task, chosen_items(task, wanted=args.items), boards, args.prompt) for task in tasks]
    )


def _ask(args: argparse.Namespace) -> int:
    from edgetui.cluster.orders import chosen_items
    from edgetui.tasks import Task

    boards = chosen_boards(args.config, args.board)
    task = Task(
        name="ask",
        title="ask",
        kind="vqa",
        prompt=args.question,
        runner="ollama",
        num_ctx=None,
        num_predict=None,
        metric="",
        items=(),
        folder=args.image.parent,
    )
    return _fired(args, [_order(args, task, chosen_items(task, str(args.image)), boards, None)])


def chosen_boards(config: Config, names: Sequence[str] | None) -> list[Board]:
    """The boards of these names, or all; the reference first. UsageError for an unknown one, with the nearest."""
    boards = {b.name: b for b in config.board if b.enabled}
    if not boards:
        where = config.path or "the configuration"
        raise UsageError(
            f"There is no board in {where}.", "Add one: edgetui boards add NAME HOST, or try: edgetui demo"
        )
    for name in names or ():
        if name not in boards:
            raise UsageError(f"There is no board called {name!r}.", did_you_mean(name, boards))
    wanted = [boards[n] for n in dict.fromkeys(names)] if names else list(boards.values())
    return sorted(wanted, key=lambda b: not b.reference)


def _order(
    args: argparse.Namespace,
    task: Task,
    items: tuple[tuple[str, bytes, str], ...],
    boards: Sequence[Board],
    prompt: str | None,
) -> Order:
    from edgetui.cluster.orders import make_order

    return make_order(
        args.config,
        task,
        items,
        models=tuple(args.model),
        boards=tuple(b.name for b in boards),
        repeats=args.repeat,
        prompt=prompt or "",
        timeout_s=args.timeout,
    )


def _fired(args: argparse.Namespace, orders: Sequence[Order]) -> int:
    import asyncio

    return asyncio.run(_fire(args, orders))


async def _fire(args: argparse.Namespace, orders: Sequence[Order]) -> int:
    """Fire, tell, and print what came, also when interrupted. Returns the exit code."""
    import asyncio

    from edgetui.cluster.core import Cluster
    from edgetui.cluster.live import make_run
    from edgetui.model import State
    from edgetui.store import Store

    config: Config = args.config
    boards = {b.name: b for b in config.board if b.name in orders[0].boards}
    config = config.model_copy(update={"board": tuple(boards.values())})
    run: LiveRun | None = None
    store = await Store.open(config.store_path)
    try:
        states = {name: State(board=name) for name in boards}
        async with Cluster(config, store, states) as cluster:
            await cluster.settled(boards, FIRST_TRY_S)
            run = make_run(orders, {b.name: b.ollama_port for b in boards.values()})
            finished: asyncio.Queue[LiveReply] = asyncio.Queue()
            cluster.finished.append(finished.put_nowait)
            await cluster.submit(run)
            for left in range(len(run.replies) - 1, -1, -1):
                _tell(args, await finished.get(), left)
            if cluster.safe.error:
                print(f"edgetui: not stored: {cluster.safe.error}", file=sys.stderr)
    finally:
        await store.close()
        if run is not None:
            _print(args, run)
    return exit_code([r.reply.outcome for r in run.replies if r.reply])


def _tell(args: argparse.Namespace, cell: LiveReply, left: int) -> None:
    from edgetui.cli.output import emit_json

    assert cell.reply is not None
    if args.format == "jsonl":
        emit_json(cell.reply.to_json())
    if not args.quiet:
        from edgetui.cli.figures import spoken

        print(f"{spoken(cell.reply)}  ({left} to go)" if left else spoken(cell.reply), file=sys.stderr, flush=True)


def _print(args: argparse.Namespace, run: LiveRun) -> None:
    replies = [r.reply for r in run.replies if r.reply is not None]
    from edgetui.cli.output import emit_json, emit_rows

    if args.format == "json":
        record = run.record(simulated=any(r.sim_speed for r in replies))
        document = {"run": record.to_json(), "replies": [r.to_json() for r in replies]}
        emit_json(document)
    elif args.format != "jsonl":
        from edgetui.cli.figures import COLUMNS, row

        emit_rows([row(r.to_json()) for r in replies], COLUMNS, args, "replies")


def exit_code(outcomes: Sequence[str]) -> int:
    """0 all ok · 3 no board could be reached · 4 the only failures are timeouts · 1 otherwise."""
    bad = [o for o in outcomes if o != "ok"]
    if not bad:
        return 0
    if len(bad) == len(outcomes) and set(bad) == {"lost-link"}:
        return 3
    return 4 if set(bad) == {"timeout"} else 1
