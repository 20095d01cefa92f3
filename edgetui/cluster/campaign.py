"""A matrix of tasks × models × boards × repeats: read from a file, gone on with, and how long it will take."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Annotated, TypeAlias

from pydantic import Field

from edgetui.cluster.live import LiveReply, LiveRun
from edgetui.cluster.plan import BY_USER, Order
from edgetui.cluster.stack import stack_of
from edgetui.config import Board, Section
from edgetui.config.checks import validated
from edgetui.config.toml import read_toml
from edgetui.errors import LinkError, UsageError
from edgetui.model import Mode, Protocol, Reading, Request, State, known, na
from edgetui.model.fit import Campaign, Fit
from edgetui.model.run import UNMEASURED
from edgetui.model.script import Script
from edgetui.runners.ollama_fit import fits
from edgetui.runners.script_needs import refusal
from edgetui.store import StoredCell

if TYPE_CHECKING:
    from edgetui.cluster.core import Cluster

Name = Annotated[str, Field(min_length=1)]
Durations: TypeAlias = Mapping[tuple[str, str, str], Mapping[float, Sequence[float]]]
"""By board, task and model, then by ``sim_speed``: host s from the gate to the end, of earlier replies."""
ASK_S = 10.0
"""So long a board's Ollama may take to tell of its models."""
UNTIMED = na("never measured there in this mode")
_SEVERAL = na("measured there at several speeds of its simulated world")
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


def missing(run: LiveRun, stored: Iterable[StoredCell], again: Iterable[str] = ()) -> tuple[LiveReply, ...]:
    """The cells of a plan that have not been measured: a series that became steady needs no further repeats.

    What a person cancelled is not wanted any more. ``again``: outcomes to be measured once more all the same.
    """
    wanted_again, done, steady = frozenset(again), set(), set()
    for cell in stored:
        unmeasured = cell.outcome in UNMEASURED and not cell.reason.startswith(BY_USER)
        if unmeasured or cell.outcome in wanted_again:
            continue
        done.add((cell.board, cell.task, cell.item, cell.model, cell.repeat))
        if "steady" in cell.marks:
            steady.add((cell.board, cell.task, cell.item, cell.model))

    def wanted(r: Request) -> bool:
        series = r.board, r.task, r.item, r.model
        return series not in steady and (*series, r.repeat) not in done

    return tuple(live for live in run.replies if wanted(live.request))


async def unfit(
    cluster: Cluster, orders: Sequence[Order], boards: Iterable[str], *, watched: bool
) -> list[tuple[str, str, Fit]]:
    """Board, model and reckoning where not all of it fits into what a board has free: told before it is tried.

    ``watched``: see ``Campaign``.
    """
    models, num_ctx = orders[0].models, orders[0].options.num_ctx
    pictures = sum(order.repeats for order in orders for item in order.items if item.image)
    asked = Campaign(pictures, watched)

    async def of(board: str) -> list[tuple[str, str, Fit]]:
        keeper = cluster.keepers[board]
        link, sample = keeper.link, keeper.state.sample
        if link is None or sample is None:
            return []
        with suppress(TimeoutError, LinkError):
            async with asyncio.timeout(ASK_S):
                found = await fits(link, keeper.board.ollama_port, models, num_ctx, sample, asked)
            return [(board, model, fit) for model, fit in found.items() if fit.warning]
        return []

    rows = await asyncio.gather(*(of(board) for board in boards if board in cluster.keepers))
    return [row for some in rows for row in some]


async def unable(cluster: Cluster, script: Script, boards: Iterable[str]) -> list[tuple[str, str]]:
    """Board and reason where a script would not even begin, by what the board itself says."""

    async def of(board: str) -> tuple[str, str]:
        if (link := cluster.keepers[board].link) is not None:
            with suppress(TimeoutError, LinkError):
                async with asyncio.timeout(ASK_S):
                    return board, await refusal(link, script)
        return board, ""

    rows = await asyncio.gather(*(of(board) for board in boards if board in cluster.keepers))
    return [row for row in rows if row[1]]


@dataclass(frozen=True, slots=True)
class Estimate:
    """One row of what a campaign will do."""

    board: str
    task: str
    model: str
    cells: int
    eta_s: Reading
    """Host s, out of earlier replies of the same mode."""


def speeds_of(states: Iterable[State]) -> dict[str, float]:
    """``sim_speed`` of the boards that have said who they are."""
    return {state.board: state.identity.sim_speed for state in states if state.identity}


def _usual_s(earlier: Durations, key: tuple[str, str, str], speed: float | None) -> Reading:
    """Host s of one cell at this speed of the board's world; where nobody knows it, if it was always the same."""
    found = earlier.get(key, {})
    if speed is None:
        if len(found) > 1:
            return _SEVERAL
        speed = next(iter(found), 0.0)
    took = found.get(speed, ())[:LATEST]
    return median(took) if took else UNTIMED


def estimates(orders: Sequence[Order], earlier: Durations, speeds: Mapping[str, float]) -> list[Estimate]:
    """In the order of boards, tasks and models. ``speeds``: see ``speeds_of``."""
    out = []
    for board in orders[0].boards:
        for order in orders:
            for model in order.models:
                cells = len(order.items) * order.repeats
                each = _usual_s(earlier, (board, order.task, model), speeds.get(board))
                out.append(Estimate(board, order.task, model, cells, cells * each if known(each) else each))
    return out


@dataclass(frozen=True, slots=True)
class Forecast:
    """How long all of it takes."""

    seconds: float
    """Host s of the board or stack that takes longest, of those cells that can be reckoned with."""
    unknown: int
    """Cells of which nobody knows: it takes longer than ``seconds``."""


def forecast(rows: Iterable[Estimate], groups: Mapping[str, str]) -> Forecast:
    """``groups``: board to the stack in which it has to wait for others, or to itself."""
    spent: dict[str, float] = {}
    unknown = 0
    for row in rows:
        if known(row.eta_s):
            name = groups.get(row.board, row.board)
            spent[name] = spent.get(name, 0.0) + row.eta_s
        else:
            unknown += row.cells
    return Forecast(max(spent.values(), default=0.0), unknown)


def turns(boards: Iterable[Board], protocol: Protocol) -> dict[str, str]:
    """Board to whom it shares its turn with: boards of a stack measure one after another."""
    together = protocol.mode == "quick" or protocol.parallel
    return {board.name: board.name if together else stack_of(board) or board.name for board in boards}


def remaining(run: LiveRun, earlier: Durations, speeds: Mapping[str, float]) -> list[Estimate]:
    """What of a run is still to be done; its own answers tell how long that takes before those of earlier runs.

    ``speeds``: see ``speeds_of``.
    """
    left: dict[tuple[str, str, str], int] = {}
    took: dict[tuple[str, str, str], list[float]] = {}
    for live in run.replies:
        key = live.request.board, live.request.task, live.request.model
        if live.reply is None:
            left[key] = left.get(key, 0) + 1
        elif live.reply.outcome in ("ok", "truncated", "timeout") and live.reply.sim_speed == speeds.get(
            key[0], live.reply.sim_speed
        ):
            took.setdefault(key, []).append(live.reply.finished_at - live.reply.started_at)
    out = []
    for key, cells in left.items():
        each = median(took[key]) if key in took else _usual_s(earlier, key, speeds.get(key[0]))
        out.append(Estimate(*key, cells, cells * each if known(each) else each))
    return out
