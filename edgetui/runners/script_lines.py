"""What a script prints, line by line, to figures, text and progress: docs/scripts.md. Pure."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from statistics import median, quantiles
from typing import Any, Final

from edgetui.model import Reading, na
from edgetui.model.hostile import one_line

MOST_FIGURES = 200
MOST_TEXT = 1 << 20
"""Characters of answer that are kept."""
MOST_ITERATIONS = 1_000_000
OURS: Final = frozenset({"wall_s", "cpu_percent", "peak_rss_bytes", "exit_status"})
"""What is measured from outside; a script does not say it of itself."""
_NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")
_NONE = na("the script gave none")


class Lines:
    """Fed with bytes as they come."""

    def __init__(self) -> None:
        self.progress = ""
        """The newest, as words."""
        self._rest = b""
        self._figures: dict[str, Reading] = {}
        self._iterations: dict[str, list[float]] = {}
        self._count = 0
        self._warm = 0
        self._said = 0
        self._length = 0

    def feed(self, data: bytes) -> str:
        """The text that came: of results, of meta, and whatever was no event."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > MOST_TEXT:
            lines, self._rest = [*lines, self._rest], b""
        return self._kept("".join(map(self._line, lines)))

    def end(self) -> str:
        """The text of a last line without an end."""
        rest, self._rest = self._rest, b""
        return self._kept(self._line(rest)) if rest else ""

    @property
    def printed(self) -> bool:
        """Was there anything at all?"""
        return self._said > 0

    def figures(self) -> dict[str, Reading]:
        """All that it said so far, by name."""
        found: dict[str, Reading] = {}
        if self._count:
            found["iterations"] = self._count
        for name, values in self._iterations.items():
            if name == "latency_s":
                found["latency_median_s"] = median(values)
                found["latency_p90_s"] = p90(values)
                found["latency_min_s"] = min(values)
            else:
                found[name] = median(values)
        return dict(list((found | self._figures).items())[:MOST_FIGURES])

    def _kept(self, text: str) -> str:
        text = text[: MOST_TEXT - self._length]
        self._length += len(text)
        return text

    def _line(self, raw: bytes) -> str:
        self._said += bool(raw.strip())
        said = _event(raw)
        match said.get("event") if said else None:
            case "meta":
                self._numbers(said)
                return "".join(
                    f"{name}: {one_line(value)}\n"
                    for name, value in said.items()
                    if name != "event" and isinstance(value, str)
                )
            case "progress":
                self.progress = _progress(said)
            case "iteration":
                self._iteration(said)
            case "result":
                self._numbers(said)
                text = said.get("text")
                return f"{text}\n" if isinstance(text, str) and text else ""
            case "na":
                self._missing(said)
            case _:
                text = raw.decode("utf-8", "replace")
                return f"{text}\n" if text.strip() else ""
        return ""

    def _numbers(self, said: Mapping[str, Any]) -> None:
        for name, value in said.items():
            if not _may_be_named(name):
                continue
            if value is None:
                self._figures[name] = _NONE
            elif (number := _number(value)) is not None:
                self._figures[name] = number

    def _missing(self, said: Mapping[str, Any]) -> None:
        name, reason = said.get("name"), said.get("reason")
        if isinstance(name, str) and _may_be_named(name):
            self._figures[name] = na(one_line(reason, 100) if isinstance(reason, str) else _NONE.reason)

    def _iteration(self, said: Mapping[str, Any]) -> None:
        if said.get("warmup") is True:
            self._warm += 1
            self.progress = f"warm-up {self._warm}"
            return
        if self._count >= MOST_ITERATIONS:
            return
        self._count += 1
        latency = _number(said.get("latency_s"))
        self.progress = f"n {self._count}" + (f"  {latency:.3g} s" if latency is not None else "")
        for name, value in said.items():
            number = _number(value)
            if _may_be_named(name) and number is not None and len(self._iterations) < MOST_FIGURES:
                self._iterations.setdefault(name, []).append(number)


def p90(values: list[float]) -> Reading:
    """Ninth decile, between ranks; n/a below ten values, which have none."""
    return quantiles(values, n=10, method="inclusive")[8] if len(values) >= 10 else na("fewer than ten iterations")


def _event(raw: bytes) -> dict[str, Any]:
    if not raw.lstrip().startswith(b"{"):
        return {}
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _number(value: Any) -> float | None:  # noqa: ANN401 - JSON values
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e300:
        return None
    return value if math.isfinite(value) else None


def _may_be_named(name: str) -> bool:
    return name not in OURS and name not in ("event", "na", "warmup", "n") and bool(_NAME.fullmatch(name))


def _progress(said: Mapping[str, Any]) -> str:
    done, total, text = _number(said.get("done")), _number(said.get("total")), said.get("text")
    parts = [f"{done:g}" + (f"/{total:g}" if total is not None else "")] if done is not None else []
    return "  ".join([*parts, *([one_line(text, 60)] if isinstance(text, str) else [])])
