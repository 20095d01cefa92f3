"""What ``edgetui run`` is asked for, as orders: from arguments, from a campaign.toml, or from a stored run."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgetui.cli.named import chosen_boards
from edgetui.errors import UsageError

if TYPE_CHECKING:
    from edgetui.cluster.campaign import CampaignTable, Durations, Estimate
    from edgetui.cluster.live import Order
    from edgetui.model import RunRecord

_COLUMNS = {"board": "board", "task": "task", "model": "model", "cells": "cells", "eta_s": "ETA s"}


def plan(args: argparse.Namespace) -> list[Order]:
    """One order for each task; the command line goes before the file. Raises UsageError, TaskError."""
    from edgetui.cluster.orders import chosen_items, make_order
    from edgetui.model.protocol import REPEATS, protocol_of
    from edgetui.tasks import find, load_tasks

    table = _table(args)
    repeats = args.repeat or table.repeats or (REPEATS[table.mode] if args.mode or _file(args) else 1)
    protocol = protocol_of(
        args.mode or table.mode,
        gate=table.gate and not args.no_gate,
        nonce=table.nonce and not args.no_nonce,
        parallel=table.parallel or args.parallel,
        by_turns=args.by_turns,
    )
    boards = chosen_boards(args.config, args.board or table.boards)
    known = load_tasks()
    tasks = [find(known, name) for name in dict.fromkeys(table.tasks)]
    _check_scripts(args, [args.runner or task.runner for task in tasks], repeats)
    orders = [
        make_order(
            args.config,
            task,
            chosen_items(task, wanted=args.items or table.items),
            models=tuple(dict.fromkeys(args.model or table.models)),
            boards=tuple(b.name for b in boards),
            repeats=repeats,
            prompt=args.prompt or "",
            timeout_s=args.timeout or table.timeout_s,
            protocol=protocol,
            runner=args.runner or "",
            model_file=args.model_file or "",
            detach=args.detach,
        )
        for task in tasks
    ]
    if args.detach and len(orders[0].items) * len(orders[0].models) > 1:
        raise UsageError("one cell a board can be detached", f"name one variant: -m {orders[0].models[0]}")
    return orders


def _check_scripts(args: argparse.Namespace, runners: Sequence[str], repeats: int) -> None:
    """Raises UsageError for what makes no sense with scripts, or with nothing else."""
    if len(runners) > 1 and "script" in runners:
        raise UsageError("a script has variants of its own, no models", "fire one script task at a time")
    if (args.detach or args.model_file) and runners[0] != "script":
        raise UsageError("--detach and --model-file are for scripts", "leave them out, or add --runner script")
    if args.detach and repeats > 1:
        raise UsageError("a detached script runs once", "repeat inside the script, or leave out --repeat")


def _file(args: argparse.Namespace) -> Path | None:
    """The campaign's, where that is what was named."""
    named = len(args.task) == 1 and args.task[0].endswith(".toml")
    return Path(args.task[0]) if named else None


def _table(args: argparse.Namespace) -> CampaignTable:
    from edgetui.cluster.campaign import CampaignTable, read_campaign

    if file := _file(args):
        return read_campaign(file)
    if not args.task:
        raise UsageError("no task is named", "see: edgetui tasks list")
    return CampaignTable(tasks=tuple(args.task), models=tuple(args.model or ()), mode=args.mode or "quick")


def resumed(args: argparse.Namespace) -> tuple[RunRecord, list[Order]]:
    """A stored run and all of its orders, on more boards if named. Raises UsageError, StoreError."""
    import asyncio

    named = {
        "a task": args.task,
        "-m": args.model,
        "--mode": args.mode,
        "--repeat": args.repeat,
        "--items": args.items,
    }
    if extra := [name for name, value in named.items() if value]:
        raise UsageError(f"--resume takes these from the stored run: {', '.join(extra)}", "leave them out")
    more = chosen_boards(args.config, args.board) if args.board else []
    return asyncio.run(_resumed(args, [b.name for b in more]))


async def _resumed(args: argparse.Namespace, more: Sequence[str]) -> tuple[RunRecord, list[Order]]:
    from edgetui.cli.named import stored_run
    from edgetui.cluster.plan import orders_of
    from edgetui.store import Store

    async with await Store.open(args.config.store_path) as store:
        record = await stored_run(store, args.resume)
        if record.plan is None:
            raise UsageError(f"{record.id} was stored without its plan", "fire a new run")
        digests = {item["image_sha256"] for order in record.plan["orders"] for item in order["items"]}
        return record, orders_of(record.plan, await store.pictures(digests), more)


def tell(args: argparse.Namespace, orders: Sequence[Order]) -> int:
    """Print what would be run, and how long it takes by what was measured before."""
    import asyncio

    from edgetui.cli.output import emit_rows
    from edgetui.cluster.campaign import estimates

    earlier = asyncio.run(_earlier(args, orders[0].protocol.mode))
    emit_rows([_row(each) for each in estimates(orders, earlier, {})], _COLUMNS, args, "cells")
    return 0


def _row(each: Estimate) -> dict[str, Any]:
    from edgetui.model import NA

    said = {name: getattr(each, name) for name in _COLUMNS}
    return {**said, "eta_s": None, "na": {"eta_s": each.eta_s.reason}} if isinstance(each.eta_s, NA) else said


async def _earlier(args: argparse.Namespace, mode: str) -> Durations:
    from edgetui.store import Store

    if not args.config.store_path.exists():
        return {}
    async with await Store.open(args.config.store_path) as store:
        return await store.durations(mode)
