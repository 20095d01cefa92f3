"""What a recording tells is somebody else's: whatever in it is no value of ours ends in a sentence."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, get_args

from edgetui.errors import StoreError
from edgetui.model import NA, HistoryPoint, Outcome, Reply, Sample
from edgetui.model.score import Score

T = TypeVar("T")

_KINDS: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "float": (int, float),
    "int": (int,),
    "Reading": (int, float, NA),
    "str | NA": (str, NA),
    "int | None": (int, type(None)),
    "float | None": (int, float, type(None)),
}
"""What a field may hold, by its annotation; others are looked at by those who take them apart."""


@contextmanager
def legible(path: Path) -> Iterator[None]:
    """Raises StoreError for all that reading a file can meet that was damaged or changed by hand."""
    try:
        yield
    except (
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        OverflowError,
        RecursionError,
        sqlite3.Error,
    ) as error:
        why = f"{type(error).__name__}: {error}"[:120]
        raise StoreError(f"{path} is damaged or was changed: {why}", "have it recorded anew") from error


def checked(value: T) -> T:
    """The same, if every number and text in it is one. Raises ValueError."""
    kind: Any = type(value)
    for name, kinds in _typed(kind):
        held = getattr(value, name)
        if not isinstance(held, kinds) or (isinstance(held, float) and not math.isfinite(held)):
            raise ValueError(f"{type(value).__name__}.{name} is {held!r:.40}")
    return value


def checked_point(point: HistoryPoint) -> HistoryPoint:
    """The same, its reading too. Raises ValueError."""
    checked_sample(point.sample)
    return checked(point)


def checked_sample(sample: Sample) -> Sample:
    """The same, its zones, rails and cores too. Raises ValueError."""
    for value in (*(v for _, v in (*sample.zones, *sample.rails)), *sample.cores_percent):
        if not isinstance(value, int | float | NA):
            raise ValueError(f"a zone, rail or core is {value!r:.40}")
    return checked(sample)


def checked_reply(reply: Reply) -> Reply:
    """The same, with its request, phases and metrics. Raises ValueError."""
    for part in (reply.request, reply.request.options, reply.phases, reply.metrics):
        checked(part)
    if reply.outcome not in get_args(Outcome):
        raise ValueError(f"there is no outcome {reply.outcome!r:.40}")
    for after_s, characters in reply.arrivals:
        if not (math.isfinite(after_s) and isinstance(characters, int)):
            raise ValueError("text arrived at no time")
    for sample in reply.samples:
        checked_sample(sample)
    if isinstance(reply.score, Score):
        checked(reply.score)
        if not all(isinstance(place, int) for place in reply.score.span or ()):
            raise ValueError("a score was made of no place")
    return checked(reply)


@lru_cache
def _typed(kind: type[Any]) -> tuple[tuple[str, tuple[type, ...]], ...]:
    return tuple((f.name, _KINDS[f.type]) for f in fields(kind) if isinstance(f.type, str) and f.type in _KINDS)
