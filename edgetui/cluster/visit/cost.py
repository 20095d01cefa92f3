"""What edgetui itself costs a board: the CPU time of its own programs there, by the kernel's account."""

from __future__ import annotations

import re
from dataclasses import dataclass

from edgetui.cluster.asking import Answer
from edgetui.model import NA, Reading, na

TICK_MS = 10.0
"""The kernel counts CPU time for /proc in hundredths of a second (USER_HZ is 100 on every board there is)."""
YOUNGEST_S = 10.0
"""Programs younger than this are too young to be measured; the question itself is one."""
_STAT = re.compile(r"^(\d+) \((.*)\) (\S) (\d+) (.*)$", re.MULTILINE)
_NUMBER = re.compile(r"[0-9]{1,20}")
_CARRIERS = ("sshd", "sshd-session", "dropbear")


@dataclass(frozen=True, slots=True)
class Cost:
    """Means since each program was started; ms of CPU a minute."""

    programs_ms: float
    """The probe and the shells of the vendor's tools, with what those have called."""
    carrier_ms: Reading
    """The board's end of our connection."""
    programs: int
    span_s: float
    """Age of the oldest."""

    @property
    def grain_ms(self) -> float:
        """How exact that is: one tick of the kernel's account over the time measured."""
        return TICK_MS * 60 / self.span_s


def cost(answer: Answer | NA, uptime_s: float | None) -> Cost | NA:
    """Rows of /proc/PID/stat: first our session's process, then its children. See proc(5) for the fields."""
    if isinstance(answer, NA):
        return answer
    if uptime_s is None:
        return na("the board's uptime is not known")
    rows = [(m[1], m[2], m[4], m[5].split()) for m in _STAT.finditer(answer.text)]
    parents = {pid: parent for pid, _, parent, _ in rows}
    session = next((pid for pid in parents if any(pid == other for other in parents.values())), None)
    if session is None:
        return na("our own programs are not seen in /proc there")
    programs, carrier = [], None
    for pid, name, parent, rest in rows:
        if len(rest) < 18 or not all(map(_NUMBER.fullmatch, rest[9:13] + rest[17:18])):
            continue
        age = uptime_s - int(rest[17]) / 100
        own, all_in = sum(map(int, rest[9:11])) * TICK_MS, sum(map(int, rest[9:13])) * TICK_MS
        if pid == session:
            carrier = own * 60 / age if name in _CARRIERS and age >= YOUNGEST_S else None
        elif parent == session and age >= YOUNGEST_S:
            programs.append((all_in * 60 / age, age))
    if not programs:
        return na(f"measured once they have run for {YOUNGEST_S:.0f} s")
    carried: Reading = na("this machine itself: there is no sshd between") if carrier is None else carrier
    return Cost(sum(ms for ms, _ in programs), carried, len(programs), max(age for _, age in programs))
