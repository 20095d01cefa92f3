"""Power sensors of boards that have one for each rail: INA3221 and INA238 behind hwmon or iio."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TypeAlias

from edgetui.model import Reading, known
from edgetui.model.hostile import one_line
from edgetui.probes.hello import Hello
from edgetui.probes.quantity import scaled, watts

Rail: TypeAlias = tuple[str, Callable[[Mapping[str, str]], Reading]]
"""Name, and how to get its W from a frame's values."""


def rails(hello: Hello) -> tuple[Rail, ...]:
    """Every rail that the probe reads, in its order."""
    found: list[Rail] = []
    for path, label in hello.facts.items():
        folder, _, name = path.rpartition("/")
        if name.startswith("rail_name_"):  # iio: in_powerN_input in mW
            key = hello.keys.get(f"{folder}/in_power{name[-1]}_input", "")
            found.append((one_line(label, 40), _power(key, 1e-3)))
        elif name.startswith("in") and name.endswith("_label"):  # hwmon ina3221: mV and mA
            channel = name[2:-6]
            volts = hello.keys.get(f"{folder}/in{channel}_input", "")
            amperes = hello.keys.get(f"{folder}/curr{channel}_input", "")
            if volts and amperes:
                found.append((one_line(label, 40), _product(volts, amperes)))
    for chip in hello.chips("ina238"):  # power1_input in µW
        label = hello.facts.get(f"{chip}/label", "VIN")  # Thor has one, at its input
        found.extend((one_line(label, 40), _power(key, 1e-6)) for _, key in hello.under(chip, "power1_input"))
    return tuple(found)


def _power(key: str, factor: float) -> Callable[[Mapping[str, str]], Reading]:
    return lambda values: watts(values.get(key), factor)


def _product(volts: str, amperes: str) -> Callable[[Mapping[str, str]], Reading]:
    return lambda values: _watts(values.get(volts), values.get(amperes))


@lru_cache(maxsize=8192)
def rail(name: str, power_w: Reading) -> tuple[str, Reading]:
    """Name and W; equal ones are one object, as zones are."""
    return name, power_w


@lru_cache(maxsize=4096)
def _watts(millivolts: str | None, milliamperes: str | None) -> Reading:
    volts = scaled(millivolts, 1e-3, 0.0, 60.0)
    amperes = scaled(milliamperes, 1e-3, 0.0, 80.0)
    if known(volts) and known(amperes):
        return round(volts * amperes, 3)
    return amperes if known(volts) else volts
