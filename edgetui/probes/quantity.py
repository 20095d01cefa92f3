"""Raw text to a number with a unit, or the reason why there is none. Equal texts give the same object."""

from __future__ import annotations

import re
from functools import lru_cache

from edgetui.model import NA, Reading, na

UNREADABLE = na("cannot be read now")

_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?")
_PERCENTS = tuple(n / 10 for n in range(1001))


@lru_cache(maxsize=4096)
def scaled(text: str | None, factor: float, low: float, high: float) -> Reading:
    """``text`` × ``factor`` within ``low``…``high``; NA where unreadable, no number, or out of that range."""
    if text is None:
        return UNREADABLE
    if not _NUMBER.fullmatch(text.strip()):
        return na("the file holds no number")
    value = round(float(text) * factor, 6)
    return value if low <= value <= high else na(f"impossible value {value:g}")


def seconds(text: str | None) -> Reading:
    """An uptime, in s; no two are equal, so none is remembered."""
    return scaled.__wrapped__(text, 1.0, 0.0, 1e10)


@lru_cache(maxsize=4096)
def celsius(text: str | None) -> Reading:
    """Milli-°C. At ≤ -40 or ≥ 150 °C a sensor is off or broken: gated Orin zones say -256 °C."""
    value = scaled(text, 0.001, -1e6, 1e6)
    if isinstance(value, NA) or -40 < value < 150:
        return value
    return na(f"sensor is off ({value:g} °C)")


@lru_cache(maxsize=4096)
def hertz(text: str | None, factor: float = 1000.0) -> Reading:
    """kHz, unless told otherwise, in 1 kHz…100 GHz."""
    return scaled(text, factor, 1e3, 1e11)


def rpm(text: str | None) -> Reading:
    """Turns a minute; 0 is a fan that stands."""
    return scaled(text, 1.0, 0.0, 100_000.0)


def watts(text: str | None, factor: float) -> Reading:
    """Times ``factor`` = W, in 0…5000."""
    return scaled(text, factor, 0.0, 5000.0)


def percent(part: float, whole: float) -> float:
    """A share in steps of 0.1, kept within 0…100; ``whole`` > 0."""
    if part >= whole:
        return 100.0
    return _PERCENTS[int(1000 * part / whole + 0.5)] if part > 0 else 0.0


@lru_cache(maxsize=4096)
def kilobytes(text: str | None) -> Reading:
    """The ``4059240 kB`` of /proc/meminfo, in bytes."""
    if text is None:
        return UNREADABLE
    digits = text.removesuffix(" kB").strip()
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 15 and text.endswith(" kB")):
        return na("the file holds no number")
    return int(digits) * 1024


@lru_cache(maxsize=4096)
def count(text: str | None) -> int | None:
    """A counter; None where there is none."""
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else None
