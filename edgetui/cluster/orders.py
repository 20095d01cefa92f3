"""From a task and a person's choices to an Order: the same for the launcher and the command line."""

from __future__ import annotations

import hashlib
from pathlib import Path

from edgetui.cluster.live import Order
from edgetui.config import Config
from edgetui.model import Options
from edgetui.tasks import Task, read_picture


def chosen_items(task: Task, own_picture: str = "", wanted: str = "first") -> tuple[tuple[str, bytes, str], ...]:
    """(name, picture, sha256) of each item: the picture of one's own, else those of ``task.choose(wanted)``.

    Raises TaskError.
    """
    if own_picture:
        path = Path(own_picture).expanduser()
        data = read_picture(path)
        return ((path.stem, data, hashlib.sha256(data).hexdigest()),)
    return tuple((item.name, item.load(), item.sha256) for item in task.choose(wanted))


def make_order(
    config: Config,
    task: Task,
    items: tuple[tuple[str, bytes, str], ...],
    *,
    models: tuple[str, ...],
    boards: tuple[str, ...],
    repeats: int = 1,
    prompt: str = "",
    timeout_s: float | None = None,
) -> Order:
    """The order with all options written out: the task's own where it has some, else those of ``[run]``."""
    run = config.run
    options = Options(
        num_ctx=task.num_ctx or run.num_ctx,
        num_predict=task.num_predict or run.num_predict,
        seed=run.seed,
        keep_alive=run.keep_alive,
    )
    return Order(
        task=task.name,
        kind=task.kind,
        runner=task.runner,
        prompt=prompt or task.prompt,
        items=items,
        models=models,
        boards=boards,
        repeats=repeats,
        options=options,
        timeout_s=timeout_s or run.timeout_s,
    )
