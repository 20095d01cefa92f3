"""From a task and a person's choices to an Order: the same for the launcher and the command line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from edgetui.cluster.live import Order, Question
from edgetui.config import Config
from edgetui.config.section import expanded
from edgetui.errors import TaskError, did_you_mean
from edgetui.model import Options, Protocol
from edgetui.model.protocol import QUICK
from edgetui.model.script import Script
from edgetui.runners.registry import runners
from edgetui.tasks import Item, Task, read_picture

MEASURED_KEEP_ALIVE = "60m"
"""Longer than a board may have to cool down: a model that is unloaded meanwhile is no warm one."""


def chosen_items(task: Task, own_picture: str = "", wanted: str = "first") -> tuple[Question, ...]:
    """The items to ask: one's own picture, of which no truth is known, or those of ``task.choose(wanted)``.

    Raises TaskError.
    """
    if own_picture:
        path = expanded(Path(own_picture))
        picture = read_picture(path)
        return (Question(path.stem, picture.data, picture.sha256, picture=picture.changes),)
    from edgetui.scoring import find_metric

    try:
        if task.metric:
            find_metric(task.metric)
    except TaskError as error:
        raise TaskError(f"{task.folder / 'task.toml'}: {error.message}", error.remedy) from error
    return tuple(_question(item) for item in task.choose(wanted))


def _question(item: Item) -> Question:
    picture = item.load()
    return Question(item.name, picture.data, picture.sha256, item.prompt, item.truth, item.canary, picture.changes)


def make_order(
    config: Config,
    task: Task,
    items: tuple[Question, ...],
    *,
    models: tuple[str, ...],
    boards: tuple[str, ...],
    repeats: int = 1,
    prompt: str = "",
    timeout_s: float | None = None,
    protocol: Protocol = QUICK,
    runner: str = "",
    model_file: str = "",
    detach: bool = False,
) -> Order:
    """The order with all options written out: the task's own where it has some, else those of ``[run]``.

    ``runner``: another than the task's own. For a script ``models`` are names of variants, none stands for all.
    Whoever asks something else than the task does gets no score, for the truth may be no answer to that.

    Raises TaskError.
    """
    runner, script, run = runner or task.runner, None, config.run
    if runner == "script":
        script, models = _scripted(task, models)
        script = replace(_with_file(script, model_file), detach=detach)
        timeout_s = timeout_s or script.timeout_s
    elif not task.prompt:
        raise TaskError(f"{task.name!r} has no prompt to ask a model", "it is run with: --runner script")
    elif not models:
        raise TaskError("no model is named", "name one: -m qwen2.5vl:3b")
    runners().need("runner", runner)
    options = Options(
        num_ctx=task.num_ctx or run.num_ctx,
        num_predict=task.num_predict or run.num_predict,
        seed=run.seed,
        keep_alive=run.keep_alive if protocol.mode == "quick" else MEASURED_KEEP_ALIVE,
    )
    if prompt and prompt != task.prompt:
        items = tuple(item._replace(prompt="", truth=None) for item in items)
    return Order(
        task=task.name,
        kind=task.kind,
        runner=runner,
        prompt=prompt or task.prompt,
        metric=task.metric,
        items=items,
        models=models,
        boards=boards,
        repeats=repeats,
        options=options,
        timeout_s=timeout_s or run.timeout_s,
        protocol=protocol,
        script=script,
    )


def _scripted(task: Task, variants: tuple[str, ...]) -> tuple[Script, tuple[str, ...]]:
    """The script, and those of its variants that are wanted."""
    if task.script is None:
        raise TaskError(f"{task.name!r} has no [script] part", "it asks models: name one with -m")
    known = [name for name, _ in task.script.variants]
    for name in variants:
        if name not in known:
            raise TaskError(f"{task.name!r} has no variant {name!r}", did_you_mean(name, known))
    return task.script, variants or tuple(known)


def _with_file(script: Script, file: str) -> Script:
    """With a file of the user's own, as ``{model_file}``."""
    if not file:
        return script
    path = expanded(Path(file)).absolute()
    if not path.is_file():
        raise TaskError(f"{path}: there is no such file", "check the path")
    place = f"model-file/{path.name}"
    return replace(script, files=(*script.files, (place, str(path))), model_file=place)
