"""Any Linux: the ground that every other family builds on, and what PCs have beyond boards."""

from __future__ import annotations

from edgetui.model import Finding, Reading, Throttle, known
from edgetui.model.hostile import one_line
from edgetui.probes import pressure
from edgetui.probes.cpu import Clock, Load, fill_memory
from edgetui.probes.families import Command, Draft, Family, Tick
from edgetui.probes.hello import Hello
from edgetui.probes.quantity import UNREADABLE, celsius, count, percent, rpm, scaled
from edgetui.probes.thermal import Cooling, Zones, hottest, zone

# hwmon coretemp: temp1 is the package; k10temp: temp1 is Tctl (may carry an offset), temp2 Tdie where they differ.
SHELL = (
    """
fact "$R"/sys/class/dmi/id/sys_vendor "$R"/sys/class/dmi/id/product_name
for c in coretemp k10temp zenpower; do
  chips $c; for d in $D; do fact "$d"/temp[12]_label "$d"/temp1_crit; tick "$d"/temp[12]_input; done
done
tick "$R"/sys/devices/system/cpu/cpu0/thermal_throttle/package_throttle_count
"""
    + pressure.SHELL
)

_PACKAGE = "/sys/devices/system/cpu/cpu0/thermal_throttle/package_throttle_count"


class Linux:
    """CPU, memory, zones, clocks, fans."""

    commands: tuple[Command, ...] = ()
    findings: tuple[Finding, ...] = ()
    release = ""

    def __init__(self, hello: Hello) -> None:
        self._steps = (Load(hello), Zones(hello), Cooling(hello), Clock(hello), pressure.Pressure(hello))
        self._sensors = _sensors(hello)
        self._critical = tuple(
            t for chip in hello.chips("coretemp") if known(t := celsius(hello.facts.get(f"{chip}/temp1_crit")))
        )
        self._package = hello.keys.get(_PACKAGE, "")
        self._fans = tuple(
            key
            for path, key in hello.keys.items()
            if "/hwmon" in path and path.endswith("_input") and "/fan" in path
        )
        chips = hello.chips("pwmfan")
        self._pwm = next((key for c in chips for _, key in hello.under(c, "pwm1")), "")

    def fill(self, tick: Tick, draft: Draft) -> None:
        """Everything that is the same on every machine."""
        fill_memory(tick, draft)
        for step in self._steps:
            step.fill(tick, draft)
        if self._sensors:
            self._fill_sensors(tick, draft)
        if self._package:
            self._fill_package(tick, draft)
        if self._fans:
            turns = [rpm(tick.values.get(key)) for key in self._fans]
            draft.fields["fan_rpm"] = max((t for t in turns if known(t)), default=turns[0])
        if self._pwm:
            draft.fields["fan_percent"] = pwm_percent(tick.values.get(self._pwm))

    def _fill_sensors(self, tick: Tick, draft: Draft) -> None:
        found = (zone(name, tick.values.get(key)) for name, key in self._sensors)
        zones = draft.fields["zones"] = (*draft.fields["zones"], *found)
        draft.fields["temperature_c"] = hottest(zones)
        if self._critical and not known(draft.fields["limit_c"]):
            # Intel's temp1_crit is TjMax, where the processor slows itself (Linux Documentation/hwmon/coretemp)
            draft.fields["limit_c"] = min(self._critical)

    def _fill_package(self, tick: Tick, draft: Draft) -> None:
        """How often an x86 package crossed its thermal limit since boot."""
        events = count(tick.values.get(self._package))
        if events is None:
            draft.silent = UNREADABLE
            return
        draft.asked = True
        draft.counters["package"] = (events,)
        if events:
            draft.limit(Throttle("T", "boot", "package_throttle_count"))
        moved = tick.delta("package", (events,))
        if moved and moved[0]:
            draft.limit(Throttle("T", "now", "package_throttle_count"))


def pwm_percent(text: str | None) -> Reading:
    """A fan's duty cycle of 0…255 in percent."""
    duty = scaled(text, 1.0, 0.0, 255.0)
    return percent(duty, 255.0) if known(duty) else duty


def _sensors(hello: Hello) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    for chip in hello.chips("coretemp|k10temp|zenpower"):
        kind = hello.facts[f"{chip}/name"]
        labels = {
            key: hello.facts.get(f"{chip}/temp{match[1]}_label", "")
            for match, key in hello.under(chip, r"temp([12])_input")
        }
        for key, label in labels.items():
            if label == "Tctl" and "Tdie" in labels.values():
                continue
            found.append((one_line(f"{kind} {label}".strip(), 40), key))
    return tuple(found)


FAMILY = Family(name="linux", shell=SHELL, fits=lambda _: True, part=Linux)
