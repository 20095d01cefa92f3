"""``edgetui run`` and ``edgetui ask``: fire tasks on boards without the app; stdout is data, stderr is talk."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgetui.errors import StoreError, UsageError, did_you_mean

if TYPE_CHECKING:
    import asyncio

    from edgetui.cluster.live import LiveReply, LiveRun, Order, Question
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
    run.add_argument("--prompt", type=_text, help="another prompt than the task's")
    run.set_defaults(func=_run)
    ask = subparsers.add_parser("ask", help="ask every board one question about a picture of yours")
    ask.add_argument("image", type=Path, metavar="IMAGE")
    ask.add_argument("question", type=_text, metavar="QUESTION")
    ask.set_defaults(func=_ask)
    for parser in (run, ask):
        parser.add_argument(
            "-m", "--model", type=_text, action="append", required=True, metavar="MODEL", help="repeat for several"
        )
        parser.add_argument(
            "-b", "--board", action="append", metavar="BOARD", help="repeat for several (default: all)"
        )
        parser.add_argument("--repeat", type=positive, default=1, metavar="N", help="times each (default: 1)")
        parser.add_argument("--timeout", type=_seconds, metavar="S", help="host seconds for each reply")
        parser.add_argument("--quiet", action="store_true", help="no progress on stderr")
        add_formats(parser, "json", "jsonl", "csv", "markdown")


def positive(text: str) -> int:
    """A number of times, for argparse."""
    if not (text.isascii() and text.isdecimal()) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of times: give 1 or more")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 1e7:
        raise argparse.ArgumentTypeError(f"{text!r} is no time limit: give seconds above 0")
    return seconds


def _text(text: str) -> str:
    if not text.strip() or not text.replace("\n", " ").replace("\t", " ").isprintable():
        raise argparse.ArgumentTypeError(f"{text!r} is empty or holds characters that are no text")
    return text


def _run(args: argparse.Namespace) -> int:
    from edgetui.cluster.orders import chosen_items
    from edgetui.tasks import find, load_tasks

    known = load_tasks()
    boards = chosen_boards(args.config, args.board)
    tasks = [find(known, name) for name in dict.fromkeys(args.task)]
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
    items: tuple[Question, ...],
    boards: Sequence[Board],
    prompt: str | None,
) -> Order:
    from edgetui.cluster.orders import make_order

    return make_order(
        args.config,
        task,
        items,
        models=tuple(dict.fromkeys(args.model)),
        boards=tuple(b.name for b in boards),
        repeats=args.repeat,
        prompt=prompt or "",
        timeout_s=args.timeout,
    )


def _fired(args: argparse.Namespace, orders: Sequence[Order]) -> int:
    import asyncio
    import signal

    caught: list[int] = []

    async def fire() -> int:
        """What had come of a running answer is stored whichever signal ends us."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None

        def end(number: int) -> None:
            caught.append(number)
            task.cancel()

        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, end, number)
        return await _fire(args, orders)

    try:
        return asyncio.run(fire())
    except asyncio.CancelledError:
        return 128 + caught[0]


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
                _tell(args, await _next(finished, cluster.failed), left)
        if cluster.safe.owed:
            raise StoreError(f"{cluster.safe.owed} rows of the run are not stored: {cluster.safe.error}")
    finally:
        await store.close()
        if run is not None:
            _print(args, run)
    return exit_code([r.reply.outcome for r in run.replies if r.reply])


async def _next(finished: asyncio.Queue[LiveReply], failed: asyncio.Future[None]) -> LiveReply:
    """The next cell that is done; raises what ended the cluster."""
    import asyncio

    cell = asyncio.ensure_future(finished.get())
    ends: set[asyncio.Future[Any]] = {cell, failed}
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    if not cell.done():
        cell.cancel()
        failed.result()
    return await cell


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
