"""From what the launcher shows to an Order."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from edgetui.cluster.live import Order
from edgetui.config import Config
from edgetui.model import Options, State, hostile
from edgetui.tasks import Task, read_picture


def installed(states: Mapping[str, State], boards: Iterable[str]) -> Counter[str]:
    """Model name (clean) to the number of ``boards`` that have it, in the order of the boards' own lists."""
    count: Counter[str] = Counter()
    for board in boards:
        info = states[board].ollama
        if info is not None:
            count.update(list(dict.fromkeys(hostile.one_line(model.name) for model in info.installed)))
    return count


def suggested(count: Counter[str], last: str) -> str:
    """The last model where a board has it or nothing is known, else the one that most boards have."""
    if last and (last in count or not count):
        return last
    return count.most_common(1)[0][0] if count else ""


def load_items(task: Task, own_picture: str, all_items: bool) -> tuple[tuple[str, bytes, str], ...]:
    """(name, picture, sha256) of each item; the own picture instead of the task's where given. Raises TaskError."""
    if own_picture:
        path = Path(own_picture).expanduser()
        data = read_picture(path)
        return ((path.stem, data, hashlib.sha256(data).hexdigest()),)
    return tuple((item.name, item.load(), item.sha256) for item in task.choose("all" if all_items else "first"))


def make_order(
    config: Config,
    task: Task,
    items: tuple[tuple[str, bytes, str], ...],
    *,
    model: str,
    boards: tuple[str, ...],
    repeats: int,
    prompt: str,
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
        prompt=prompt,
        items=items,
        models=(model,),
        boards=boards,
        repeats=repeats,
        options=options,
        timeout_s=run.timeout_s,
    )
