"""Which results a person wants to see, and in which order. Pure.

``pi5 "no potholes" model:qwen e2e:>10 -marks:throttled``: words, what a field has in it, numbers; a dash excludes.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Final, TypeAlias

from edgetui.model.own_time import own
from edgetui.store.results import Result

Test: TypeAlias = Callable[[Result], bool]


def _in_own_time(name: str) -> Callable[[Result], float | None]:
    return lambda result: own(name, getattr(result, name), result.sim_speed)


FIELDS: Final[dict[str, Callable[[Result], Any]]] = {
    "when": operator.attrgetter("finished_at"),
    "board": operator.attrgetter("board"),
    "task": operator.attrgetter("task"),
    "item": operator.attrgetter("item"),
    "model": operator.attrgetter("model"),
    "n": operator.attrgetter("repeat"),
    "mode": operator.attrgetter("mode"),
    "outcome": operator.attrgetter("outcome"),
    "e2e": _in_own_time("e2e_s"),
    "ttft": _in_own_time("ttft_s"),
    "t100": _in_own_time("t100_s"),
    "tok/s": _in_own_time("tok_per_s"),
    "score": operator.attrgetter("value"),
    "marks": lambda result: " ".join(result.marks),
    "run": operator.attrgetter("run"),
    "answer": lambda result: result.text or result.reason,
}
"""What can be asked for and sorted by, as it is written before the colon; times are the boards' own."""
_VERDICTS: Final = {"right": True, "wrong": False}
_RELATIONS: Final[dict[str, Callable[[float, float], bool]]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
_TERM = re.compile(r'(-?)(?:([a-z0-9/]+):)?(?:"([^"]*)"?|(\S*))')
_NUMBER = re.compile(r"(>=|<=|>|<)(-?\d+(?:\.\d+)?)")


def sift(results: Iterable[Result], query: str) -> list[Result]:
    """Those that pass every term of ``query``, in their order; ASCII case aside, quotes keep blanks together."""
    tests = [test for match in _TERM.finditer(query.lower()) if (test := _test(match))]
    found = list(results)
    for test in tests:  # a term after the other: the next one looks at what is left only
        found = [result for result in found if test(result)]
    return found


def _test(match: re.Match[str]) -> Test | None:
    """None where nothing was written yet."""
    minus, name, quoted, bare = match.groups()
    wanted = quoted if quoted is not None else bare
    if name and name not in FIELDS:
        name, wanted = None, f"{name}:{wanted}"
    if not wanted:
        return None
    test = _field(name, wanted) if name else partial(_says, wanted)
    return (lambda result: not test(result)) if minus else test


def _field(name: str, wanted: str) -> Test:
    of = FIELDS[name]
    if (number := _NUMBER.fullmatch(wanted)) is not None:
        return partial(_related, of, _RELATIONS[number[1]], float(number[2]))
    if name == "score" and wanted in _VERDICTS:
        return lambda result: result.passed is _VERDICTS[wanted]
    if name == "score" and wanted == "person":
        return lambda result: result.person
    return lambda result: wanted in str(of(result)).lower()


def _says(word: str, result: Result) -> bool:
    return word in result.hay


def _related(
    of: Callable[[Result], Any], relation: Callable[[float, float], bool], limit: float, one: Result
) -> bool:
    value = of(one)
    return isinstance(value, int | float) and relation(value, limit)


def ordered(results: Sequence[Result], field: str, *, down: bool) -> list[Result]:
    """By one of ``FIELDS``; what has no value comes last either way, equal ones stay in their order."""
    of = FIELDS[field]
    values = [value.lower() if isinstance(value := of(result), str) else value for result in results]
    there = [at for at, value in enumerate(values) if value not in (None, "")]
    there.sort(key=values.__getitem__, reverse=down)
    return [
        *(results[at] for at in there),
        *(result for result, value in zip(results, values, strict=True) if value in (None, "")),
    ]
