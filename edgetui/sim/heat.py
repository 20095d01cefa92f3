"""Heat, clock and counters of one board, brought up to date when somebody looks.

One capacity (board and heatsink) and a die that is hotter by its power at once, which follows a public trace of
a Raspberry Pi 4 within 0.6 K and one of an Orin Nano within 0.2 K:

    C · dTb/dt = P − (Tb − Tambient)/Rb      T = Tb + Rj · P      P = Pidle + u · (Pfull − Pidle) · (f/fmax)^alpha
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from edgetui.sim.kinds import Kind

STACK_K = 6.0
"""Bare boards of a stack heat one another while they compute."""
_HYSTERESIS_K = 1.5


@dataclass(frozen=True, slots=True)
class Activity:
    """What the board does just now."""

    units: float = 0.0
    """0-1: how much of the power range is drawn."""
    cpu: float = 0.02
    """0-1: share of all cores that is busy."""
    gpu: float = 0.0
    """0-1."""


REST = Activity()


@dataclass(slots=True)
class Body:
    """The physical state of one board at world time ``time``."""

    kind: Kind
    ambient_c: float = 25.0
    time: float = 0.0
    board_c: float = 0.0
    step: int = 0
    """Index into the kind's clocks: above 0 it throttles."""
    activity: Activity = REST
    busy_s: float = 0.0
    """Core seconds of work since boot."""
    gpu_s: float = 0.0
    joules: float = 0.0
    limited_s: float = 0.0
    """Time below the highest clock since boot."""
    ever: set[str] = field(default_factory=set)
    """What has happened since boot: ``hot``, ``capped``, ``hard``, ``undervolt``."""
    undervolt: bool = False
    undervolt_s: float = 0.0
    """Time with too little voltage since boot."""
    governed: float = 0.0
    cap: float = 1.0
    """Highest share of the highest clock that a power mode or governor allows."""

    def __post_init__(self) -> None:
        self.board_c = self.ambient_c + self.kind.idle_w * self.kind.board_k_w[0][1]

    @property
    def clock(self) -> float:
        """Clock over the highest clock."""
        clocks = self.kind.clocks_hz
        return min(self.cap, clocks[-1 if self.undervolt else self.step] / clocks[0])

    @property
    def power_w(self) -> float:
        """W drawn now."""
        kind = self.kind
        falls: float = self.clock**kind.alpha
        return kind.idle_w + self.activity.units * (kind.full_w - kind.idle_w) * falls

    @property
    def celsius(self) -> float:
        """Temperature of the die."""
        return self.board_c + self.kind.die_k_w * self.power_w

    @property
    def reading_c(self) -> float:
        """What a sensor says: the die's temperature and a little restlessness."""
        return self.celsius + 0.2 * math.sin(self.time * 0.21) + 0.15 * math.sin(self.time * 0.57)

    def advance(self, moment: float) -> None:
        """Bring everything up to world time ``moment``; an earlier one changes nothing."""
        while self.time < moment:
            stride = self._stride()
            self._pass(min(stride, moment - self.time))
            if self.time - self.governed >= 1.0:
                self._govern()

    def _stride(self) -> float:
        if self.activity.units:
            return 0.25 if self.kind.gpu else 0.5
        near = self.step or self.celsius > self.kind.soft_c - 5
        return 1.0 if near else 20.0 if len(self.kind.board_k_w) > 1 else 3600.0

    def _pass(self, seconds: float) -> None:
        power, activity = self.power_w, self.activity
        hot = self.board_c + self.kind.die_k_w * power
        resistance = [k_w for start, k_w in self.kind.board_k_w if hot >= start or not start][-1]
        around = self.ambient_c + (STACK_K if activity.units and not self.kind.gpu else 0.0)
        capacity = self.kind.tau_s / self.kind.board_k_w[0][1]
        rest = around + power * resistance
        self.board_c = rest + (self.board_c - rest) * math.exp(-seconds / (resistance * capacity))
        self.busy_s += activity.cpu * self.kind.cores * seconds
        self.gpu_s += activity.gpu * seconds
        self.joules += power * seconds
        if self.clock < 1:
            self.limited_s += seconds
        if self.undervolt:
            self.undervolt_s += seconds
        self.time += seconds

    def _govern(self) -> None:
        """Once a second: the clock meant for this temperature, one step at a time, the lowest beyond the limit."""
        kind, now = self.kind, self.celsius
        last = len(kind.clocks_hz) - 1
        span = kind.hard_c - kind.soft_c
        wanted = 0 if now < kind.soft_c else min(last, math.ceil((now - kind.soft_c) / span * last))
        if wanted > self.step:
            self.step += 1
        elif wanted < self.step and now < kind.soft_c + (self.step - 1) / last * span - _HYSTERESIS_K:
            self.step -= 1
        self.governed = self.time
        self.ever |= self.limits()

    def limits(self) -> set[str]:
        """In force now: ``hot`` (at the soft limit), ``hard`` (at the hard one), ``capped``, ``undervolt``."""
        now = {
            "hot": self.celsius >= self.kind.soft_c,
            "capped": self.step > 0 or self.undervolt,
            "hard": self.celsius >= self.kind.hard_c,
            "undervolt": self.undervolt,
        }
        return {name for name, yes in now.items() if yes}
