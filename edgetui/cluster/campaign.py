"""A matrix of tasks × models × boards × repeats: read from a file, gone on with, and how long it will take."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Annotated, TypeAlias

from pydantic import Field

from edgetui.cluster.core import Cluster
from edgetui.cluster.live import LiveReply, LiveRun
from edgetui.cluster.plan import Order
from edgetui.config import Section
from edgetui.config.checks import validated
from edgetui.config.toml import read_toml
from edgetui.errors import LinkError, UsageError
from edgetui.model import Mode, Outcome, Reading, Request, na
from edgetui.model.fit import Fit
from edgetui.runners.ollama_fit import fits
from edgetui.store import StoredCell

Name = Annotated[str, Field(min_length=1)]
Durations: TypeAlias = Mapping[tuple[str, str, str], Sequence[float]]
"""By board, task and model: host s from the gate to the end, of earlier replies."""
UNMEASURED: frozenset[Outcome] = frozenset({"cancelled", "lost-link", "busy", "not-installed", "guarded"})
"""Outcomes that say nothing of the model on the board: the cell is still missing."""
ASK_S = 10.0
"""So long a board's Ollama may take to tell of its models."""
LATEST = 20
"""So many earlier replies of a cell tell how long it takes."""


class CampaignTable(Section):
    """A whole ``campaign.toml``; what is not there is as on the command line."""

    tasks: Annotated[tuple[Name, ...], Field(min_length=1)]
    models: tuple[Name, ...] = ()
    """Variants of a script; none: all of them."""
    boards: tuple[Name, ...] = ()
    """Empty: all."""
    items: Name = "first"
    """``first``, ``all``, or names with commas between."""
    mode: Mode = "burst"
    repeats: Annotated[int, Field(ge=1)] | None = None
    timeout_s: Annotated[float, Field(gt=0, le=1e7)] | None = None
    gate: bool = True
    nonce: bool = True
    parallel: bool = False


def read_campaign(path: Path) -> CampaignTable:
    """Raises UsageError with file, line, key and remedy."""
    source = read_toml(path, UsageError)
    return validated(CampaignTable, source, source.data)


def missing(run: LiveRun, stored: Iterable[StoredCell]) -> tuple[LiveReply, ...]:
    """The cells of a plan that have not been measured: a series that became steady needs no further repeats."""
    done, steady = set(), set()
    for cell in stored:
        if cell.outcome in UNMEASURED:
            continue
        done.add((cell.board, cell.task, cell.item, cell.model, cell.repeat))
        if "steady" in cell.marks:
            steady.add((cell.board, cell.task, cell.item, cell.model))

    def wanted(r: Request) -> bool:
        series = r.board, r.task, r.item, r.model
        return series not in steady and (*series, r.repeat) not in done

    return tuple(live for live in run.replies if wanted(live.request))


async def unfit(cluster: Cluster, run: LiveRun) -> list[tuple[str, str, Fit]]:
    """Board, model and reckoning where a model is too big for what a board has free: told before it is tried."""

    async def of(board: str) -> list[tuple[str, str, Fit]]:
        keeper, models = cluster.keepers[board], run.order.models
        link, sample = keeper.link, keeper.state.sample
        if link is None or sample is None or run.order.runner != "ollama":
            return []
        with suppress(TimeoutError, LinkError):
            async with asyncio.timeout(ASK_S):
                found = await fits(link, keeper.board.ollama_port, models, run.order.options.num_ctx, sample)
            return [(board, model, fit) for model, fit in found.items() if fit.verdict == "too-big"]
        return []

    boards = dict.fromkeys(cell.request.board for cell in run.replies)
    return [row for rows in await asyncio.gather(*map(of, boards)) for row in rows]


@dataclass(frozen=True, slots=True)
class Estimate:
    """One row of what a campaign will do."""

    board: str
    task: str
    model: str
    cells: int
    eta_s: Reading
    """Host s, out of earlier replies of the same mode."""


def estimates(orders: Sequence[Order], earlier: Durations) -> list[Estimate]:
    """In the order of boards, tasks and models."""
    out = []
    for board in orders[0].boards:
        for order in orders:
            for model in order.models:
                cells = len(order.items) * order.repeats
                took = earlier.get((board, order.task, model), ())[:LATEST]
                eta: Reading = cells * median(took) if took else na("never measured there in this mode")
                out.append(Estimate(board, order.task, model, cells, eta))
    return out
