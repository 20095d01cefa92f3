"""What was launched last, kept over sessions. Losing it costs a few key presses, so nothing here ever fails."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias, cast, get_args

from platformdirs import user_state_path

from edgetui.model import Mode, Reply

Scope: TypeAlias = Literal["marked", "cursor", "all"]


@dataclass(frozen=True, slots=True)
class LastChoice:
    """Empty strings: none yet."""

    task: str = ""
    model: str = ""
    """Several with commas between."""
    scope: Scope = "all"
    """Which boards; ``marked`` only counts while some are."""
    repeats: int = 1
    all_items: bool = False
    mode: Mode = "quick"


def _path() -> Path:
    return user_state_path("edgetui") / "launcher.json"


def read() -> LastChoice:
    """The last choice; what is missing or garbage in the file counts as not chosen."""
    try:
        data = json.loads(_path().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return LastChoice()
    if not isinstance(data, dict):
        return LastChoice()
    task, model, scope, repeats, mode = (data.get(name) for name in ("task", "model", "scope", "repeats", "mode"))
    return LastChoice(
        task=task if isinstance(task, str) else "",
        model=model if isinstance(model, str) else "",
        scope=cast(Scope, scope) if scope in get_args(Scope) else "all",
        repeats=repeats if isinstance(repeats, int) and 1 <= repeats <= 1000 else 1,
        all_items=data.get("all_items") is True,
        mode=cast(Mode, mode) if mode in get_args(Mode) else "quick",
    )


def write(choice: LastChoice) -> None:
    """Keep it; a disk that cannot be written only forgets."""
    path = _path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(choice)), encoding="utf-8")
    except OSError:
        return


def forget_unable(replies: Collection[Reply]) -> None:
    """Offer a task no more as the next choice where none of the boards that were asked could run it."""
    tasks = {reply.request.task for reply in replies}
    able = {reply.request.task for reply in replies if not _unable(reply)}
    if (last := read()).task in tasks - able:
        write(replace(last, task=""))


def _unable(reply: Reply) -> bool:
    """A model that is not installed is no reason against the task."""
    return reply.outcome == "unsupported" or (reply.outcome == "not-installed" and reply.request.runner == "script")
