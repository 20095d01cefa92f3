"""JSON that parses, and says what it should."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from typing import Any

from edgetui.model.score import Score
from edgetui.scoring.metric import Answer, Metric

RULE = "it parses as it stands or within one code fence, and every field has its value"
GOOD = ("strict", "fenced")
"""Levels that pass. ``embedded`` in talk, or ``repaired`` (a trailing comma, single quotes), is told and fails."""
_FENCE = re.compile(r"\A```\w*\s*\n(.*?)\n?\s*```\Z", re.DOTALL)
_TRAILING = re.compile(r",(\s*[}\]])")


def judge(answer: Answer, truth: Mapping[str, Any]) -> Score:
    """The value is the part of the fields that are right, at whatever level it parses."""
    fields: Mapping[str, Any] = truth.get("fields", {})
    level, said = parse(answer.text.strip())
    told = ", ".join(f"{name} = {value}" for name, value in fields.items()) or "any JSON"
    if level == "none":
        return Score(
            value=0.0, passed=False, rule=RULE, truth=told, details=(("level", level),), marks=("no-json",)
        )
    given = said if isinstance(said, dict) else {}
    wrong = tuple(name for name, value in fields.items() if name not in given or not _same(given[name], value))
    return Score(
        value=1 - len(wrong) / len(fields) if fields else 1.0,
        passed=level in GOOD and not wrong,
        rule=RULE,
        truth=told,
        details=(("level", level), ("wrong", wrong)),
        marks=() if level in GOOD else (f"json-{level}",),
    )


METRIC = Metric(name="json", version=3, needs=(), judge=judge)


def parse(text: str) -> tuple[str, Any]:
    """How it parses, ``none`` where it does not, and what it says."""
    fenced = _FENCE.match(text)
    body = fenced[1] if fenced else text
    try:
        return ("fenced" if fenced else "strict"), json.loads(body, parse_constant=_no_json)
    except (ValueError, RecursionError):
        pass
    begin = min((at for at in (body.find("{"), body.find("[")) if at >= 0), default=-1)
    if begin < 0:
        return "none", None
    try:
        return "embedded", json.JSONDecoder().raw_decode(body, begin)[0]
    except (ValueError, RecursionError):
        return _repaired(body[begin : max(body.rfind("}"), body.rfind("]")) + 1])


def _no_json(constant: str) -> None:
    """Python reads NaN and Infinity, nobody else does (RFC 8259, 6)."""
    raise ValueError(constant)


def _repaired(text: str) -> tuple[str, Any]:
    mended = _TRAILING.sub(r"\1", text)
    for read in (json.loads, ast.literal_eval):
        try:
            return "repaired", read(mended)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return "none", None


def _same(said: object, wanted: object) -> bool:
    """1.0 is 1; words by their letters."""
    if type(said) in (int, float) and type(wanted) in (int, float):
        return said == wanted
    return str(said).strip().casefold() == str(wanted).strip().casefold()
