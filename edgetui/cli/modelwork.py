"""What ``edgetui models`` does, and what it prints."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any

from edgetui.cli.arguments import Arguments
from edgetui.cli.output import emit_rows
from edgetui.cluster.core import Cluster
from edgetui.cluster.models import Cell, fit, matrix
from edgetui.config import Config
from edgetui.errors import EdgetuiError, LinkError, UsageError
from edgetui.model import NA, State, known
from edgetui.model.hostile import one_line
from edgetui.model.transfer import Transfer
from edgetui.runners.ollama import survey, unload
from edgetui.runners.ollama_folder import held, host_folders, parse_name

TRY_S = 20.0
"""So long every board may take to be up, or known not to be."""
TOLD_EVERY_S = 5.0
_LIST = {
    "model": "model", "board": "board", "present": "present", "size_bytes": "bytes", "digest": "digest",
    "quantization": "quant", "loaded": "loaded", "drifted": "drift",
}  # fmt: skip
_MOVED = {
    "board": "board", "model": "model", "outcome": "outcome", "size_bytes": "bytes",
    "fetched_bytes": "fetched bytes", "took_s": "s", "rate_bytes_per_s": "bytes/s", "digest": "digest",
    "reason": "reason",
}  # fmt: skip
_DONE = {"board": "board", "model": "model", "outcome": "outcome", "reason": "reason"}
_FIT = {"board": "board", "model": "model", "verdict": "verdict", "sum": "sum"}


async def done(args: Arguments, config: Config) -> int:
    """Do it on the boards of ``config`` and print what came of it. Returns the exit code."""
    states = {board.name: State(board=board.name) for board in config.board}
    models = [str(parse_name(model)) for model in getattr(args, "model", ())]
    async with Cluster(config, None, states) as cluster:
        await cluster.settled(states, TRY_S)
        await asyncio.gather(*(_asked(cluster, name) for name in cluster.keepers))
        rows, columns = await _verbs[args.verb](args, config, cluster, models)
    emit_rows(rows, columns, args, "models")
    if not any(state.link in ("up", "late") for state in states.values()):
        return LinkError.exit_code
    return 0 if all(row["outcome"] == "ok" for row in rows if "outcome" in row) else 1


async def _asked(cluster: Cluster, board: str) -> None:
    keeper = cluster.keepers[board]
    if keeper.link is not None:
        with suppress(LinkError):  # its State says why
            keeper.heard(ollama=await survey(keeper.link, keeper.board.ollama_port, time.time()))


_Told = tuple[list[dict[str, Any]], dict[str, str]]


async def _list(args: Arguments, config: Config, cluster: Cluster, _models: Sequence[str]) -> _Told:
    cells = [cell for row in matrix(cluster.states.values()) for cell in row.cells.values()]
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


async def _pull(args: Arguments, config: Config, cluster: Cluster, models: Sequence[str]) -> _Told:
    jobs = [cluster.models.pull(b, m, insecure=args.insecure) for m in args.model for b in cluster.keepers]
    return await _moved(args, cluster, jobs)


async def _push(args: Arguments, config: Config, cluster: Cluster, models: Sequence[str]) -> _Told:
    folders = (config.models.folder,) if config.models.folder else host_folders()
    jobs = []
    for model in models:
        name = parse_name(model)
        if (found := held(name, folders)) is None:
            raise UsageError(
                f"this machine has no model {model} in {', '.join(map(str, folders))}",
                f"get it here with: ollama pull {model}; or name another folder in [models] folder",
            )
        jobs += [cluster.models.push(board, name, found[1], found[0]) for board in cluster.keepers]
    return await _moved(args, cluster, jobs)


async def _moved(args: Arguments, cluster: Cluster, jobs: list[Coroutine[Any, Any, Transfer]]) -> _Told:
    telling = asyncio.create_task(_tell(cluster)) if not args.quiet else None
    try:
        ended = await asyncio.gather(*jobs)
    finally:
        if telling is not None:
            telling.cancel()
    return [_transfer(each, cluster.states[each.board]) for each in ended], _MOVED


async def _tell(cluster: Cluster) -> None:
    """A line of each transfer every few seconds, and at its end."""
    told: set[tuple[str, str]] = set()
    last, loop = 0.0, asyncio.get_running_loop()
    while True:
        now = loop.time()
        for key, each in tuple(cluster.models.transfers.items()):
            if (each.stage == "ended" and key not in told) or (each.stage != "ended" and now - last > TOLD_EVERY_S):
                print(spoken(each, now), file=sys.stderr, flush=True)
            if each.stage == "ended":
                told.add(key)
        last = now if now - last > TOLD_EVERY_S else last
        await asyncio.sleep(0.2)


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
    rate, size = each.rate(now), each.size_bytes
    size = each.total_bytes if each.total_bytes else size
    return {
        "board": each.board,
        "model": each.model,
        "kind": each.kind,
        "outcome": each.ending,
        "reason": each.reason,
        "size_bytes": int(size) if known(size) else None,
        "completed_bytes": each.completed_bytes,
        "fetched_bytes": each.fetched_bytes,
        "took_s": round(each.ended - each.began, 3) if each.ended is not None and each.began is not None else None,
        "rate_bytes_per_s": rate if known(rate) else None,
        "digest": each.digest or None,
        "layers": [{"digest": layer.digest, "total_bytes": layer.total_bytes,
                    "completed_bytes": layer.completed_bytes} for layer in each.layers],
        "simulated": state.identity is not None and state.identity.simulated,
        "na": {"rate_bytes_per_s": rate.reason} if isinstance(rate, NA) else {},
    }  # fmt: skip


async def _remove(args: Arguments, config: Config, cluster: Cluster, models: Sequence[str]) -> _Told:
    return await _each(cluster, models, cluster.models.remove)


async def _unload(args: Arguments, config: Config, cluster: Cluster, models: Sequence[str]) -> _Told:
    async def one(board: str, model: str) -> None:
        keeper = cluster.keepers[board]
        if keeper.link is None:
            raise LinkError(keeper.state.reason, keeper.state.remedy)
        await unload(keeper.link, keeper.board.ollama_port, model)

    return await _each(cluster, models, one)


async def _each(cluster: Cluster, models: Sequence[str], act: Any) -> _Told:  # noqa: ANN401 - coroutine function
    async def one(board: str, model: str) -> dict[str, Any]:
        try:
            await act(board, model)
        except EdgetuiError as error:
            outcome = "lost-link" if isinstance(error, LinkError) else "error"
            return {"board": board, "model": model, "outcome": outcome, "reason": error.sentence}
        return {"board": board, "model": model, "outcome": "ok", "reason": ""}

    return list(await asyncio.gather(*(one(b, m) for m in models for b in cluster.keepers))), _DONE


async def _fit(args: Arguments, config: Config, cluster: Cluster, models: Sequence[str]) -> _Told:
    rows = []
    await asyncio.gather(*(keeper.fresh_sample(3.0) for keeper in cluster.keepers.values()))
    for model in models:
        found = await fit(cluster.keepers, model, args.num_ctx or config.run.num_ctx)
        for board, each in found.items():
            told = not isinstance(each, NA)
            verdict = each.verdict if not isinstance(each, NA) else None
            rows.append(
                {
                    "board": board,
                    "model": model,
                    "verdict": verdict,
                    "sum": str(each) if told else None,
                    "na": {} if verdict else {"verdict": str(each), "sum": str(each)},
                }
            )
    return rows, _FIT


_verbs = {"list": _list, "pull": _pull, "push": _push, "rm": _remove, "fit": _fit, "unload": _unload}
