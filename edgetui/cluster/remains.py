"""What is left on a board after Ollama broke off: its service, its processes, the kernel's log, the boot."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from edgetui.cluster.asking import LIMIT_S, Answer, answers, script
from edgetui.cluster.visit.logs import Log, kills
from edgetui.links import Link
from edgetui.model import NA, na
from edgetui.model.hostile import one_line

TICKS = 100
"""USER_HZ of every Linux for ARM and x86: of field 22 in /proc/PID/stat."""
MOST_BYTES = 1 << 17
QUESTIONS: Mapping[str, str] = {
    "boot": "cat /proc/sys/kernel/random/boot_id /proc/uptime",
    "service": (
        "systemctl show ollama -p LoadState -p ActiveState -p SubState -p Result -p NRestarts"
        " -p ActiveEnterTimestampMonotonic"
    ),
    # process 1 stands for all others: where it is not seen, they are hidden (hidepid)
    "processes": "grep -hs -e '^1 (' -e '(ollama' -e '(llama-server' /proc/[0-9]*/stat",
    "servers": "grep -aHs 'ollama.serve' /proc/[0-9]*/cmdline",
    "kills": "journalctl -k -b --no-pager -o short-monotonic -n 3 -g 'killed process'",
    "dmesg": "dmesg | grep -i 'killed process' | tail -n 3",
}
ASKED_S = (LIMIT_S + 1.0) * len(QUESTIONS)
"""So long the board may take for all of them."""
_STAT = re.compile(r"^(\d{1,10}) \(([^\n]{1,64})\) (\S) (\d{1,10}) (?:\S+ ){17}(\d{1,18})(?: |$)", re.MULTILINE)
_SERVER = re.compile(r"^/proc/(\d{1,10})/cmdline:(?:[^\0\n]*/)?ollama\0serve\0", re.MULTILINE)
_BOOT = re.compile(r"^([0-9a-f-]{8,40})\n(\d{1,12}\.\d\d) ")
_STAMP = re.compile(r"^\[ *(\d{1,12}\.\d+)\]")


@dataclass(frozen=True, slots=True)
class Process:
    """A row of /proc."""

    pid: int
    name: str
    parent: int
    started_s: float
    """Board's uptime."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remains:
    """Times are the board's uptime in s."""

    kernel: Log
    """Its lines on programs that it killed for memory."""
    boot_id: str = ""
    """Empty: not told."""
    uptime_s: float | None = None
    service: Mapping[str, str] = field(default_factory=dict)
    """``systemctl show ollama``; empty where there is no such service or no systemd."""
    processes: tuple[Process, ...] = ()
    """Ollama's and llama-server's."""
    servers: tuple[Process, ...] = ()
    """Those of them that are ``ollama serve``."""
    sees_all: bool = False
    """Are other users' processes seen?"""

    @property
    def orphans(self) -> tuple[Process, ...]:
        """Every ``llama-server`` whose parent is no Ollama: it keeps a model's memory for ever."""
        parents = {each.pid for each in self.processes if each.name.startswith("ollama")}
        return tuple(p for p in self.processes if p.name == "llama-server" and p.parent not in parents)

    def kernel_kills(self, since_s: float) -> tuple[str, ...]:
        """Lines of the kernel that are younger than that uptime."""
        stamped = ((_STAMP.match(line), line) for line in self.kernel.lines)
        return tuple(line for stamp, line in stamped if stamp and float(stamp[1]) >= since_s)


async def ask(link: Link) -> Remains:
    """One question over the link. Raises LinkError, TimeoutError."""
    token = secrets.token_hex(6)
    done = await link.run(script(QUESTIONS, token), timeout=ASKED_S, limit=MOST_BYTES)
    return read(answers(done.stdout, token))


def read(said: Mapping[str, Answer]) -> Remains:
    """What the answers say. Pure; raises on no text whatever."""

    def text(name: str) -> str:
        return said[name].text if name in said else ""

    def answer(name: str) -> Answer | NA:
        return said.get(name, na("the board did not answer"))

    boot = _BOOT.match(text("boot"))
    service = dict(line.split("=", 1) for line in text("service").splitlines() if "=" in line)
    serving = {int(pid) for pid in _SERVER.findall(text("servers"))}
    rows = [
        Process(int(m[1]), one_line(m[2], 32), int(m[4]), int(m[5]) / TICKS)
        for m in _STAT.finditer(text("processes"))
        if m[3] != "Z"  # a zombie has no memory left
    ]
    ours = tuple(row for row in rows if row.name.startswith(("ollama", "llama-server")))
    return Remains(
        boot_id=boot[1] if boot else "",
        uptime_s=float(boot[2]) if boot else None,
        service={key: one_line(value, 40) for key, value in service.items()} if _exists(service) else {},
        processes=ours,
        servers=tuple(row for row in ours if row.pid in serving),
        sees_all=bool(re.search(r"^1 \(", text("processes"), re.MULTILINE)),
        kernel=kills(answer("kills"), answer("dmesg")),
    )


def _exists(service: Mapping[str, str]) -> bool:
    return service.get("LoadState") == "loaded" and "ActiveState" in service
