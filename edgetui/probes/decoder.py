"""The host's half of the probe: a hello chooses the decoder, the decoder turns frames into Samples."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from edgetui.model import NA, WORDS, Finding, Identity, Reading, Sample, Throttle, known, na
from edgetui.model.hostile import one_line
from edgetui.probes.families import Command, Counters, Draft, Output, Part, Tick
from edgetui.probes.frames import Frame
from edgetui.probes.hello import Hello
from edgetui.probes.quantity import scaled, seconds
from edgetui.probes.registry import families
from edgetui.probes.thermal import trips

_UNTOLD = na("nothing on this board tells of throttling")
_ABSENT: dict[str, NA] = {
    "gpu_percent": na("no GPU load on this machine"),
    "gpu_clock_hz": na("no GPU clock on this machine"),
    "gpu_memory_total_bytes": na("no GPU memory of its own"),
    "gpu_memory_used_bytes": na("no GPU memory of its own"),
    "npu_percent": na("no NPU on this machine"),
    "npu_clock_hz": na("no NPU on this machine"),
    "power_w": na("no power sensor on this machine"),
    "power_scope": na("no power sensor on this machine"),
    "fan_rpm": na("no fan sensor"),
    "fan_percent": na("no fan sensor"),
}
"""Why a field is empty that no part has filled."""
_KINDS = tuple(WORDS)
_MADE = (
    *("zones", "rails", "cores_percent", "throttle", "caps"),
    *("memory_available_bytes", "swap_used_bytes", "power_w"),
)
"""Fields that are put together anew with each frame; of the others equal texts have given one object already."""
_made = attrgetter(*_MADE)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A Sample, and what the next frame needs to make rates."""

    sample: Sample
    counters: Counters = field(default_factory=dict)


class Decoder:
    """Of one board, made by ``greet``; it keeps no state between frames."""

    def __init__(self, identity: Identity, commands: tuple[Command, ...], parts: tuple[Part, ...]) -> None:
        self.identity = identity
        self.commands = commands
        """Vendor commands to run at their own pace; their answers are ``outputs`` of ``decode``."""
        self._parts = parts

    def decode(self, frame: Frame, previous: Decoded | None, outputs: Mapping[str, Output], time: float) -> Decoded:
        """One frame to one Sample. ``outputs``: by Command.name; ``time``: Unix s of the host. Never raises."""
        before = previous.sample if previous else None
        uptime = seconds(frame.uptime or None)
        tick = Tick(
            values=_values(frame.lines),
            outputs=outputs,
            time=time,
            elapsed_s=_elapsed(before.uptime_s, uptime) if before else None,
            before=previous.counters if previous else {},
            previous=before,
            slow=frame.tick.startswith("s"),
        )
        draft = Draft(fields=dict(_ABSENT))
        for part in self._parts:
            part.fill(tick, draft)
        fields = draft.fields
        fields["throttle"] = _throttle(draft)
        fields["caps"] = tuple(draft.caps)
        if before is not None:
            _share(fields, before)
        return Decoded(Sample(time=time, uptime_s=uptime, **fields), draft.counters)


def greet(hello: Frame) -> Decoder:
    """Find the board's families in the probe's first frame and prepare their decoder."""
    told = Hello.of(hello)
    fitting = [family for family in families() if family.fits(told)]
    parts = tuple(family.part(told) for family in fitting)
    facts = told.facts
    identity = Identity(
        family=fitting[-1].name,
        model=_model(facts),
        os=one_line(told.word("os").strip("\"'")),
        kernel=one_line(facts.get("/proc/sys/kernel/osrelease", "")),
        arch=one_line(facts.get("/proc/sys/kernel/arch", "")),
        release=" ".join(part.release for part in parts if part.release),
        boot_id=one_line(facts.get("/proc/sys/kernel/random/boot_id", "")),
        sim_speed=_speed(told),
        findings=(*(finding for part in parts for finding in part.findings), *_denied(told)),
        critical_c=min(trips(told, "critical"), default=None),
    )
    return Decoder(identity, tuple(command for part in parts for command in part.commands), parts)


def _values(lines: tuple[str, ...]) -> dict[str, str]:
    """Key to raw text; a key that comes again adds a line."""
    values: dict[str, str] = {}
    for line in lines:
        key, found, value = line.partition("=")
        if not found:
            key, _, value = line.partition(" ")
        values[key] = f"{values[key]}\n{value}" if key in values else value
    return values


def _elapsed(before: Reading, now: Reading) -> float | None:
    if known(before) and known(now) and now > before:
        return now - before
    return None


def _throttle(draft: Draft) -> tuple[Throttle, ...] | NA:
    """Limits that were found; none is only said where every source has answered."""
    if draft.throttles:
        return tuple(sorted(draft.throttles.values(), key=lambda t: (_KINDS.index(t.kind), t.when != "now")))
    if draft.silent is not None:
        return draft.silent
    return () if draft.asked else _UNTOLD


def _share(fields: dict[str, Any], before: Sample) -> None:
    """Equal values are kept once, for a minute of samples of every board is kept."""
    for name, old in zip(_MADE, _made(before), strict=True):
        value = fields.get(name)
        if value is not old and value == old:
            fields[name] = old


def _model(facts: Mapping[str, str]) -> str:
    maker, product = (facts.get(f"/sys/class/dmi/id/{name}", "") for name in ("sys_vendor", "product_name"))
    arch = facts.get("/proc/sys/kernel/arch", "unknown")
    return one_line(facts.get("/proc/device-tree/model", "") or f"{maker} {product}") or one_line(f"{arch} machine")


def _speed(hello: Hello) -> float:
    """0 for a real board; one that says ``sim`` is never taken for one, and a speed that it does not tell is 1."""
    if "sim" not in hello.words:
        return 0.0
    speed = scaled(hello.word("sim"), 1.0, 0.0, 1e6)
    return speed if known(speed) and speed > 0 else 1.0


def _denied(hello: Hello) -> tuple[Finding, ...]:
    """What the probe may not read. The remedy lasts until the board boots again."""
    return tuple(
        Finding(path, "permission denied", f"sudo chmod a+r {shlex.quote(path)}")
        for path in map(one_line, sorted(hello.denied))
    )
