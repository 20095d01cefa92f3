"""``edgetui tasks list|show|check|quantise|clean``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgetui.cli import clean, quantise
from edgetui.cli.arguments import Arguments, Verbs
from edgetui.cli.output import add_formats, emit_json, emit_rows
from edgetui.errors import TaskError, did_you_mean

if TYPE_CHECKING:
    from edgetui.tasks import Task


def register(verbs: Verbs) -> None:
    """Add ``tasks`` to the command line."""
    parser = verbs.add_parser("tasks", help="what can be asked: list, show, check and make task folders")
    actions = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    every = actions.add_parser("list", help="print every task, your own first")
    add_formats(every, "json", "jsonl", "csv", "markdown")
    every.set_defaults(func=_list)
    show = actions.add_parser("show", help="print one task with its items")
    show.add_argument("name", metavar="NAME")
    add_formats(show, "json")
    show.set_defaults(func=_show)
    check = actions.add_parser("check", help="read every picture and verify it; exit 2 where a task cannot be used")
    check.add_argument("task", nargs="?", metavar="NAME|PATH", help="a task or a task folder (default: all)")
    add_formats(check, "json", "jsonl", "csv", "markdown")
    check.set_defaults(func=_check)
    quantise.register(actions)
    clean.register(actions)


def _list(args: Arguments) -> int:
    from edgetui.tasks import load_tasks

    columns = {"name": "task", "kind": "kind", "items": "items", "title": "title"}
    rows = [_document(task) for task in load_tasks().values()]
    if args.format in ("json", "jsonl"):
        emit_rows(rows, columns, args, "tasks")
    else:
        emit_rows([{**row, "items": len(row["items"])} for row in rows], columns, args, "tasks")
    return 0


def _document(task: Task) -> dict[str, Any]:
    plain = ("name", "title", "kind", "prompt", "runner", "num_ctx", "num_predict", "metric")
    items = [
        {
            **{key: getattr(i, key) for key in ("name", "sha256", "prompt", "canary", "truth")},
            "image": i.image and str(i.image),
        }
        for i in task.items
    ]
    return {**{key: getattr(task, key) for key in plain}, "folder": str(task.folder), "items": items}


def _show(args: Arguments) -> int:
    from edgetui.model.hostile import one_line
    from edgetui.tasks import find, load_tasks

    document = _document(find(load_tasks(), args.name))
    if args.format == "json":
        emit_json({"task": document})
        return 0
    items = document.pop("items")
    for key, value in document.items():
        print(f"{key:12}{'from the configuration' if value is None else one_line(str(value), 1000)}")
    for item in items:
        told = [item["prompt"], *(f"{key} {value}" for key, value in item["truth"].items())]
        name = f"{item['name']} (canary)" if item["canary"] else item["name"]
        print(f"{'item':12}{one_line(name)}: {one_line('; '.join(filter(None, told)), 2000)}")
    return 0


def _check(args: Arguments) -> int:
    rows = [row for folder in _wanted(args.task) for row in _findings(folder)]
    emit_rows(
        rows, {"task": "task", "item": "item", "ok": "ok", "reason": "reason", "remedy": "remedy"}, args, "tasks"
    )
    return 0 if all(row["ok"] for row in rows) else TaskError.exit_code


def _wanted(task: str | None) -> list[Path]:
    """Folders to check. Raises TaskError for an unknown name."""
    from edgetui.tasks import folders

    known = folders()
    if task is None:
        return list(known.values())
    if task in known:
        return [known[task]]
    if "/" in task or Path(task).is_dir():
        return [Path(task)]
    raise TaskError(f"there is no task {task!r}", did_you_mean(task, known))


def _findings(folder: Path) -> list[dict[str, Any]]:
    """A row for each item, or one for a folder that cannot be read at all."""
    from edgetui.scoring import find_metric
    from edgetui.tasks import read_task

    try:
        task = read_task(folder)
        needs = find_metric(task.metric).needs if task.metric else ()
    except TaskError as error:
        return [_row(folder.name, "", error)]
    rows = []
    for item in task.items:
        try:
            item.load()
            if missing := [key for key in needs if key not in item.truth]:
                words = f"{folder}/task.toml: metric {task.metric!r} needs {', '.join(missing)} in the truth"
                raise TaskError(words, "add it, or choose the metric that fits the kind")
        except TaskError as error:
            rows.append(_row(task.name, item.name, error))
        else:
            rows.append(_row(task.name, item.name, None))
    return rows


def _row(task: str, item: str, error: TaskError | None) -> dict[str, Any]:
    reason, remedy = (error.message, error.remedy) if error else ("", "")
    return {"task": task, "item": item, "ok": error is None, "reason": reason, "remedy": remedy}
