"""A run that is not over: found in the Store, gone on with, and held so that no other program does the same."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from edgetui.cluster.live import LiveRun, make_run
from edgetui.cluster.plan import orders_of
from edgetui.errors import StoreError, UsageError

if TYPE_CHECKING:
    from edgetui.cluster.core import Cluster
    from edgetui.model import Request, RunRecord
    from edgetui.store import Store

LOOK_S = 1.0
"""How often it is looked whether a run is over."""
NEWEST = 5
"""So many of the last runs are looked at: nobody misses an older one."""


async def conduct(cluster: Cluster, run: LiveRun, store: Path, begun: Future[None]) -> None:
    """Submit a run and hold it to its end; ``begun`` raises StoreError where another program measures it."""
    from edgetui.store.alone import alone

    with ExitStack() as held:
        try:
            held.enter_context(alone(store, run.id))
        except StoreError as error:
            begun.set_exception(error)
            return
        except OSError:
            pass  # where nothing can be written nobody can go on with it either
        await cluster.submit(run)
        begun.set_result(None)
        while not run.done:  # noqa: ASYNC110 - the cluster notifies nobody, by design
            await asyncio.sleep(LOOK_S)


async def unfinished(store: Store, ports: Mapping[str, int]) -> LiveRun | None:
    """The newest campaign that is not over, its answers in place; None where all are. Raises StoreError.

    ``ports``: the boards there are, each with the port of its Ollama; cells of others are left out.
    """
    for record in await store.runs(NEWEST):
        if record.finished_at is None and (run := await _stored_run(store, record, ports)) is not None:
            return run
    return None


async def _stored_run(store: Store, record: RunRecord, ports: Mapping[str, int]) -> LiveRun | None:
    from edgetui.cluster.campaign import missing

    if record.plan is None:
        return None
    digests = {item["image_sha256"] for order in record.plan["orders"] for item in order["items"]}
    try:
        orders = orders_of(record.plan, await store.pictures(digests))
    except UsageError:
        return None  # a picture is gone
    run = make_run(orders, dict.fromkeys(orders[0].boards, 0) | dict(ports), record)
    wanted = set(missing(run, await store.cells(record.id)))
    said = {_cell(each.reply.request): each for each in await store.stored_replies(record.id)}
    kept = []
    for live in run.replies:
        if live in wanted:
            kept += [live] if live.request.board in ports else []
        elif (stored := said.get(_cell(live.request))) is not None:
            live.reply, live.phase = stored.reply, "done"
            live.pieces, live.peak_c, live.throttled = [stored.reply.text], stored.peak_c, stored.throttled
            kept.append(live)
    run.replies = tuple(kept)
    several = len(run.replies) > len(orders[0].boards)
    return run if several and not run.done else None


def _cell(request: Request) -> tuple[object, ...]:
    return request.board, request.task, request.item, request.model, request.repeat
