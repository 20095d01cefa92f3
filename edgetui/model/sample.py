"""One reading of a board at one time. SI units; every field is a value or ``NA(reason)``."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from edgetui.model.reading import NA, Reading, na
from edgetui.model.throttle import Throttle

UNREAD = na("not read yet")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What a board said of itself in one frame, dated by the host's clock."""

    time: float
    """Unix time in s of the *host* when the frame arrived; boards without an RTC jump."""
    uptime_s: Reading = UNREAD
    """Board's own uptime; serves for rates, not for dates."""
    temperature_c: Reading = UNREAD
    """The hottest compute zone."""
    limit_c: Reading = UNREAD
    """The lowest passive trip of the board, or its documented limit."""
    zones: tuple[tuple[str, Reading], ...] = ()
    """Every thermal zone: name, °C."""
    throttle: tuple[Throttle, ...] | NA = UNREAD
    """Limits in force now or since boot; an empty tuple says that the board was asked and none is."""
    cpu_percent: Reading = UNREAD
    cores_percent: tuple[Reading, ...] = ()
    load_1: Reading = UNREAD
    clock_hz: Reading = UNREAD
    """CPU clock, the real one where the board tells it; see ``clock_source``."""
    clock_max_hz: Reading = UNREAD
    """Hardware maximum of the same cores."""
    clock_source: str = ""
    """``real`` (firmware or counter) or ``requested`` (scaling_cur_freq)."""
    caps: tuple[str, ...] = ()
    """What holds the board back and is no throttling, in words: ``power mode 7W``, ``NPU health Alarm``."""
    memory_total_bytes: Reading = UNREAD
    memory_available_bytes: Reading = UNREAD
    """MemAvailable: what a new program can have without swapping."""
    swap_total_bytes: Reading = UNREAD
    swap_used_bytes: Reading = UNREAD
    oom_kills: Reading = UNREAD
    """The kernel's counter since boot."""
    zram_bytes: Reading = UNREAD
    """RAM that compressed devices take; the swap in them counts as used swap beside."""
    pressure_cpu_percent: Reading = UNREAD
    """Share of the last 10 s in which some program waited for a core, as are the next two for disk and memory."""
    pressure_io_percent: Reading = UNREAD
    pressure_memory_percent: Reading = UNREAD
    gpu_percent: Reading = UNREAD
    gpu_clock_hz: Reading = UNREAD
    gpu_memory_total_bytes: Reading = UNREAD
    gpu_memory_used_bytes: Reading = UNREAD
    npu_percent: Reading = UNREAD
    """Load of the neural processor, the mean where it has several cores."""
    npu_clock_hz: Reading = UNREAD
    power_w: Reading = UNREAD
    power_scope: str | NA = UNREAD
    """What ``power_w`` covers: ``board input``, ``module input``, ``SoC rails``, ``GPU card``, ``NPU``."""
    rails: tuple[tuple[str, Reading], ...] = ()
    """Power rails: name, W."""
    fan_rpm: Reading = UNREAD
    fan_percent: Reading = UNREAD

    def to_json(self) -> dict[str, Any]:
        """The contract's names; what is not there is null with its reason under the same name in ``na``."""
        out: dict[str, Any] = {}
        missing: dict[str, str] = {}
        for name in _FIELDS:
            out[name] = _plain(name, getattr(self, name), missing)
        out["time"] = rfc3339(self.time)
        out["na"] = missing
        return out


_FIELDS = tuple(f.name for f in fields(Sample))


def _plain(name: str, value: Any, missing: dict[str, str]) -> Any:  # noqa: ANN401 - JSON values
    if isinstance(value, NA):
        missing[name] = value.reason
        return None
    if name == "throttle":
        return [{"kind": t.kind, "when": t.when, "source": t.source} for t in value]
    if name in ("zones", "rails"):
        return {k: _plain(f"{name}.{k}", v, missing) for k, v in value}
    if isinstance(value, tuple):
        return [_plain(f"{name}.{i}", v, missing) for i, v in enumerate(value)]
    return value


def rfc3339(unix: float) -> str:
    """Unix s to ``2026-11-21T03:04:05.678Z``."""
    stamp = datetime.fromtimestamp(unix, tz=UTC)
    return stamp.strftime("%Y-%m-%dT%H:%M:%S.") + f"{stamp.microsecond // 1000:03d}Z"
