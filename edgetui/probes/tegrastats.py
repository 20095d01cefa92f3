"""NVIDIA's ``tegrastats``: the way to a Jetson's GPU load and rails where the kernel's files lack them.

One line of tokens in any order. Forms seen from JetPack 4 to 7: ``GR3D_FREQ 0%``, ``0%@76``, ``0%@[114]``,
``12%@[1300,1300]``, Thor's ``@[1000]`` without a load; ``VDD_IN 6140/5510`` (mW now/average), ``4761mW/4778mW``,
and three values in JetPack 7. AGX Xavier names rails ``GPU`` and ``CPU`` like its zones: ``/`` tells which.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from edgetui.model import NA, Reading, na
from edgetui.model.hostile import one_line
from edgetui.probes.quantity import hertz, scaled, watts

_GPU = re.compile(r"(?<!\S)GR3D_FREQ (?:([0-9]+)%)?(?:@\[?([0-9]+)[0-9,]*\]?)?(?=\s)")
_RAIL = re.compile(r"(?<!\S)(?!I?RAM |SWAP )([A-Z][A-Z0-9_]+) ([0-9]+)(?:mW)?(?:/[0-9]+(?:mW)?){1,2}(?!\S)")
_NO_LOAD = na("tegrastats shows no GPU load")
_NO_CLOCK = na("tegrastats shows the GPU clock to root only")


@dataclass(frozen=True, slots=True)
class Stats:
    """One line."""

    gpu_percent: Reading
    gpu_clock_hz: Reading
    rails: tuple[tuple[str, Reading], ...]
    """Name, W now."""


def parse(text: str) -> Stats | NA:
    """Read the first line of tegrastats; NA where it has neither GPU nor rails."""
    line = text.strip().partition("\n")[0]
    gpu = _GPU.search(line)
    rails = tuple((one_line(m[1], 40), watts(m[2], 1e-3)) for m in _RAIL.finditer(line) if m[1] != "NC")
    if gpu is None and not rails:
        return na(f"tegrastats: {one_line(line, 60) or 'nothing printed'}")
    load, clock = (gpu[1], gpu[2]) if gpu else (None, None)
    return Stats(
        gpu_percent=_NO_LOAD if load is None else scaled(load, 1.0, 0.0, 100.0),
        gpu_clock_hz=_NO_CLOCK if clock is None else hertz(clock, 1e6),
        rails=rails,
    )
