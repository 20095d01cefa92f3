"""docs/configuration.md says what the schema says: every key, its default, every rule; its examples load."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest

from edgetui.cluster.alerts import DEFAULTS
from edgetui.cluster.symptoms import threshold
from edgetui.config import AlertMetric, load
from edgetui.config.json_schema import json_schema

TEXT = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text()
SECTIONS = dict(re.findall(r"^## `\[+(\w+)\]+`\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL))
EXAMPLES = re.findall(r"^```toml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


def rows(text: str, head: str) -> list[list[str]]:
    """Cells of the table whose first column is called so."""
    table = re.search(rf"^\| {head} \|.*\n\| --- .*\n((?:\|.*\n)*)", text, re.MULTILINE)
    assert table, head
    return [[cell.strip() for cell in row.strip("|\n").split(" | ")] for row in table[1].splitlines()]


def table_of(name: str) -> dict[str, Any]:
    """Properties of a section in the schema."""
    schema = json_schema()
    field = schema["properties"][name]
    place = field.get("$ref") or field["items"]["$ref"]
    found: dict[str, Any] = schema["$defs"][place.rsplit("/", 1)[-1]]["properties"]
    return found


def default(field: dict[str, Any]) -> str:
    """As the table writes it."""
    if "default" not in field:
        return "`{}`" if field.get("type") == "object" else "required"
    return "–" if field["default"] is None else f"`{json.dumps(field['default'])}`"


def test_every_section_is_there() -> None:
    assert SECTIONS.keys() == json_schema()["properties"].keys()


@pytest.mark.parametrize("name", json_schema()["properties"])
def test_every_key_with_its_default(name: str) -> None:
    told = {cells[0].strip("`"): cells[1] for cells in rows(SECTIONS[name], "key")}
    assert told == {key: default(field) for key, field in table_of(name).items()}


@pytest.mark.parametrize("name", json_schema()["properties"])
def test_every_integer_has_bounds_and_they_are_told(name: str) -> None:
    told = {cells[0].strip("`"): cells[-1] for cells in rows(SECTIONS[name], "key")}
    for key, field in table_of(name).items():
        for kind in (field, *field.get("anyOf", ())):
            if kind.get("type") == "integer":
                assert f"{kind['minimum']} to {kind['maximum']}" in told[key], key


def test_every_metric() -> None:
    told = [name for cells in rows(SECTIONS["alert"], "metric") for name in re.findall(r"`(\w+)`", cells[0])]
    assert told == list(get_args(AlertMetric))


def test_every_default_rule() -> None:
    told = [(cells[0].strip("`"), cells[1].strip("`"), cells[2]) for cells in rows(TEXT, "default rule")]
    assert told == [
        (rule.title, rule.metric, threshold(rule) or (f"for {rule.for_s:g} s" if rule.for_s else "at once"))
        for rule in DEFAULTS
    ]


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_loads(example: str, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(example)
    config = load(file, {})
    assert [name for name in tomllib.loads(example) if not getattr(config, name)] == []
