"""Ollama's processes on a board: which are runners, and how much memory each holds."""

from __future__ import annotations

import re
from dataclasses import dataclass

from edgetui.links import Link
from edgetui.model import NA, Reading, na

LIMIT_S = 5.0
"""A board that swaps takes long to read its own /proc."""
MOST_BYTES = 1 << 16
QUESTION = (
    "for d in /proc/[0-9]*; do IFS= read -r n <$d/comm || continue;"
    " case $n in ollama*|llama-server*) ;; *) continue;; esac; p= r= f=;"
    " while read -r k v u; do case $k in PPid:) p=$v;; VmRSS:) r=$v;; RssFile:) f=$v;; esac; done <$d/status;"
    " printf '%s\\n' \"${d#/proc/} ${p:--} ${r:--} ${f:--} $n\"; done 2>/dev/null"
)
"""Builtins of sh alone: a line for each process of Ollama's. Of others only the name is read."""
_ROW = re.compile(r"^(\d{1,10}) (\d{1,10}) (\d{1,15}|-) (\d{1,15}|-) (\S.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Runner:
    """A process that holds a model: ``llama-server``, or ``ollama runner`` up to 0.24."""

    pid: int
    rss_bytes: Reading
    """VmRSS."""
    file_bytes: Reading
    """RssFile: the part of it that lies in files too, as mapped weights do (Linux ≥ 4.5)."""


async def runners(link: Link) -> tuple[Runner, ...] | NA:
    """Those of the board's Ollama, by process id; NA where the board does not tell. Raises LinkError."""
    try:
        done = await link.run(QUESTION, timeout=LIMIT_S, limit=MOST_BYTES)
    except TimeoutError:
        return na(f"the board did not list its processes within {LIMIT_S:g} s")
    return runners_in(done.stdout)


def runners_in(text: str) -> tuple[Runner, ...] | NA:
    """What ``QUESTION`` was answered. A runner's parent is an ``ollama``; of one left behind it is process 1."""
    rows = {int(m[1]): m for m in _ROW.finditer(text)}
    servers = {pid for pid, m in rows.items() if m[5].startswith("ollama")}
    if not servers:
        return na("no process of Ollama's is seen in /proc there")
    return tuple(
        Runner(pid, _bytes(m[3], "VmRSS"), _bytes(m[4], "RssFile"))
        for pid, m in sorted(rows.items())
        if int(m[2]) in servers
    )


def _bytes(kilobytes: str, name: str) -> Reading:
    return na(f"/proc/PID/status has no {name}") if kilobytes == "-" else int(kilobytes) * 1024.0
