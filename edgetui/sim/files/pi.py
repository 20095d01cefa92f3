"""Raspberry Pi: one zone, firmware that limits behind the kernel's back, an under-voltage alarm."""

from __future__ import annotations

from edgetui.sim.files.shapes import Tree, die, hwmon, milli, policy, requested_hz, zone
from edgetui.sim.kinds import kinds

RP1_ABOVE_AIR_K = 22.0
"""The I/O chip of a Pi 5 sits this much above the air, whatever the processor does."""


def files(kind_name: str) -> Tree:
    """What a Pi of this kind has of its own. The clock here is the asked one: ``vcgencmd`` tells the real one."""
    kind = kinds()[kind_name]
    out = zone(0, "cpu-thermal", die(), [("critical", kind.critical_c)])
    out["/dev/vcio"] = ""
    out |= policy(0, range(kind.cores), *kind.cpu_hz, requested_hz)
    out |= hwmon(0, "cpu_thermal", {"temp1_input": die()})
    out |= hwmon(1, "rpi_volt", {"in0_lcrit_alarm": lambda board: f"{int(board.body.undervolt)}\n"})
    if kind_name == "pi5":
        out |= hwmon(2, "rp1_adc", {"temp1_input": milli(lambda b: b.body.ambient_c + RP1_ABOVE_AIR_K)})
    return out
