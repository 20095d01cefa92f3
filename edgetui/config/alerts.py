"""``[[alert]]`` and ``[alerts]``: what is looked at, and when somebody hears of it."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal

from pydantic import Field, model_validator

from edgetui.config.section import Section

AlertMetric = Literal[
    "over_limit_k",  # temperature above the board's own limit
    "throttled",  # 1 while frequency, heat or the soft limit holds it back now
    "under_voltage",  # 1 now
    "swap_growth_bytes",  # within the last 60 s
    "link_down",  # 1 while it is down or refused
    "ollama_down",  # 1 where an Ollama that answered does so no more
    "new_oom_kills",  # since the last second
    "rebooted",  # 1 in the second in which the boot id is another
    "disk_free_percent",  # of the fullest of root and models' file systems
    "temperature_c",
    "cpu_percent",
    "load_1",
    "clock_hz",
    "memory_available_bytes",
    "swap_used_bytes",
    "zram_bytes",
    "pressure_cpu_percent",
    "pressure_io_percent",
    "pressure_memory_percent",
    "gpu_percent",
    "gpu_memory_used_bytes",
    "npu_percent",
    "power_w",
    "fan_rpm",
]
"""What a rule can look at; the last ones are readings as ``watch --json`` has them."""


class AlertRule(Section):
    """One ``[[alert]]``: a metric that is above or below a value for so long raises an alert."""

    name: Annotated[str, Field(max_length=60)] = ""
    """Empty: the metric and its value. A rule takes the place of an earlier one, or of a default, of this name."""
    metric: AlertMetric
    above: float | None = None
    below: float | None = None
    for_s: Annotated[float, Field(ge=0, le=86_400)] = 0.0
    """Host s."""
    boards: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    """With ``boards``: any of either; both empty: every board."""
    quiet: Annotated[str, Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d)?$")] = ""
    """``22:00-07:00``, local time: the alert goes to the log alone."""

    @model_validator(mode="after")
    def _has_a_value(self) -> AlertRule:
        if self.above is None and self.below is None:
            raise ValueError(f"neither above nor below says when {self.metric} is wrong")
        return self

    @property
    def title(self) -> str:
        """What it is called."""
        limits = (("above", self.above), ("below", self.below))
        return self.name or " ".join([self.metric, *(f"{word} {v:g}" for word, v in limits if v is not None)])

    def breached(self, value: float) -> bool:
        """Is this value, in the metric's unit, wrong?"""
        too_high = self.above is not None and value > self.above
        return too_high or (self.below is not None and value < self.below)

    def is_quiet(self, at: time) -> bool:
        """Is this local time within ``quiet``? It may span midnight."""
        if not self.quiet:
            return False
        begin, end = map(time.fromisoformat, self.quiet.split("-"))
        return begin <= at < end if begin <= end else at >= begin or at < end


class AlertsSection(Section):
    """``[alerts]``."""

    defaults: bool = True
    """The rules that need no configuration are in force."""
    hook: tuple[str, ...] = ()
    """A command and its arguments, started for every alert with the event as JSON on its stdin."""
