"""Thermal zones, their trip points, and the cooling devices by which the kernel holds a board back."""

from __future__ import annotations

import re
from functools import lru_cache

from edgetui.model import Reading, Throttle, known, na
from edgetui.model.hostile import one_line
from edgetui.probes.families import Draft, Tick
from edgetui.probes.hello import Hello
from edgetui.probes.quantity import UNREADABLE, celsius, count

_COMPUTE = re.compile(r"cpu|gpu|soc|tj|npu|core|package|pkg|cv[0-9]|tctl|tdie", re.IGNORECASE)
_OTHER = re.compile(r"pmic|fan|wifi|wlan|board|batt", re.IGNORECASE)
_ZONES = "/sys/class/thermal/thermal_zone"
_COOLING = "/sys/class/thermal/cooling_device"
_ASLEEP = na("could not be read when the probe started")
_CONSTANTS = ("100000", "50000")
_CONSTANT = na("the driver tells a constant, no temperature")
"""``PMIC-Die`` of the Jetson Nano by its JetPack: see ``PMIC@100C`` in its tegrastats."""
_NO_ZONE = na("no thermal zone")
_NO_TRIP = na("the board names no passive trip point")


@lru_cache(maxsize=1024)
def is_compute(zone: str) -> bool:
    """Is this the temperature of something that computes? (Not ``PMIC-Die``, Wi-Fi, fan estimates, boards.)"""
    return _COMPUTE.search(zone) is not None and _OTHER.search(zone) is None


@lru_cache(maxsize=8192)
def zone(name: str, text: str | None) -> tuple[str, Reading]:
    """Name and °C; equal ones are one object, for many samples of 500 boards are kept in memory."""
    return name, _CONSTANT if name == "PMIC-Die" and text in _CONSTANTS else celsius(text)


class Zones:
    """The kernel's thermal zones and trips."""

    def __init__(self, hello: Hello) -> None:
        zones: list[tuple[str, str]] = []
        for path, value in hello.facts.items():
            folder, _, name = path.rpartition("/")
            if not path.startswith(_ZONES):
                continue
            if name == "type":
                alike = sum(1 for name, _ in zones if name.partition("#")[0] == one_line(value, 40))
                mark = f"#{alike + 1}" if alike else ""  # types repeat: two acpitz, several Wi-Fi cards
                zones.append((one_line(value, 40) + mark, hello.keys.get(f"{folder}/temp", "")))
        self._zones = tuple(zones)
        self._limit: Reading = min(trips(hello, "passive"), default=_NO_TRIP)

    def fill(self, tick: Tick, draft: Draft) -> None:
        """All zones, the hottest that computes, and the lowest passive trip."""
        values = tick.values
        zones = tuple([zone(name, values.get(key)) if key else (name, _ASLEEP) for name, key in self._zones])
        draft.fields["zones"] = zones
        draft.fields["temperature_c"] = hottest(zones)
        draft.fields["limit_c"] = self._limit


def hottest(zones: tuple[tuple[str, Reading], ...]) -> Reading:
    """The hottest compute zone; NA with the reason where none has a value."""
    found = [reading for name, reading in zones if is_compute(name)]
    values = [r for r in found if known(r)]
    if values:
        return max(values)
    if found:
        return found[0]
    return na("no thermal zone of a processor") if zones else _NO_ZONE


def trips(hello: Hello, kind: str) -> list[float]:
    """°C of all trips of this type (``passive``, ``critical``) of the zones that compute."""
    found: list[float] = []
    for path, value in hello.facts.items():
        folder, _, name = path.rpartition("/")
        if value == kind and path.startswith(_ZONES) and is_compute(hello.facts.get(f"{folder}/type", "")):
            trip = celsius(hello.facts.get(f"{folder}/{name.removesuffix('_type')}_temp"))
            if known(trip) and trip > 30:  # drivers leave unset trips at 0 or below
                found.append(trip)
    return found


class Cooling:
    """Cooling devices that slow something down; fans are none of them. In force: heat holds the board back."""

    def __init__(self, hello: Hello) -> None:
        self._devices = tuple(
            (Throttle("T", "now", f"cooling_device {one_line(hello.facts.get(f'{folder}/type', ''), 40)}"), key)
            for path, key in hello.keys.items()
            if path.startswith(_COOLING) and (folder := path.removesuffix("/cur_state")) != path
        )

    def fill(self, tick: Tick, draft: Draft) -> None:
        """``cur_state`` above 0 says that the device slows."""
        for throttle, key in self._devices:
            state = count(tick.values.get(key))
            if state is None:
                draft.silent = UNREADABLE
            else:
                draft.asked = True
                if state > 0:
                    draft.limit(throttle)
