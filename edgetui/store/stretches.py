"""Between Samples and the rows of the history tables. Pure. A file may come from anybody: its words are cleaned."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any, Final, TypeAlias

from edgetui.model import NA, WORDS, HistoryPoint, Reading, Sample, Throttle, known, na
from edgetui.model.hostile import one_line
from edgetui.model.throttle import Kind, When

Values: TypeAlias = tuple[Any, ...]
"""A row, in the order of ``COLUMNS`` from ``offset_ms`` on, without ``facts_id``."""

NUMBERS: Final = (
    "limit_c",
    "uptime_s",
    "cpu_percent",
    "load_1",
    "clock_hz",
    "clock_max_hz",
    "memory_total_bytes",
    "memory_available_bytes",
    "swap_total_bytes",
    "swap_used_bytes",
    "oom_kills",
    "zram_bytes",
    "pressure_cpu_percent",
    "pressure_io_percent",
    "pressure_memory_percent",
    "gpu_percent",
    "gpu_clock_hz",
    "gpu_memory_total_bytes",
    "gpu_memory_used_bytes",
    "npu_percent",
    "npu_clock_hz",
    "power_w",
    "fan_rpm",
    "fan_percent",
)
"""Fields of a Sample that are columns under the same name."""
LETTERS: Final = ("throttle_now", "throttle_boot")
HEAT: Final = ("temperature_c", "temperature_min_c", "temperature_max_c")
COLUMNS: Final = ("time_s", "board_id", "facts_id", "offset_ms", "samples", *HEAT, *LETTERS, *NUMBERS, "detail")
TRAIL: Final = ("board_id", "facts_id", "time_s", "offset_ms", "temperature_max_c", "limit_c", *LETTERS)
"""Columns of what is shown of the past beside the moment."""
_WORDS: Final = ("caps", "clock_source", "power_scope", "throttle")
"""Fields that are kept in ``facts``."""
_MORE: Final = tuple(f.name for f in fields(Sample) if f.name not in {"time", "temperature_c", *NUMBERS, *_WORDS})
"""Fields that only recordings keep, in ``detail``."""
_numbers = attrgetter("temperature_c", *NUMBERS)
_SOMETIME: Final = "some reading of this stretch"
_NOT_RECORDED: Final = na("not recorded")
_NOT_HERE: Final = na("kept in recordings only")


def values(samples: Sequence[Sample], *, detail: bool) -> Values:
    """The row of what a board said within one second: the last reading, every extreme and every letter."""
    last = samples[-1]
    heat, *rest = [None if type(v) is NA else v for v in _numbers(last)]
    low = high = heat
    letters = _letters(last)
    if len(samples) > 1:
        heats = [s.temperature_c for s in samples if known(s.temperature_c)]
        low, high = min(heats, default=None), max(heats, default=None)
        both = [_letters(s) for s in samples]
        letters = (_union(now for now, _ in both), _union(boot for _, boot in both))
    more = _detail(last) if detail else None
    offset_ms = min(999, round(last.time % 1 * 1e6) // 1000)
    return (offset_ms, len(samples), heat, low, high, *letters, *rest, more)


def _letters(sample: Sample) -> tuple[str | None, str | None]:
    if isinstance(sample.throttle, NA):
        return None, None
    if not sample.throttle:
        return "", ""
    now, boot = (
        "".join(k for k in WORDS if any(t.kind == k and t.when == when for t in sample.throttle))
        for when in ("now", "boot")
    )
    return now, boot


def _union(letters: Iterable[str | None]) -> str | None:
    told = [each for each in letters if each is not None]
    return "".join(k for k in WORDS if any(k in each for each in told)) if told else None


def _detail(sample: Sample) -> str:
    said = sample.to_json()
    return json.dumps({name: said[name] for name in _MORE if said[name] not in (None, [], {})})


def facts_key(sample: Sample) -> Values:
    """What ``facts`` depends on; cheap to compare with that of the Sample before."""
    return (
        tuple([v if type(v) is NA else None for v in _numbers(sample)]),
        sample.caps,
        sample.clock_source,
        sample.power_scope,
        sample.throttle,
    )


def facts_text(sample: Sample, *, detail: bool) -> str:
    """What is no number and seldom changes, as JSON: reasons, caps, sources."""
    said = sample.to_json()
    kept = {"temperature_c", *NUMBERS, *_WORDS}
    absent = {k: _settled(why) for k, why in said["na"].items() if detail or k in kept}
    return json.dumps({"na": absent, **{name: said[name] for name in _WORDS}}, sort_keys=True)


def _settled(reason: str) -> str:
    """A reason that counts seconds would be a new one each second: without them."""
    head, _, tail = reason.rpartition(" for ")
    return head if head and tail.removesuffix(" s").isdigit() and tail.endswith(" s") else reason


@dataclass(frozen=True, slots=True)
class Facts:
    """One row of ``facts``, read."""

    na: Mapping[str, NA]
    blank: Mapping[str, Any]
    """Every field of a Sample of which nothing is known but this."""
    throttle: tuple[Throttle, ...]
    _held: dict[tuple[str | None, str | None], tuple[Throttle, ...] | NA] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str | None) -> Facts:
        """Of the JSON, or None where the row is gone."""
        said = json.loads(text) if text else {"na": {}, **dict.fromkeys(_WORDS)}
        absent = {one_line(name): na(one_line(reason)) for name, reason in said["na"].items()}
        scope = said["power_scope"]
        words = {
            "caps": tuple(one_line(cap) for cap in said["caps"] or ()),
            "clock_source": one_line(said["clock_source"] or ""),
            "power_scope": absent.get("power_scope", _NOT_RECORDED) if scope is None else one_line(scope),
        }
        blank = {name: absent.get(name, _NOT_RECORDED) for name in ("temperature_c", *NUMBERS)}
        blank |= {name: absent.get(name, _NOT_HERE) for name in _MORE if name not in _LISTS}
        told = [t for t in said["throttle"] or () if t["kind"] in WORDS]
        throttle = tuple(Throttle(t["kind"], t["when"], one_line(t["source"])) for t in told)
        return cls(absent, {**blank, **words}, throttle)

    def throttles(self, now: str | None, boot: str | None) -> tuple[Throttle, ...] | NA:
        """Of the letters of a row; those that these facts do not tell of came up within the stretch."""
        if (now, boot) not in self._held:
            self._held[now, boot] = self._throttles(now, boot)
        return self._held[now, boot]

    def _throttles(self, now: str | None, boot: str | None) -> tuple[Throttle, ...] | NA:
        if now is None or boot is None:
            return self.na.get("throttle", _NOT_RECORDED)
        held: list[tuple[Kind, When]] = [(kind, "now") for kind in WORDS if kind in now]
        held += [(kind, "boot") for kind in WORDS if kind in boot]
        sources = {(t.kind, t.when): t.source for t in self.throttle}
        if sources.keys() == set(held):
            return self.throttle
        return tuple(Throttle(kind, when, sources.get((kind, when), _SOMETIME)) for kind, when in held)


_LISTS: Final = ("zones", "rails", "cores_percent")


def point(row: Sequence[Any], facts: Facts, span_s: int) -> HistoryPoint:
    """The reverse; ``row`` in the order of ``COLUMNS``."""
    time_s, _board, _facts, offset_ms, samples, heat, low, high, now, boot, *numbers, detail = row
    said = dict(facts.blank)
    if heat is not None:
        said["temperature_c"] = heat
    said |= {name: value for name, value in zip(NUMBERS, numbers, strict=True) if value is not None}
    if detail is not None:
        said |= _more(json.loads(detail), facts)
    heat_na: Reading = facts.na.get("temperature_c", _NOT_RECORDED)
    return HistoryPoint(
        span_s=span_s,
        samples=samples,
        temperature_min_c=heat_na if low is None else low,
        temperature_max_c=heat_na if high is None else high,
        sample=Sample(time=time_s + offset_ms / 1000, throttle=facts.throttles(now, boot), **said),
    )


def trail(row: Sequence[Any], facts: Facts) -> Sample:
    """A Sample with what ``TRAIL`` has; the temperature is the highest of the stretch: it was measured."""
    _board, _facts, time_s, offset_ms, heat, limit, now, boot = row
    return Sample(
        **_TRAIL_BLANK,
        time=time_s + offset_ms / 1000,
        temperature_c=facts.na.get("temperature_c", _NOT_RECORDED) if heat is None else heat,
        limit_c=facts.na.get("limit_c", _NOT_RECORDED) if limit is None else limit,
        throttle=facts.throttles(now, boot),
    )


_AT_THE_MOMENT: Final = na("told of the moment shown only")
_TRAIL_BLANK: Final[dict[str, Any]] = {
    name: _AT_THE_MOMENT for name in (*NUMBERS, "power_scope", *_MORE) if name not in ("limit_c", *_LISTS)
}


def _more(said: Mapping[str, Any], facts: Facts) -> dict[str, Any]:
    def value(name: str, item: Any) -> Any:  # noqa: ANN401 - JSON values
        return facts.na.get(name, _NOT_RECORDED) if item is None else item

    out: dict[str, Any] = {}
    for name, item in said.items():
        if isinstance(item, dict):
            pairs = ((one_line(key), v) for key, v in item.items())
            out[name] = tuple((key, value(f"{name}.{key}", v)) for key, v in pairs)
        elif isinstance(item, list):
            out[name] = tuple(value(f"{name}.{n}", v) for n, v in enumerate(item))
        else:
            out[name] = item
    return out
