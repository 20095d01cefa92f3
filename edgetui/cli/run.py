"""``edgetui run`` and ``edgetui ask``: fire tasks on boards without the app; stdout is data, stderr is talk."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgetui.errors import UsageError

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
    from edgetui.tasks import find, load_tasks

    known = load_tasks()
    boards = chosen_boards(args.config, args.board)
    orders = [_order(args, find(known, name), boards) for name in args.task]
    return _fired(args, orders)


def _ask(args: argparse.Namespace) -> int:
    import hashlib

    from edgetui.cluster.live import Order
    from edgetui.tasks import read_picture

    picture = read_picture(args.image)
    order = Order(
        task="ask",
        kind="vqa",
        prompt=args.question,
        items=((args.image.name, picture, hashlib.sha256(picture).hexdigest()),),
        models=tuple(args.model),
        boards=tuple(b.name for b in chosen_boards(args.config, args.board)),
        repeats=args.repeat,
        options=_options(args.config),
        timeout_s=args.timeout or args.config.run.timeout_s,
    )
    return _fired(args, [order])


def chosen_boards(config: Config, names: Sequence[str] | None) -> list[Board]:
    """The boards of these names, or all; the reference first. UsageError for an unknown one, with the nearest."""
    from difflib import get_close_matches

    boards = {b.name: b for b in config.board if b.enabled}
    if not boards:
        where = config.path or "the configuration"
        raise UsageError(
            f"There is no board in {where}.", "Add one: edgetui boards add NAME HOST, or try: edgetui demo"
        )
    for name in names or ():
        if name not in boards:
            near = get_close_matches(name, boards, n=1, cutoff=0.4)
            hint = f"Did you mean {near[0]}?" if near else "See: edgetui boards list"
            raise UsageError(f"There is no board called {name!r}.", hint)
    wanted = [boards[n] for n in dict.fromkeys(names)] if names else list(boards.values())
    return sorted(wanted, key=lambda b: not b.reference)


def _options(config: Config, task: Task | None = None) -> Any:  # noqa: ANN401 - Options, imported late
    from edgetui.model import Options

    run = config.run
    return Options(
        num_ctx=(task.num_ctx if task else None) or run.num_ctx,
        num_predict=(task.num_predict if task else None) or run.num_predict,
        seed=run.seed,
        keep_alive=run.keep_alive,
    )


def _order(args: argparse.Namespace, task: Task, boards: Sequence[Board]) -> Order:
    from edgetui.cluster.live import Order

    items = task.choose(args.items)
    return Order(
        task=task.name,
        kind=task.kind,
        runner=task.runner,
        prompt=args.prompt or task.prompt,
        items=tuple((i.name, i.load(), i.sha256) for i in items),
        models=tuple(args.model),
        boards=tuple(b.name for b in boards),
        repeats=args.repeat,
        options=_options(args.config, task),
        timeout_s=args.timeout or args.config.run.timeout_s,
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
