"""One vocabulary for every board: what holds it back, since when, and who says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["U", "F", "T", "S", "P"]
When: TypeAlias = Literal["now", "boot", "run"]

WORDS: dict[Kind, str] = {
    "U": "under-voltage",
    "F": "frequency capped",
    "T": "thermal throttling",
    "S": "soft temperature limit",
    "P": "power or current limit",
}
"""Kind to the words shown beside its letter."""


@dataclass(frozen=True, slots=True)
class Throttle:
    """One limit. ``now``: in force at this sample; ``boot``: has been since boot; ``run``: came up in this run."""

    kind: Kind
    when: When
    source: str
    """Who says so, e.g. ``vcgencmd get_throttled bit 2`` or ``cooling_device cpu-throttle-alert``."""
