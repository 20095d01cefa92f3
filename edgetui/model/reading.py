"""A reading is a value with a unit, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias, TypeGuard, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class NA:
    """Not available, and why: shown as ``n/a (why)``, stored as null with the reason beside it."""

    reason: str
    """A few words without a full stop: ``no sensor``, ``permission denied: join group video``."""

    def __str__(self) -> str:
        return f"n/a ({self.reason})"

    def __bool__(self) -> bool:
        return False


Reading: TypeAlias = float | NA
"""A number in the unit that its field's name ends in, or NA."""


@lru_cache(maxsize=1024)
def na(reason: str) -> NA:
    """The one NA of this reason: samples of many boards share it."""
    return NA(reason)


def known(value: T | NA | None) -> TypeGuard[T]:
    """Is there a value? (0 and "" are values; NA and None are not.)"""
    return value is not None and not isinstance(value, NA)


def parted(said: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """For JSON: the values with None for what is not available, and the reasons, by name."""
    absent = {name: value.reason for name, value in said.items() if isinstance(value, NA)}
    return {**said, **dict.fromkeys(absent)}, absent
