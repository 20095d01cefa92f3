"""NVIDIA's ``tegrastats``: one line of tokens in any order; the way to GPU and rails where the kernel hides them.

Forms seen from JetPack 4 to 7: ``GR3D_FREQ 0%``, ``0%@76``, ``0%@[114]``, ``12%@[1300,1300]``, Thor's ``@[1000]``
without a load; ``VDD_IN 6140/5510`` (mW now/average), ``4761mW/4778mW``, three values in JetPack 7; ``CPU@40.5C``,
``cpu@52.9C/52.9C``. AGX Xavier names rails ``GPU`` and ``CPU`` like its zones: ``/`` and ``@`` tell them apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from edgetui.model import NA, Reading, na
from edgetui.model.hostile import one_line
from edgetui.probes.quantity import celsius, hertz, percent, watts

_CPU = re.compile(r"CPU \[([^\]]*)\]")
_GPU = re.compile(r"GR3D_FREQ (?:([0-9]{1,3})%)?(?:@\[?([0-9]+)[0-9,]*\]?)?(?= |$)")
_RAM = re.compile(r"RAM ([0-9]+)/([0-9]+)MB")
_RAIL = re.compile(r"(?<!\S)([A-Z][A-Z0-9_]+) ([0-9]+)(?:mW)?/[0-9]+(?:mW)?(?:/[0-9]+(?:mW)?)?(?= |$)")
_ZONE = re.compile(r"(?<!\S)([A-Za-z][A-Za-z0-9_-]*)@(-?[0-9]+(?:\.[0-9]+)?)C(?:/-?[0-9.]+C)?(?= |$)")
_NO_LOAD = na("tegrastats shows no GPU load")


@dataclass(frozen=True, slots=True)
class Stats:
    """One line."""

    memory_total_bytes: Reading
    memory_used_bytes: Reading
    cores_percent: tuple[Reading, ...]
    """NA where the core is unplugged."""
    gpu_percent: Reading
    gpu_clock_hz: Reading
    rails: tuple[tuple[str, Reading], ...]
    """Name, W now."""
    zones: tuple[tuple[str, Reading], ...]
    """Name, °C."""


def parse(line: str) -> Stats | NA:
    """Read the first line of tegrastats; NA where it is none."""
    line = line.strip().partition("\n")[0]
    ram, cpu = _RAM.search(line), _CPU.search(line)
    if ram is None and cpu is None:
        return na(f"not a line of tegrastats: {one_line(line, 60)}")
    total: Reading = float(int(ram[2]) << 20) if ram else na("no RAM in the line")
    used: Reading = float(int(ram[1]) << 20) if ram else na("no RAM in the line")
    gpu = _GPU.search(line)
    load: Reading = _NO_LOAD
    clock: Reading = na("tegrastats shows the GPU clock to root only")
    if gpu and gpu[1]:
        load = percent(int(gpu[1]), 100) if int(gpu[1]) <= 100 else na(f"impossible value {gpu[1]}")
    if gpu and gpu[2]:
        clock = hertz(gpu[2], 1e6)
    return Stats(
        memory_total_bytes=total,
        memory_used_bytes=used,
        cores_percent=tuple(_core(c) for c in cpu[1].split(",")) if cpu else (),
        gpu_percent=load,
        gpu_clock_hz=clock,
        rails=tuple((m[1], watts(m[2], 1e-3)) for m in _RAIL.finditer(line) if m[1] not in _NO_RAILS),
        zones=tuple((m[1], celsius(f"{float(m[2]) * 1000:.0f}")) for m in _ZONE.finditer(line)),
    )


_NO_RAILS = frozenset({"NC"})


def _core(text: str) -> Reading:
    match = re.fullmatch(r"([0-9]{1,3})%@[0-9]+", text.strip())
    if match is None:
        return na("core is unplugged" if text == "off" else "not shown")
    return percent(int(match[1]), 100)
