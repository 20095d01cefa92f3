"""What ``edgetui models`` does, and what it prints."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from edgetui.cli.arguments import Arguments
from edgetui.cli.output import emit_rows
from edgetui.cluster.core import Cluster
from edgetui.cluster.models import Cell, fit, matrix
from edgetui.config import Config
from edgetui.errors import EdgetuiError, LinkError
from edgetui.model import NA, State, known, na
from edgetui.model.fit import Campaign, Fit
from edgetui.model.hostile import one_line
from edgetui.model.transfer import Transfer
from edgetui.runners.ollama import survey
from edgetui.runners.ollama_folder import parse_name

TRY_S = 20.0
"""So long every board may take to be up, or known not to be."""
TOLD_EVERY_S = 5.0
SAMPLE_S = 3.0
_LIST = {
    "model": "model", "board": "board", "present": "present", "size_bytes": "bytes", "digest": "digest",
    "quantization": "quant", "loaded": "loaded", "drifted": "drift", "simulated": "simulated",
}  # fmt: skip
_MOVED = {
    "board": "board", "model": "model", "outcome": "outcome", "size_bytes": "bytes",
    "fetched_bytes": "fetched bytes", "took_s": "s", "rate_bytes_per_s": "bytes/s", "digest": "digest",
    "simulated": "simulated", "reason": "reason",
}  # fmt: skip
_DONE = {"board": "board", "model": "model", "outcome": "outcome", "simulated": "simulated", "reason": "reason"}
_FIT = {"board": "board", "model": "model", "verdict": "verdict", "simulated": "simulated", "sum": "sum"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for, and what it is asked of."""

    args: Arguments
    config: Config
    cluster: Cluster
    models: Sequence[str]
    """Whole names."""
    boards: Sequence[str]


async def done(args: Arguments, config: Config, targets: Sequence[str]) -> int:
    """Do it on the boards ``targets`` of ``config`` and print what came of it. Returns the exit code."""
    states = {board.name: State(board=board.name) for board in config.board}
    models = [str(parse_name(model)) for model in getattr(args, "model", ())]
    async with Cluster(config, None, states) as cluster:
        await cluster.settled(states, TRY_S)
        await asyncio.gather(*(_asked(cluster, name) for name in cluster.keepers))
        rows, columns = await _verbs[args.verb](Wanted(args, config, cluster, models, targets))
    emit_rows(rows, columns, args, "models")
    if not any(state.link in ("up", "late") for state in states.values()):
        return LinkError.exit_code
    return 0 if all(row["outcome"] == "ok" for row in rows if "outcome" in row) else 1


async def _asked(cluster: Cluster, board: str) -> None:
    keeper = cluster.keepers[board]
    if keeper.link is not None:
        with suppress(LinkError):  # its State says why
            found = await survey(keeper.link, keeper.board.ollama_port, time.time())
            keeper.heard(ollama=found.on(keeper.state.identity))


_Told = tuple[list[dict[str, Any]], dict[str, str]]


async def _list(wanted: Wanted) -> _Told:
    cells = [cell for row in matrix(wanted.cluster.states.values()) for cell in row.cells.values()]
    return [_row(cell) for cell in cells], _LIST


def _row(cell: Cell) -> dict[str, Any]:
    row, na = cell.installed, {}
    if isinstance(cell.present, NA):
        na["present"] = cell.present.reason
    share = cell.gpu_share
    return {
        "model": cell.model,
        "board": cell.board,
        "present": cell.present if not isinstance(cell.present, NA) else None,
        "size_bytes": row.size_bytes if row and known(row.size_bytes) else None,
        "digest": row.digest[:12] if row else None,
        "quantization": (row.quantization if row else None) or None,
        "loaded": "" if cell.loaded is None else f"{share:.0%} GPU" if known(share) else "yes",
        "gpu_share": share if known(share) else None,
        "drifted": cell.drifted,
        "simulated": cell.simulated,
        "na": na | ({"gpu_share": share.reason} if isinstance(share, NA) else {}),
    }


async def _pull(wanted: Wanted) -> _Told:
    async def pull(board: str, model: str) -> list[Transfer]:
        return [await wanted.cluster.models.pull(board, model, insecure=wanted.args.insecure)]

    return await _moved(wanted, [pull(board, model) for model in wanted.args.model for board in wanted.boards])


async def _push(wanted: Wanted) -> _Told:
    share, source = wanted.cluster.models.share, wanted.args.source
    return await _moved(wanted, [share(wanted.boards, model, source) for model in wanted.models])


async def _moved(wanted: Wanted, jobs: Sequence[Coroutine[Any, Any, list[Transfer]]]) -> _Told:
    telling = None if wanted.args.quiet else asyncio.create_task(_tell(wanted.cluster))
    try:
        ended = [each for some in await asyncio.gather(*jobs) for each in some]
    finally:
        if telling is not None:
            telling.cancel()
    return [_transfer(each, wanted.cluster.states[each.board]) for each in ended], _MOVED


async def _tell(cluster: Cluster) -> None:
    """A line of each transfer that is under way, every few seconds."""
    while True:
        await asyncio.sleep(TOLD_EVERY_S)
        now = asyncio.get_running_loop().time()
        for each in cluster.models.transfers.values():
            if each.stage not in ("queued", "ended"):
                print(spoken(each, now), file=sys.stderr, flush=True)


def spoken(each: Transfer, now: float) -> str:
    """One line: how far it is, how fast, how long still; or how it ended."""
    head = f"{each.board}: {one_line(each.model)}: "
    if each.stage == "ended":
        return head + one_line(f"{each.ending} {each.reason}".strip(), 400)
    share, rate, left = each.share, each.rate(now), each.eta_s(now)
    parts = [f"{share:.0%}" if known(share) else each.stage]
    parts += [f"{rate / 1e6:.2f} MB/s"] if known(rate) else []
    parts += [f"{left:.0f} s to go"] if known(left) else []
    if each.stalled(now):
        parts.append(f"stalled: no byte for {each.silent_s(now):.0f} s")
    elif each.stage == "verifying":
        parts.append("verifying sha256")
    return head + ", ".join(parts)


def _transfer(each: Transfer, state: State) -> dict[str, Any]:
    now = each.ended or 0.0
    rate = each.rate(now)
    return {
        "board": each.board,
        "model": each.model,
        "kind": each.kind,
        "outcome": each.ending,
        "reason": each.reason,
        "size_bytes": each.whole_bytes or None,
        "completed_bytes": each.completed_bytes,
        "fetched_bytes": each.fetched_bytes,
        "took_s": round(each.ended - each.began, 3) if each.ended is not None and each.began is not None else None,
        "rate_bytes_per_s": rate if known(rate) else None,
        "digest": each.digest or None,
        "layers": [{"digest": layer.digest, "total_bytes": layer.total_bytes,
                    "completed_bytes": layer.completed_bytes} for layer in each.layers],
        "simulated": _simulated(state),
        "na": {"rate_bytes_per_s": rate.reason} if isinstance(rate, NA) else {},
    }  # fmt: skip


async def _remove(wanted: Wanted) -> _Told:
    return await _each(wanted, wanted.cluster.models.remove)


async def _unload(wanted: Wanted) -> _Told:
    return await _each(wanted, wanted.cluster.models.unload)


async def _each(wanted: Wanted, act: Callable[[str, str], Awaitable[None]]) -> _Told:
    def about(board: str, model: str) -> dict[str, Any]:
        return {"board": board, "model": model, "simulated": _simulated(wanted.cluster.states[board])}

    async def one(board: str, model: str) -> dict[str, Any]:
        try:
            await act(board, model)
        except EdgetuiError as error:
            outcome = "lost-link" if isinstance(error, LinkError) else "error"
            return about(board, model) | {"outcome": outcome, "reason": error.sentence}
        return about(board, model) | {"outcome": "ok", "reason": ""}

    return list(await asyncio.gather(*(one(b, m) for m in wanted.models for b in wanted.boards))), _DONE


async def _fit(wanted: Wanted) -> _Told:
    keepers, num_ctx = wanted.cluster.keepers, wanted.args.num_ctx or wanted.config.run.num_ctx
    await asyncio.gather(*(keeper.fresh_sample(SAMPLE_S) for keeper in keepers.values()))
    campaign = Campaign(wanted.args.pictures, wanted.config.ollama.memory_watch)
    found = [(model, await fit(keepers, model, num_ctx, campaign)) for model in wanted.models]
    states = wanted.cluster.states
    return [_fit_row(states[board], model, each) for model, fits in found for board, each in fits.items()], _FIT


def _fit_row(state: State, model: str, each: Fit | NA) -> dict[str, Any]:
    row: dict[str, Any] = {"board": state.board, "model": model, "verdict": None, "sum": None, "kept_bytes": None}
    row |= {"unloads_after_pictures": None, "simulated": _simulated(state), "na": {}}
    if isinstance(each, NA):
        return row | {"na": dict.fromkeys(("verdict", "sum", "kept_bytes"), each.reason)}
    unknown = {} if each.verdict else {"verdict": "a part of the sum is not known"}
    kept = each.kept.bytes if each.kept else na("this Ollama keeps no past pictures")
    unknown |= {"kept_bytes": kept.reason} if isinstance(kept, NA) else {}
    row |= {"kept_bytes": kept if known(kept) else None, "unloads_after_pictures": each.unloads_after}
    return row | {"verdict": each.verdict, "sum": str(each), "na": unknown}


def _simulated(state: State) -> bool:
    return state.identity is not None and state.identity.simulated


_verbs = {"list": _list, "pull": _pull, "push": _push, "rm": _remove, "fit": _fit, "unload": _unload}
