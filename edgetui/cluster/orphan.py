"""A probe that a lost link left behind on a board whose shell has no ``read -t``, and how the next link ends it.

It waits for a line until sshd gives the connection up: that can be hours.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from edgetui.errors import LinkError
from edgetui.links import Link
from edgetui.probes import Frame
from edgetui.probes.hello import Hello

TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Orphan:
    """A process of ours, told from any later one with its number."""

    pid: int
    started: int
    """In clock ticks since boot: field 22 of /proc/PID/stat."""
    boot_id: str


def in_danger(hello: Frame) -> Orphan | None:
    """The probe that said hello, where a cut cable would leave it; None where it ends by itself."""
    if "timeout=none" not in hello.lines:
        return None
    told = Hello.of(hello)
    pid, boot = told.word("pid"), told.facts.get("/proc/sys/kernel/random/boot_id", "")
    fields = told.word("stat").rpartition(")")[2].split()
    started = fields[19] if len(fields) > 19 else ""
    return Orphan(int(pid), int(started), boot) if boot and _is_number(pid) and _is_number(started) else None


def _is_number(text: str) -> bool:
    return 0 < len(text) <= 18 and text.isascii() and text.isdecimal()


async def end(orphan: Orphan, link: Link) -> None:
    """End it, where it still is the same process and of the same user; one that is gone is no matter."""
    with suppress(LinkError, TimeoutError):
        await link.run(_ENDING.format(pid=orphan.pid, started=orphan.started), timeout=TIMEOUT_S)


_ENDING = (
    "IFS= read -r s </proc/{pid}/stat && [ -O /proc/{pid} ] && "
    'set -f && set -- ${{s##*)}} && [ "${{20}}" = {started} ] && kill {pid} && '
    "IFS= read -r s </proc/$2/comm && [ -O /proc/$2 ] && case $s in sshd*|dropbear) kill $2;; esac"
)
"""Its parent is the server of the lost connection alone; with it go vendors' tools, which wait likewise."""
