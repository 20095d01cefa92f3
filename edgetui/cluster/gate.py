"""What one board is like at rest, and whether it is so again: the start gate by temperature. No I/O."""

from __future__ import annotations

import time
from dataclasses import dataclass

from edgetui.model import Protocol, Sample, State, known
from edgetui.model.heat import Idle, idle_of, slowed_by_heat

FRESH_S = 3600.0
"""Host s for which a measured idle temperature holds: the room changes."""
STALE_S = 5.0
"""An older Sample says nothing of now."""
OWN_S = 3.0
"""For so long after our own work the readings of load are still of that, host s."""
BUSY_PERCENT = 30.0
"""Of CPU or GPU, without any work of ours: somebody else uses the board."""


@dataclass(slots=True)
class Gate:
    """Of one board, kept over runs."""

    idle: Idle | None = None
    """None: not measured yet."""
    worked: float = 0.0
    """Unix s at which our last work on it ended."""
    _measured: float = 0.0

    def not_rested(self, state: State, protocol: Protocol) -> str:
        """Why the idle temperature is not known yet; empty where it is, or where the board tells none."""
        now = time.time()
        if state.sample is not None and not known(state.sample.temperature_c):
            return ""
        if self.idle is not None and self.idle.settled and now - self._measured < FRESH_S:
            return ""
        resting = [s for s in tuple(state.history) if s.time > self.worked + OWN_S]
        found = idle_of(resting, protocol.idle_s)
        if found is not None and (self.idle is None or found.settled or not self.idle.settled):
            self.idle, self._measured = found, now
        if found is None:
            return "its temperature at rest is being measured"
        return "" if found.settled else f"{found.temperature_c:.1f} °C and still changing: it comes to rest first"

    def not_cool(self, sample: Sample | None, protocol: Protocol) -> str:
        """Why work should not start now; empty where it may, also on a board that tells no temperature."""
        if sample is None or sample.time < self.worked or time.time() - sample.time > STALE_S:
            return "no reading of now"
        if slowed_by_heat(sample):
            return "a throttle is in force"
        celsius = sample.temperature_c
        if self.idle is None or not known(celsius):
            return ""
        begin = self.idle.temperature_c + protocol.gate_k
        return "" if celsius <= begin else f"{celsius:.1f} °C: begins at {begin:.1f} °C"

    def busy(self, sample: Sample | None) -> bool:
        """Does something that is not ours use the board?"""
        if sample is None or sample.time <= self.worked + OWN_S:
            return False
        loads = (sample.cpu_percent, sample.gpu_percent)
        return any(known(load) and load >= BUSY_PERCENT for load in loads)
