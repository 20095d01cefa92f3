"""``task.toml`` and the pictures beside it to a Task, or to a complaint that names file, line, key and remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from edgetui.config import Name, Section
from edgetui.config.checks import validated
from edgetui.config.toml import TomlFile, read_toml
from edgetui.errors import TaskError
from edgetui.tasks.script import ScriptTable, script_of
from edgetui.tasks.task import Item, Task

Text = Annotated[str, Field(min_length=1)]
Pixel = Annotated[int, Field(ge=0)]


class ItemTable(Section):
    """One ``[[item]]``."""

    name: Name
    image: str = ""
    sha256: str = ""
    prompt: str = ""
    canary: bool = False
    truth: dict[str, Any] | None = None


class TaskTable(Section):
    """The whole of ``task.toml``."""

    kind: Literal[
        "vqa",
        "ocr",
        "caption",
        "grounding",
        "counting",
        "tagging",
        "short",
        "numeric",
        "json",
        "language",
        "script",
    ]
    title: Text
    prompt: str = ""
    runner: Text = "ollama"
    num_ctx: Annotated[int, Field(ge=256)] | None = None
    num_predict: Annotated[int, Field(ge=1)] | None = None
    metric: str = ""
    item: tuple[ItemTable, ...] = ()
    script: ScriptTable | None = None


class Count(Section):
    """Truth of ``counting``."""

    count: Annotated[int, Field(ge=0)]
    of: tuple[Text, ...] = ()
    """What is counted, in the singular: ``2 lanes and 5 potholes``. Where it is empty ``how many …`` tells."""


class Facts(Section):
    """Truth of ``vqa``."""

    facts: Annotated[tuple[Annotated[tuple[Text, ...], Field(min_length=1)], ...], Field(min_length=1)]
    """An answer must hold one synonym of each group; ``trip*`` stands for every word that begins so."""
    forbidden: tuple[Text, ...] = ()
    """What is not in the picture, though models like to say it."""


class Caption(Facts):
    """Truth of ``caption``."""

    max_words: Annotated[int, Field(ge=1)] | None = None


class Transcript(Section):
    """Truth of ``ocr``."""

    text: Text
    fields: tuple[Text, ...] = ()
    """What must be read without any error: a serial number, a telephone number."""


class Box(Section):
    """Truth of ``grounding``."""

    label: Text
    box: tuple[Pixel, Pixel, Pixel, Pixel]
    """x1, y1, x2, y2 in px of the picture, the last two exclusive."""
    size: tuple[Pixel, Pixel]
    """Width and height of the picture in px: what a family's numbers mean depends on it."""


class Tags(Section):
    """Truth of ``tagging``."""

    tags: Annotated[tuple[Text | tuple[Text, ...], ...], Field(min_length=1)]
    """Each a word, or synonyms of which any will do."""


class Words(Section):
    """Truth of ``short``: a question that one or two words answer."""

    answers: Annotated[tuple[Text, ...], Field(min_length=1)]
    others: tuple[Text, ...] = ()
    """What else could be answered: an answer that names two is none."""


class Number(Section):
    """Truth of ``numeric``."""

    number: int | float
    tolerance_percent: Annotated[float, Field(ge=0)] = 5.0


class Fields(Section):
    """Truth of ``json``."""

    fields: dict[str, Any] = Field(default_factory=dict)
    """What the object must hold; case does not count."""


class Language(Section):
    """Truth of ``language``."""

    language: Text
    """ISO 639-1: ``en``, ``zh``."""


_TRUTHS: dict[str, type[Section]] = {
    "counting": Count,
    "vqa": Facts,
    "caption": Caption,
    "ocr": Transcript,
    "grounding": Box,
    "tagging": Tags,
    "short": Words,
    "numeric": Number,
    "json": Fields,
    "language": Language,
}


def read_task(folder: Path) -> Task:
    """The task of one folder; its pictures must be there but are not read yet. Raises TaskError."""
    source = read_toml(folder / "task.toml", TaskError)
    table = validated(TaskTable, source, source.data)
    if table.kind == "script":
        _only_script(source, table)
    else:
        for key in ("prompt", "metric", "item"):
            if not getattr(table, key):
                raise source.problem(
                    (key,), "is missing or empty", f'add {key}, or make it a script: kind = "script"'
                )
    items = tuple(_item(source, table, index) for index in range(len(table.item)))
    pictures = [(item.name, item.image) for item in table.item]
    return Task(
        name=folder.name,
        title=table.title,
        kind=table.kind,
        prompt=table.prompt,
        runner=table.runner,
        num_ctx=table.num_ctx,
        num_predict=table.num_predict,
        metric=table.metric,
        items=items or (Item(name="all", image=None, sha256="", truth={}),),
        folder=folder,
        script=None if table.script is None else script_of(source, table.script, pictures),
    )


def _only_script(source: TomlFile, table: TaskTable) -> None:
    if table.script is None:
        raise source.problem(("kind",), "has no [script] part", "add one, or name another kind")
    if table.runner != "script":
        raise source.problem(("runner",), f"{table.runner!r} has no prompt to ask", 'put runner = "script"')


def _item(source: TomlFile, table: TaskTable, index: int) -> Item:
    item = table.item[index]
    if item.name in {earlier.name for earlier in table.item[:index]}:
        raise source.problem(("item", index, "name"), f"{item.name!r} stands twice", "rename one")
    place = ("item", index, "truth")
    truth: dict[str, Any] = {}
    if table.kind != "script":
        if item.truth is None:
            raise source.problem(place, "is missing", "write down what is true of it")
        truth = validated(_TRUTHS[table.kind], source, item.truth, place).model_dump(mode="json")
    return Item(
        name=item.name,
        image=_image(source, item, index),
        sha256=item.sha256,
        truth=truth,
        prompt=item.prompt,
        canary=item.canary,
    )


def _image(source: TomlFile, item: ItemTable, index: int) -> Path | None:
    if not item.image:
        return None
    folder = source.path.parent
    path = folder / item.image
    place = ("item", index, "image")
    try:
        within, there = path.resolve().is_relative_to(folder.resolve()), path.is_file()
    except (OSError, RuntimeError, ValueError):  # too long, a link to itself, a NUL
        within, there = True, False
    if not within:
        raise source.problem(place, f"{item.image!r} leaves the task's folder", "copy the picture into the folder")
    if not there:
        raise source.problem(place, f"there is no file {item.image!r}", "put it there, or mend the name")
    return path
