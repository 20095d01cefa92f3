"""``edgetui results shadow``: a new version of a model or a script against the old one, by the user's rules."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgetui.errors import UsageError

if TYPE_CHECKING:
    from edgetui.model import Reply
    from edgetui.store import Store

_COLUMNS = {"rule": "rule", "verdict": "verdict", "sum": "what it stands on"}


def register(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``shadow`` to the verbs of ``results``."""
    from edgetui.cli.output import add_formats

    parser = verbs.add_parser("shadow", help="judge a new version against the old one: promote or reject")
    for name, what in (("a", "the old one"), ("b", "the new one")):
        parser.add_argument(
            name, metavar=name.upper(), help=f"{what}: MODEL or VARIANT, and where not the last run: MODEL@RUN"
        )
    parser.add_argument("--rules", type=Path, required=True, metavar="FILE.toml", help="see docs/deploy.md")
    add_formats(parser, "json", "csv", "markdown")
    parser.set_defaults(func=_shadow)


def _shadow(args: argparse.Namespace) -> int:
    import asyncio

    from edgetui.cli.output import emit_json, emit_rows
    from edgetui.summary.shadow import shadow
    from edgetui.summary.shadow_rules import read_rules

    rules = read_rules(args.rules)
    (a, old), (b, new) = asyncio.run(_sides(args))
    found = shadow(old, new, rules)
    said = {"a": a, "b": b, **found.to_json()}
    if args.format == "json":
        emit_json({"shadow": said})
    else:
        emit_rows([*said["rules"], _verdict(said)], _COLUMNS, args)
    return 0 if found.verdict == "promote" else 1


def _verdict(said: dict[str, Any]) -> dict[str, Any]:
    """The last row."""
    out = [f"{count} taken out: {why}" for why, count in said["excluded"].items()]
    speed = [f"simulated ×{said['sim_speed']:g}"] if said["simulated"] else []
    words = [f"{_name(said['b'])} against {_name(said['a'])}", *out, *speed]
    return {"rule": "all", "verdict": said["verdict"], "sum": "; ".join(words)}


def _name(side: dict[str, str]) -> str:
    return f"{side['model']}@{side['run']}"


async def _sides(args: argparse.Namespace) -> list[tuple[dict[str, str], list[Reply]]]:
    from edgetui.cli.named import opened

    async with await opened(args) as store:
        return [await _side(store, name) for name in (args.a, args.b)]


async def _side(store: Store, name: str) -> tuple[dict[str, str], list[Reply]]:
    """Model and run of one side, and its replies. Raises UsageError."""
    from edgetui.cli.named import stored_run
    from edgetui.errors import did_you_mean

    model, _, run = name.rpartition("@") if "@" in name else (name, "", "last")
    record = await stored_run(store, run)
    if model not in record.models:
        raise UsageError(f"the run {record.id} has no {model!r}", did_you_mean(model, record.models))
    stored = await store.stored_replies(record.id)
    return {"model": model, "run": record.id}, [s.reply for s in stored if s.reply.request.model == model]
