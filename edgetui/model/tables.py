"""Rows as text for programs and documents: CSV, JSON, Markdown. What is not there is never 0."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from edgetui.model.hostile import clean, inert, one_line
from edgetui.model.own_time import own

Form: TypeAlias = Literal["csv", "json", "markdown"]
SUFFIX: dict[Form, str] = {"csv": ".csv", "json": ".json", "markdown": ".md"}


_RUN = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one kind."""

    name: str
    """What the list is called in its JSON document."""
    columns: Mapping[str, str]
    """Key to head of what CSV (keys only) and Markdown show; JSON has every key."""
    rows: Sequence[Mapping[str, Any]]
    """A value None is not there; ``row["na"][key]`` may say why."""
    hosts: Collection[str] = ()
    """Keys of figures in host time: people read them in the own time of the row's board, by its ``sim_speed``."""

    def text(self, form: Form) -> str:
        """The whole of it."""
        if form == "json":
            return json.dumps({self.name: list(self.rows)}) + "\n"
        return csv_text(self) if form == "csv" else markdown_text(self)

    @property
    def cells(self) -> list[list[str]]:
        """Heads and rows for people."""
        rows = [[self._shown(row, key) for key in self.columns] for row in self.rows]
        return [list(self.columns.values()), *rows]

    def _shown(self, row: Mapping[str, Any], key: str) -> str:
        value = row.get(key)
        if key in self.hosts:
            value = own(key, value, row["sim_speed"] or 0.0)
        return _cell(value, row.get("na", {}).get(key, ""))


def csv_text(table: Table) -> str:
    """Keys, then a line a row. Text that a spreadsheet would run has an apostrophe before it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows([_field(row.get(key)) for key in table.columns] for row in table.rows)
    return out.getvalue()


def markdown_text(table: Table) -> str:
    """A table that any Markdown renderer takes, and whose words it takes for nothing else."""
    head, *body = [[inert(cell) for cell in line] for line in table.cells]
    return "".join(f"| {' | '.join(line)} |\n" for line in (head, ["---"] * len(head), *body))


def _cell(value: Any, why: str) -> str:  # noqa: ANN401 - JSON values
    if value is None:
        return one_line(f"n/a ({why})" if why else "n/a")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return one_line(", ".join(_cell(part, "") for part in value))
    return one_line(f"{value:.6g}" if isinstance(value, float) else str(value))


def _field(value: Any) -> str:  # noqa: ANN401 - JSON values
    if value is None or isinstance(value, str):
        text = clean(value or "")
        # a spreadsheet would run it; OWASP, "CSV Injection"
        return f"'{text}" if text.startswith(_RUN) and not _NUMBER.fullmatch(text) else text
    return clean(json.dumps(value, ensure_ascii=False))
