"""The JSON schema of config.toml, described by the docstrings under its fields."""

from __future__ import annotations

import ast
import inspect
from itertools import pairwise
from typing import Any

from edgetui.config import alerts, schema


def json_schema() -> dict[str, Any]:
    """For editors. (Pydantic would read the docstrings itself, but at every start of the program.)"""
    document = schema.Config.model_json_schema()
    docstrings = _docstrings()
    for name, table in (("Config", document), *document["$defs"].items()):
        for key, field in table.get("properties", {}).items():
            if text := docstrings.get((name, key)):
                field["description"] = text
    return document


def _docstrings() -> dict[tuple[str, str], str]:
    """(Class, field) to what stands under it."""
    found: dict[tuple[str, str], str] = {}
    for table in ast.parse(inspect.getsource(schema) + inspect.getsource(alerts)).body:
        if not isinstance(table, ast.ClassDef):
            continue
        for field, below in pairwise(table.body):
            match field, below:
                case ast.AnnAssign(target=ast.Name(key)), ast.Expr(ast.Constant(str(text))):
                    found[table.name, key] = inspect.cleandoc(text)
    return found
