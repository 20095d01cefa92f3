"""The ``[script]`` part of ``task.toml``: docs/scripts.md says what it means."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import Annotated

from pydantic import Field

from edgetui.config import Section
from edgetui.config.toml import TomlFile
from edgetui.errors import TaskError
from edgetui.model.script import Need, Script

Text = Annotated[str, Field(min_length=1)]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
MOST_VARIANTS = 200
_VALUE = re.compile(r"[^\s,={}]{1,64}")


class NeedTable(Section):
    """One ``[[script.needs]]``."""

    command: Annotated[str, Field(pattern=r"^[\w.+-]*$")] = ""
    package: Annotated[str, Field(pattern=r"^([A-Za-z0-9][\w.-]*(>=\d+(\.\d+)*)?)?$")] = ""
    memory_bytes: Annotated[int, Field(ge=0)] = 0
    install: str = ""


class ScriptTable(Section):
    """``[script]``."""

    files: tuple[Text, ...] = ("**",)
    command: Annotated[tuple[Text, ...], Field(min_length=1)]
    env: dict[Annotated[str, Field(pattern=r"^[A-Za-z_]\w*$")], str] = Field(default_factory=dict)
    timeout_s: Annotated[float, Field(gt=0, le=1e7)] | None = None
    nice: Annotated[int, Field(ge=0, le=19)] = 0
    venv: bool = False
    variants: dict[Key, Annotated[tuple[str | int | float | bool, ...], Field(min_length=1)]] = Field(
        default_factory=dict
    )
    needs: tuple[NeedTable, ...] = ()


def script_of(source: TomlFile, table: ScriptTable, pictures: Iterable[tuple[str, str]]) -> Script:
    """The script of a task folder. ``pictures``: item to path. Raises TaskError."""
    pictures = tuple(pictures)
    for index, need in enumerate(table.needs):
        if sum(map(bool, (need.command, need.package, need.memory_bytes))) != 1:
            place = ("script", "needs", index)
            raise source.problem(place, "names not exactly one of command, package, memory_bytes", "name one")
    if table.venv and not table.command[0].startswith("python"):
        raise source.problem(
            ("script", "venv"), f"{table.command[0]!r} is no Python", 'begin the command with "python3"'
        )
    script = Script(
        files=_files(source, table, [path for _, path in pictures if path]),
        command=table.command,
        env=tuple(table.env.items()),
        variants=_variants(source, table),
        pictures=pictures,
        needs=tuple(Need(**need.model_dump()) for need in table.needs),
        timeout_s=table.timeout_s,
        nice=table.nice,
        venv=table.venv,
    )
    try:
        script.words(script.variants[0][0], "")
    except KeyError as missing:
        places = ", ".join(("item", "image", "model_file", *table.variants))
        where = ("script", "command")
        raise source.problem(
            where, f"nothing fills {{{missing.args[0]}}}", f"known: {places}; {{{{ is a brace"
        ) from None
    return script


def _files(source: TomlFile, table: ScriptTable, pictures: Iterable[str]) -> tuple[tuple[str, str], ...]:
    folder = source.path.parent.resolve()
    found: dict[str, str] = {}
    for index, pattern in enumerate((*table.files, *pictures)):
        place = (
            ("script", "files", min(index, len(table.files) - 1))
            if "files" in table.model_fields_set
            else ("script",)
        )
        try:
            paths = sorted(folder.rglob("*") if pattern == "**" else folder.glob(pattern))
        except (OSError, ValueError, NotImplementedError):
            raise source.problem(
                place, f"{pattern!r} is no pattern below the folder", "leave out ‘/’ before it"
            ) from None
        files = [p for p in paths if p.is_file() and _wanted(p.relative_to(folder))]
        if not files and pattern != "**":
            raise source.problem(place, f"no file matches {pattern!r}", "put it there, or mend the pattern")
        for path in files:
            if not path.resolve().is_relative_to(folder):
                raise source.problem(
                    place, f"{path.name!r} leads out of the task's folder", "copy it into the folder"
                )
            name = path.relative_to(folder).as_posix()
            if any(ord(c) < 32 or 0xD800 <= ord(c) < 0xE000 for c in name):
                raise TaskError(f"{folder}: {name!r} is no file name for a board", "rename it")
            found[name] = str(path)
    return tuple(sorted(found.items()))


def _wanted(path: Path) -> bool:
    return path.as_posix() != "task.toml" and not any(p.startswith(".") or p == "__pycache__" for p in path.parts)


def _variants(source: TomlFile, table: ScriptTable) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    grid: list[list[tuple[str, str]]] = []
    for key, values in table.variants.items():
        place = ("script", "variants", key)
        if key in ("item", "image", "model_file"):
            raise source.problem(place, f"{key!r} is a name of ours", "rename it")
        words = [str(value).lower() if isinstance(value, bool) else str(value) for value in values]
        if bad := [word for word in words if not _VALUE.fullmatch(word)]:
            raise source.problem(
                place, f"{bad[0]!r} is no value", "take a word without blanks, commas, = or braces"
            )
        grid.append([(key, word) for word in dict.fromkeys(words)])
    rows = list(product(*grid))
    if len(rows) > MOST_VARIANTS:
        raise source.problem(("script", "variants"), f"that is {len(rows)} variants", f"at most {MOST_VARIANTS}")
    return tuple((",".join(f"{k}={v}" for k, v in row) or "default", tuple(row)) for row in rows)
