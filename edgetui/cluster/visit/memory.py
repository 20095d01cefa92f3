"""What of a board's memory can be had back, and how fast it swaps."""

from __future__ import annotations

import re
from dataclasses import dataclass

from edgetui.cluster.asking import Answer
from edgetui.model import NA, Reading, na
from edgetui.probes.quantity import count

_ROW = re.compile(r"^(\w+(?:\(\w+\))?): +(\d{1,15}) kB$", re.MULTILINE)
_PAGING = re.compile(r"^(pswpin|pswpout) (\d{1,18})$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes, and bytes a second."""

    cache: Reading
    """Files that the kernel keeps in memory and gives back by itself when a program asks."""
    swap_in: Reading
    """From disk or zram, per s."""
    swap_out: Reading


@dataclass(frozen=True, slots=True)
class Paging:
    """Counters since boot."""

    uptime_s: float
    pages: tuple[int, int]
    """In and out."""


def cache(meminfo: Answer | NA) -> Reading:
    """Buffers + Cached + SReclaimable − Shmem, as ``free`` counts: tmpfs is in Cached and cannot be dropped."""
    if isinstance(meminfo, NA):
        return meminfo
    rows = {m[1]: int(m[2]) for m in _ROW.finditer(meminfo.text)}
    if not {"Buffers", "Cached"} <= rows.keys():
        return na("/proc/meminfo does not tell")
    kept = rows["Buffers"] + rows["Cached"] + rows.get("SReclaimable", 0) - rows.get("Shmem", 0)
    return max(0, kept) * 1024.0


def paging(answer: Answer | NA, uptime_s: float | None) -> Paging | NA:
    """pswpin and pswpout of /proc/vmstat; ``uptime_s``: the board's own when they were read."""
    if isinstance(answer, NA):
        return answer
    rows = {m[1]: int(m[2]) for m in _PAGING.finditer(answer.text)}
    if len(rows) < 2 or uptime_s is None:
        return na("this kernel counts no swapped pages in /proc/vmstat")
    return Paging(uptime_s, (rows["pswpin"], rows["pswpout"]))


def speed(now: Paging | NA, before: Paging | NA, page: Answer | NA) -> tuple[Reading, Reading]:
    """Bytes per s, in and out, since the look before; NA until there are two, and over a restart."""
    if isinstance(now, NA):
        return now, now
    size = (None if isinstance(page, NA) else count(page.text)) or 0
    if isinstance(before, NA):
        why = na("measured from the second look on")
    elif now.uptime_s <= before.uptime_s or any(n < b for n, b in zip(now.pages, before.pages, strict=True)):
        why = na("the board was started anew")
    elif not 0 < size <= 1 << 20:
        why = na("getconf PAGESIZE is not known there")  # 4 kB, or 16 on a Pi 5: not to be guessed
    else:
        seconds = now.uptime_s - before.uptime_s
        read, written = ((n - b) * size / seconds for n, b in zip(now.pages, before.pages, strict=True))
        return read, written
    return why, why
