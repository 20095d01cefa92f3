"""Network interfaces of a board: addresses, speed of the link, what goes through."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from edgetui.cluster.asking import Answer
from edgetui.model import NA, Reading, na
from edgetui.model.hostile import one_line
from edgetui.probes.quantity import count

_TRAFFIC = re.compile(r"^ *([^\s:]{1,15}): *(\d{1,20})(?: +\d+){7} +(\d{1,20})(?: +\d+){7} *$", re.MULTILINE)
"""/proc/net/dev: bytes are the first and the ninth number (proc(5))."""
_SYS = re.compile(r"^/sys/class/net/([^/]{1,15})/(speed|operstate):(\S+)$", re.MULTILINE)
_ADDRESS = re.compile(r"^\d+: ([^\s@]{1,15})\S*\s+inet6? ([0-9a-f:.]+/\d+) (?!.*scope link)", re.MULTILINE)
_WIRELESS = re.compile(r"^ *([^\s:]{1,15}): ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Traffic:
    """Counters since boot."""

    uptime_s: float
    bytes: Mapping[str, tuple[int, int]]
    """Received and sent, by interface."""


@dataclass(frozen=True, slots=True)
class Interface:
    """One of them; not the loopback."""

    name: str
    """Clean."""
    state: str
    """The kernel's word: ``up``, ``down``, ``dormant``, ``unknown``; empty where it was not told."""
    addresses: tuple[str, ...] | NA
    """With their prefix: ``192.168.1.5/24``; those of the link alone are left out."""
    link_bits_s: Reading
    received_bytes_s: Reading
    sent_bytes_s: Reading


def traffic(answer: Answer | NA, uptime_s: float | None) -> Traffic | NA:
    """/proc/net/dev; ``uptime_s``: the board's own when it was read."""
    if isinstance(answer, NA):
        return answer
    rows = {m[1]: (int(m[2]), int(m[3])) for m in _TRAFFIC.finditer(answer.text) if m[1] != "lo"}
    if uptime_s is None or not rows:
        return na("/proc/net/dev tells no interface")
    return Traffic(uptime_s, rows)


def interfaces(
    now: Traffic | NA, before: Traffic | NA, links: Answer | NA, addresses: Answer | NA, wireless: Answer | NA
) -> tuple[Interface, ...] | NA:
    """All that are up, or have moved a byte; the busiest since boot first."""
    if isinstance(now, NA):
        return now
    told: dict[tuple[str, str], str] = {}
    if not isinstance(links, NA):
        told = {(name, what): value for name, what, value in _SYS.findall(links.text)}
    radio = set() if isinstance(wireless, NA) else set(_WIRELESS.findall(wireless.text))
    found = []
    for name, moved in sorted(now.bytes.items(), key=lambda row: -sum(row[1])):
        state = told.get((name, "operstate"), "")
        if any(moved) or state == "up":
            received, sent = _rates(name, now, before)
            speed = _speed(told.get((name, "speed"), ""), name in radio)
            about = (one_line(name, 15), one_line(state, 15), _addresses(name, addresses))
            found.append(Interface(*about, speed, received, sent))
    return tuple(found)


def _addresses(name: str, answer: Answer | NA) -> tuple[str, ...] | NA:
    if isinstance(answer, NA):
        return answer
    if answer.exit_status:
        return na("ip is not installed" if answer.not_found else "ip does not tell")
    return tuple(address for of, address in _ADDRESS.findall(answer.text) if of == name)


def _speed(text: str, radio: bool) -> Reading:
    if radio:
        return na("wireless: its speed changes with every packet")
    megabits = count(text)
    if megabits is None or megabits >= 10_000_000:
        return na("the driver tells no speed")  # -1, or an error of reading: virtual, or no carrier
    return megabits * 1e6


def _rates(name: str, now: Traffic, before: Traffic | NA) -> tuple[Reading, Reading]:
    """Since the look before; NA over a restart, and where a counter of 32 bits has wrapped."""
    if isinstance(before, NA) or name not in before.bytes:
        why = na("measured from the second look on")
        return why, why
    seconds = now.uptime_s - before.uptime_s
    pairs = tuple(zip(now.bytes[name], before.bytes[name], strict=True))
    if seconds <= 0 or any(n < b for n, b in pairs):
        why = na("its counters began anew")
        return why, why
    received, sent = ((n - b) / seconds for n, b in pairs)
    return received, sent
