"""From the Store to the evidence of a report."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from functools import lru_cache
from pathlib import Path
from typing import Any

import edgetui
from edgetui.config import Config
from edgetui.errors import TaskError, UsageError
from edgetui.model import RunRecord
from edgetui.model.run import OUR_WORDS
from edgetui.model.sample import rfc3339
from edgetui.report.evidence import Evidence
from edgetui.store import Store
from edgetui.tasks import Task, load_tasks

_PACKAGE = Path(edgetui.__file__).parent
_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,62}")


async def gather(
    store: Store,
    config: Config,
    records: Sequence[RunRecord],
    spared: Set[str] = frozenset(),
    reference: str = "",
    *,
    now: float,
    hide: Callable[[str], str] = str,
) -> Evidence:
    """All that these runs left. ``now``: Unix s. ``hide`` takes addresses out of what we say of a reply.

    Raises StoreError, UsageError where there is no reply.
    """
    hide = lru_cache(4096)(hide)  # the same few reasons thousands of times
    replies: list[dict[str, Any]] = []
    samples: list[dict[str, Any]] = []
    setups: list[dict[str, Any]] = []
    for record in records:
        setups += [{"run": record.id, **_hidden(setup, hide)} for setup in await store.setups(record.id)]
        for reply in sorted(await store.replies(record.id), key=_in_order(record)):
            readings = reply.pop("samples")
            replies.append({"run": record.id, **_told(reply, hide)})
            head = {"board": reply["board"], "reply": len(replies)}
            samples += [{**head, **reading} for reading in readings]
    if not replies:
        raise UsageError("there is no reply in it", "see: edgetui results list")
    names = dict.fromkeys(name for record in records for name in record.boards)
    boards = [b for b in config.board if b.name in names]
    return Evidence(
        settings={
            "reference": reference or next((b.name for b in boards if b.reference), next(iter(names))),
            "spared": sorted(spared),
            "made_at": rfc3339(now),
            "edgetui_version": edgetui.__version__,
        },
        runs=[{**record.to_json(), "plan": _portable(record.plan)} for record in records],
        boards=[
            {name: getattr(board, name) for name in ("name", "cooling", "ambient_c", "reference")}
            | {"tags": list(board.tags)}
            for board in boards
        ],
        setups=setups,
        replies=replies,
        samples=samples,
        tasks=_tasks(replies),
        pictures=await store.pictures({r["image_sha256"] for r in replies if r["image_sha256"]}),
        protocol=_protocol(),
    )


def _hidden(said: Mapping[str, Any], hide: Callable[[str], str]) -> dict[str, Any]:
    return {**said, "na": {name: hide(reason) for name, reason in said["na"].items()}}


def _told(reply: Mapping[str, Any], hide: Callable[[str], str]) -> dict[str, Any]:
    """The reply with our own words about it through ``hide``, and those of its phases, metrics and figures."""
    words = {name: hide(reply[name]) for name in OUR_WORDS}
    groups = {name: _hidden(reply[name], hide) for name in ("phases", "metrics", "figures")}
    return {**_hidden(reply, hide), **words, **groups}


def _portable(plan: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Without where a script's files lie on this machine."""
    if plan is None:
        return None
    orders = [{**order, "script": _filed(order.get("script"))} for order in plan["orders"]]
    return {**plan, "orders": orders}


def _filed(script: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if script is None else {**script, "files": [path for path, _ in script["files"]]}


def _in_order(record: RunRecord) -> Callable[[Mapping[str, Any]], tuple[int, ...]]:
    """As the run was planned, not as boards came to their ends."""
    orders = [
        {name: place for place, name in enumerate(names)} for names in (record.tasks, record.models, record.boards)
    ]

    def place(reply: Mapping[str, Any]) -> tuple[int, ...]:
        asked = zip(orders, (reply["task"], reply["model"], reply["board"]), strict=True)
        return *(order.get(name, len(order)) for order, name in asked), reply["repeat"]

    return place


def _tasks(replies: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """``task.toml`` of those that are still there under their name."""
    known: Mapping[str, Task] = load_tasks()
    found = {}
    for name in dict.fromkeys(reply["task"] for reply in replies):
        if name in known and _NAME.fullmatch(name):
            try:
                found[name] = Path(known[name].folder, "task.toml").read_text(encoding="utf-8")
            except OSError as error:
                raise TaskError(f"{known[name].folder}: {error.strerror}") from error
    return found


def _protocol() -> str:
    shipped = _PACKAGE / "_shipped" / "protocol.md"
    return (shipped if shipped.is_file() else _PACKAGE.parent / "docs" / "protocol.md").read_text(encoding="utf-8")
