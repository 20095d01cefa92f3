"""The heat guard of one board: above its hard limit no new work, far above it no work at all. Never silently."""

from __future__ import annotations

from dataclasses import dataclass

from edgetui.config import GuardSection
from edgetui.model import Event, Identity, Reading, Sample, known
from edgetui.model.sample import UNREAD

PI_HARD_C = 85.0
"""°C at which every Pi's firmware throttles CPU and GPU; its soft limit, ``Sample.limit_c``, lies below.

Source: raspberrypi.com documentation, "Frequency management and thermal control"."""
CANCEL_K = 10.0
"""So far above the hold a running answer is ended …"""
CRITICAL_K = 5.0
"""… and, where the board names the trip at which it shuts itself down, so far below that at the latest."""


@dataclass(frozen=True, slots=True)
class Limits:
    """°C."""

    hold_c: float
    """From here on new work waits."""
    cancel_c: float
    """From here on running work is ended; never below ``hold_c``."""
    release_c: float
    """Below it the waiting work begins."""


def limits(section: GuardSection, identity: Identity | None, limit_c: Reading) -> Limits | None:
    """Of one board; None where the guard is off, or neither board nor configuration names a limit."""
    hard = PI_HARD_C if identity is not None and identity.family == "raspberry-pi" else limit_c
    hold = section.hold_c if section.hold_c is not None else hard
    if not section.enabled or not known(hold):
        return None
    cancel = section.cancel_c if section.cancel_c is not None else hold + CANCEL_K
    if section.cancel_c is None and identity is not None and identity.critical_c is not None:
        cancel = min(cancel, identity.critical_c - CRITICAL_K)
    hold = min(hold, cancel)
    return Limits(hold, cancel, hold - section.release_below_k)


class Guard:
    """What the guard of one board says; pure: Samples in, reasons and events out."""

    def __init__(self, board: str, section: GuardSection) -> None:
        self._board = board
        self._section = section
        self.hold = ""
        """Why new work must wait, with the reading; empty while it need not."""
        self.stop = ""
        """Why running work must end, with the reading; empty while it need not."""
        self._simulated: bool | None = None
        self._limits: tuple[Identity | None, Reading, Limits | None] = (None, UNREAD, limits(section, None, UNREAD))
        """What they were made of, and what came out."""

    def judge(self, sample: Sample, identity: Identity | None) -> Event | None:
        """Take a Sample in; the event where holding begins or ends. A sensor that falls silent changes nothing."""
        celsius = sample.temperature_c
        self._simulated = identity.simulated if identity is not None else None
        found = self._limits_of(identity, sample.limit_c)
        if found is None or not known(celsius):
            return None
        over = celsius >= found.cancel_c
        self.stop = f"{celsius:.1f} °C ≥ {found.cancel_c:g} °C" if over else ""
        if celsius >= (found.release_c if self.hold else found.hold_c):
            began = not self.hold
            limit = f" ≥ {found.hold_c:g} °C" if celsius >= found.hold_c else ""
            self.hold = f"{celsius:.1f} °C{limit}, released below {found.release_c:g} °C"
            return self.event(sample, "hold", f"new work is held: {self.hold}") if began else None
        if not self.hold:
            return None
        self.hold = ""
        text = f"{celsius:.1f} °C: cooled below {found.release_c:g} °C, new work may begin"
        return self.event(sample, "release", text)

    def _limits_of(self, identity: Identity | None, limit_c: Reading) -> Limits | None:
        """They seldom change, and are asked for with every frame."""
        of, under, found = self._limits
        if of is not identity or under is not limit_c:
            found = limits(self._section, identity, limit_c)
            self._limits = identity, limit_c, found
        return found

    def event(self, sample: Sample, action: str, text: str) -> Event:
        """``action``: ``hold``, ``cancel`` or ``release``."""
        detail = {"action": action, "temperature_c": sample.temperature_c, "simulated": self._simulated}
        return Event(time=sample.time, board=self._board, kind="guard", text=f"heat guard: {text}", detail=detail)
