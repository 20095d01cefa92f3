"""Data of a TOML file to one of our tables, or to a complaint that names file, line, key and remedy."""

from __future__ import annotations

import json
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from edgetui.config.toml import Place, TomlFile
from edgetui.errors import UsageError, did_you_mean
from edgetui.model.hostile import one_line

M = TypeVar("M", bound=BaseModel)

_REMEDIES = {
    "string_pattern_mismatch": "write it as the pattern says",
    "missing": "add it",
    "tuple_type": "write it as a list: [[board]] for tables, [ … ] for values",
    "model_type": "write it as a table: [ssh], [[board]]",
}


def validated(model: type[M], source: TomlFile, data: Any, place: Place = ()) -> M:  # noqa: ANN401 - TOML data
    """The table ``model`` of ``data``, which stands at ``place`` of the file. Raises the file's complaint.

    By way of JSON, because that is strict (no "22" for 22) and yet takes lists for tuples and strings for paths.
    """
    text = json.dumps(data, default=str)
    try:
        return model.model_validate_json(text, strict=True, context={"folder": source.path.absolute().parent})
    except ValidationError as error:
        unknown_first = sorted(error.errors(), key=lambda detail: detail["type"] != "extra_forbidden")
        raise _problem(model, source, place, unknown_first[0]) from None  # a mistyped key is also a missing one


def in_words(detail: ErrorDetails) -> str:
    """What pydantic found, as the end of a sentence."""
    if detail["type"] == "missing":
        return "is missing"
    message = detail["msg"].removeprefix("Value error, ")
    given = "" if isinstance(detail["input"], dict) else f", not {one_line(repr(detail['input']), 60)}"
    return f"{message[0].lower()}{message[1:]}{given}"


def _problem(model: type[BaseModel], source: TomlFile, place: Place, detail: ErrorDetails) -> UsageError:
    inner = detail["loc"]
    if detail["type"] == "extra_forbidden":
        known = _table_at(model, inner[:-1]).model_fields
        return source.problem((*place, *inner), "unknown key", did_you_mean(str(inner[-1]), known))
    remedy = _REMEDIES.get(detail["type"], "mend that line")
    return source.problem((*place, *inner), in_words(detail), remedy)


def _table_at(model: type[BaseModel], place: Place) -> type[BaseModel]:
    """The model of the table that stands at ``place`` in ``model``, through lists of tables."""
    for key in place:
        if isinstance(key, str):
            annotation: Any = model.model_fields[key].annotation
            model = (*get_args(annotation), annotation)[0]
    return model
