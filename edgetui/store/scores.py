"""Between the ``score`` of a reply's document and its rows: the automatic one, and the person's beside it. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from edgetui.model.reading import NA, na
from edgetui.model.sample import rfc3339
from edgetui.model.score import Overruling, Score, details_of
from edgetui.store.rows import Row, document, plain, unix

_JSON: Final = frozenset({"span", "details", "marks", "na"})
_UNSCORED: Final = {"metric": "", "version": 0, "span": None, "truth": "", "details": {}, "marks": [], "na": {}}


def automatic_row(said: Mapping[str, Any]) -> Row:
    """Row of ``scores``, without the reply's id, of what ``Score.to_json`` gave."""
    return _packed({"source": "automatic", **said, "scored_at": None})


def person_row(said: Overruling) -> Row:
    """The same of a person's verdict."""
    told = {"source": "person", "value": said.value, "passed": said.passed, "rule": said.why}
    return _packed({**_UNSCORED, **told, "scored_at": rfc3339(said.at)})


def score_json(rows: Iterable[Mapping[str, Any]], unscored: str) -> dict[str, Any] | None:
    """The document again, out of the rows of one reply; ``unscored``: why no rule could judge it."""
    by = {row["source"]: _unpacked(row) for row in rows}
    if not by:
        return None
    bare = {**_UNSCORED, "value": None, "passed": None, "rule": "", "na": {"value": unscored}}
    said = {**bare, **by.get("automatic", {})}
    person = by.get("person")
    if person is not None:
        person = {
            "value": person["value"],
            "passed": person["passed"],
            "why": person["rule"],
            "at": person["scored_at"],
        }
    return {**{name: said[name] for name in bare}, "overruled": person}


def score_value(said: Mapping[str, Any] | None, reason: str) -> Score | NA:
    """The Score of a document; ``reason``: why there is none."""
    if said is None:
        return na(reason)
    person = said["overruled"]
    return Score(
        **{name: said[name] for name in ("metric", "version", "passed", "rule", "truth")},
        value=na(said["na"].get("value", "")) if said["value"] is None else said["value"],
        span=None if said["span"] is None else (said["span"][0], said["span"][1]),
        details=details_of(said["details"]),
        marks=tuple(said["marks"]),
        overruled=None if person is None else Overruling(**{**person, "at": unix(person["at"])}),
    )


def _packed(said: Mapping[str, Any]) -> Row:
    return {
        name: document(v) if name in _JSON and v is not None else plain(v)
        for name, v in said.items()
        if name != "overruled"
    }


def _unpacked(row: Mapping[str, Any]) -> dict[str, Any]:
    said = {name: json.loads(v) if name in _JSON and v is not None else v for name, v in dict(row).items()}
    return {**said, "passed": None if said["passed"] is None else bool(said["passed"])}
