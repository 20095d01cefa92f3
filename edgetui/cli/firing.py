"""Fires orders, tells how they go on stderr, and prints what came of them on stdout."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from edgetui.errors import StoreError

if TYPE_CHECKING:
    import asyncio

    from edgetui.cluster.live import LiveReply, LiveRun, Order
    from edgetui.config import Board
    from edgetui.model import RunRecord
    from edgetui.store import Store

FIRST_TRY_S = 20.0
"""So long every board may take to be up, or known not to be, before the run is fired."""


def fired(args: argparse.Namespace, orders: Sequence[Order], resumed: RunRecord | None = None) -> int:
    """The exit code. ``resumed``: the stored run of which only the missing cells are wanted."""
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
        return await _fire(args, orders, resumed)

    try:
        return asyncio.run(fire())
    except asyncio.CancelledError:
        return 128 + caught[0]


async def _fire(args: argparse.Namespace, orders: Sequence[Order], resumed: RunRecord | None) -> int:
    """Fire, tell, and print what came, also when interrupted. Returns the exit code."""
    from edgetui.cluster.campaign import missing
    from edgetui.cluster.live import make_run
    from edgetui.store import Store
    from edgetui.store.alone import alone

    boards = {b.name: b for b in args.config.board if b.enabled and b.name in orders[0].boards}
    store = await Store.open(args.config.store_path)
    run = make_run(
        orders, {name: boards[name].ollama_port if name in boards else 0 for name in orders[0].boards}, resumed
    )
    left = False
    try:
        with alone(store.path, run.id):
            if resumed is not None:
                wanted = missing(run, await store.cells(run.id), args.again or ())
                run.replies = tuple(cell for cell in wanted if cell.request.board in boards)
            if run.replies:
                left = await _measure(args, run, store, tuple(boards.values()), new=resumed is None)
    finally:
        replies = [r.reply.to_json() for r in run.replies if r.reply is not None]
        record = run.record(simulated=any(r["simulated"] for r in replies))
        if resumed is not None:
            replies, (record,) = await store.replies(run.id), await store.runs(1, run.id)
        setups = await store.setups(run.id)
        await store.close()
        _print(args, record, replies, setups)
    if left:
        print(f"it runs on there; what comes of it: edgetui run --resume {run.id}", file=sys.stderr)
        return 0
    return exit_code([reply["outcome"] for reply in replies])


async def _measure(
    args: argparse.Namespace, run: LiveRun, store: Store, boards: tuple[Board, ...], *, new: bool
) -> bool:
    """Every cell of the run; True where detached scripts were started and left to themselves."""
    import asyncio

    from edgetui.cluster.campaign import unfit
    from edgetui.cluster.core import Cluster
    from edgetui.model import State
    from edgetui.model.hostile import one_line

    config = args.config.model_copy(update={"board": boards})
    states = {b.name: State(board=b.name) for b in boards}
    async with Cluster(config, store, states) as cluster:
        await cluster.settled(states, FIRST_TRY_S)
        if not args.quiet:
            for asked in (each for order in run.orders for each in order.items if each.picture):
                print(f"picture {one_line(asked.item)}: {one_line(asked.picture)}", file=sys.stderr)
            names = [board.name for board in boards] if run.order.runner == "ollama" else []
            for board, model, fit in await unfit(cluster, run.orders, names, watched=config.ollama.memory_watch):
                print(f"{board}: {one_line(model)} {fit.warning}: {fit}", file=sys.stderr)
        finished: asyncio.Queue[LiveReply] = asyncio.Queue()
        cluster.finished.append(finished.put_nowait)
        await cluster.submit(run)
        if new and run.order.script and run.order.script.detach:
            await _started(run, cluster.failed)
            return not run.done
        while not run.done:
            cell = await _next(finished, cluster.failed)
            _tell(args, cell, sum(not other.done for other in run.replies))
    if (error := cluster.safe.failure) and cluster.safe.owed:
        raise StoreError(f"{cluster.safe.owed} rows of the run are not stored: {error.message}", error.remedy)
    return False


async def _started(run: LiveRun, failed: asyncio.Future[None]) -> None:
    """Every script is at work, or will never be; raises what ended the cluster."""
    import asyncio

    while not all(cell.done or cell.told for cell in run.replies):
        await asyncio.wait({failed}, timeout=0.1)
        if failed.done():
            failed.result()


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


def _print(
    args: argparse.Namespace,
    record: RunRecord,
    replies: Sequence[Mapping[str, Any]],
    setups: Sequence[Mapping[str, Any]],
) -> None:
    from edgetui.cli.output import emit_json
    from edgetui.model.sound import eras_apart

    if args.format == "json":
        apart = [words] if (words := eras_apart(replies)) else []
        emit_json({"run": record.to_json(), "boards": setups, "not_compared": apart, "replies": replies})
    elif args.format != "jsonl":
        from edgetui.cli.figures import emit_replies

        emit_replies(replies, args)
    from edgetui.model.hostile import one_line
    from edgetui.model.sound import drifted
    from edgetui.scoring.blame import blamed
    from edgetui.scoring.precision import slower

    if args.every or (record.repeats > 1 and not args.quiet):
        from edgetui.cli.summing import chosen, summed
        from edgetui.report.evidence import reply_value

        values = [reply_value({**reply, "run": record.id}) for reply in replies]
        for line in (*summed(values, every=args.every), *chosen(values, args.config, every=args.every)):
            print(line, file=sys.stderr)
    if record.indicative and record.repeats > 1 and not args.quiet:
        print(f"indicative only: {record.protocol}, n = {record.repeats}", file=sys.stderr)
    if words := eras_apart(replies):
        print(one_line(words, 600), file=sys.stderr)
    for model, digests in drifted(replies).items():
        versions = "; ".join(f"{digest[:12]} on {', '.join(boards)}" for digest, boards in digests.items())
        print(f"warning: {one_line(model)} is not the same everywhere: {versions}", file=sys.stderr)
    for (board, model), words in blamed(replies).items():
        print(f"warning: {board}, {one_line(model)}: {words}", file=sys.stderr)
    for words in slower(replies):
        print(one_line(words, 200), file=sys.stderr)


def exit_code(outcomes: Sequence[str]) -> int:
    """0 all ok · 3 no board could be reached · 4 the only failures are timeouts · 1 otherwise."""
    bad = [o for o in outcomes if o != "ok"]
    if not bad:
        return 0
    if len(bad) == len(outcomes) and set(bad) == {"lost-link"}:
        return 3
    return 4 if set(bad) == {"timeout"} else 1
