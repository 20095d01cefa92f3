"""Raspberry Pi 1 to 5: the firmware's throttle word, the real ARM clock, the Pi 5's power rails.

Sources: raspberrypi.com documentation (vcgencmd, frequency management), torvalds/linux
drivers/hwmon/raspberrypi-hwmon.c. The sysfs file ``get_throttled`` is not used: reading it puts a stack trace into
the owner's kernel log, and its sticky bits are cleared every 2 s.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from edgetui.model import NA, Finding, Reading, Throttle, known, na
from edgetui.model.throttle import Kind
from edgetui.probes.families import Command, Draft, Family, Tick
from edgetui.probes.hello import Hello
from edgetui.probes.quantity import UNREADABLE, count, percent, scaled

SHELL = """
device "$R"/dev/vcio_gencmd "$R"/dev/vcio
has vcgencmd
chips rpi_volt; for d in $D; do tick "$d/in0_lcrit_alarm"; done
whole "$R"/sys/devices/platform/v3dbus/*.v3d/gpu_stats "$R"/sys/devices/platform/axi/*.v3d/gpu_stats
"""

THROTTLED = "vcgencmd get_throttled"
_CLOCK = "vcgencmd measure_clock arm"
_RAILS = "vcgencmd pmic_read_adc"


def _asking(*questions: str) -> Command:
    """One channel and one answer for all: half the cost. Each line tells for itself whether it is an answer."""
    return Command("vcgencmd", f"{{ {'; '.join(questions)}; true; }}", period_s=3.0, timeout_s=5.0)


FIRMWARE = _asking(THROTTLED, _CLOCK)
FIRMWARE_WITH_RAILS = _asking(THROTTLED, _CLOCK, _RAILS)

_BITS: tuple[tuple[int, Kind], ...] = ((0, "U"), (1, "F"), (2, "T"), (3, "S"))
"""Bits of get_throttled: in force now; 16 higher, has been since boot."""
_REGISTER = {
    bit + shift: Throttle(kind, "boot" if shift else "now", f"vcgencmd get_throttled bit {bit + shift}")
    for bit, kind in _BITS
    for shift in (0, 16)
}
_VOLT = Throttle("U", "now", "hwmon rpi_volt in0_lcrit_alarm")
_NO_TOOL = na("vcgencmd is not installed")
_DENIED = na("permission denied: join group video")
_NO_SENSOR = na("no power sensor on this board")
_SCOPE = "SoC rails (PMIC), without USB and HATs"
_NO_STATS = na("this kernel has no gpu_stats")
_THROTTLED = re.compile(r"^throttled=0x([0-9a-f]{1,8})$", re.MULTILINE)
_HERTZ = re.compile(r"^frequency\([0-9]+\)=([0-9]+)$", re.MULTILINE)
_RAIL = re.compile(
    r"^[ \t]*(\S+)_([AV]) (?:current|volt)\([0-9]+\)=([0-9]{1,3}\.[0-9]{1,12})\2[ \t]*$", re.MULTILINE
)
MOST_W = 50.0
"""A Pi 5's supply gives 27 W: more than this is a misreading."""
_REFUSED = ("can't open device file", "vchi initialization failed")


@dataclass(frozen=True, slots=True)
class Rails:
    """What pmic_read_adc says."""

    rails: tuple[tuple[str, Reading], ...]
    """Name, W: volts times amperes of the rails that have both."""
    power_w: Reading
    """Their sum."""


@lru_cache(maxsize=1024)
def throttled(text: str) -> tuple[Throttle, ...] | NA:
    """The answer of ``vcgencmd get_throttled``, e.g. ``throttled=0x50005``, alone or among others."""
    found = _THROTTLED.findall(text)
    if len(found) != 1:
        return refusal(text)
    word = int(found[0], 16)
    return tuple(throttle for bit, throttle in _REGISTER.items() if word >> bit & 1)


@lru_cache(maxsize=1024)
def arm_clock(text: str) -> Reading:
    """The answer of ``vcgencmd measure_clock arm``, e.g. ``frequency(48)=1500000000``, in Hz, as above."""
    found = _HERTZ.findall(text)
    return scaled(found[0], 1.0, 1e6, 1e10) if len(found) == 1 else refusal(text)


@lru_cache(maxsize=1024)
def rails(text: str) -> Rails:
    """The answer of ``vcgencmd pmic_read_adc``: lines such as ``VDD_CORE_A current(7)=0.94657990A``."""
    found = _RAIL.findall(text)
    amperes = {name: float(value) for name, unit, value in found if unit == "A"}
    volts = {name: float(value) for name, unit, value in found if unit == "V"}
    if not volts:
        return Rails((), refusal(text))
    if not amperes or not amperes.keys() <= volts.keys() or "VDD_CORE" not in amperes:
        return Rails((), na("pmic_read_adc did not name all rails"))
    pairs = tuple((name, round(a * volts[name], 3)) for name, a in amperes.items())
    power = round(sum(a * volts[name] for name, a in amperes.items()), 3)
    return Rails(pairs, power if power <= MOST_W else na(f"impossible value {power:g}"))


def refusal(text: str) -> NA:
    """Why vcgencmd did not answer; its exit status is 0 on many failures."""
    lower = text.lower()
    if any(words in lower for words in _REFUSED):
        return _DENIED
    return _NO_TOOL if "not found" in lower else na("vcgencmd gave an answer of unknown form")


class RaspberryPi:
    """What the firmware knows beyond Linux."""

    release = ""

    def __init__(self, hello: Hello) -> None:
        self._model = hello.facts.get("/proc/device-tree/model", "")
        compatible = hello.facts.get("/proc/device-tree/compatible", "")
        self._has_pmic = "bcm2712" in compatible
        self._installed = "vcgencmd" in hello.commands
        doors = [free for path, free in hello.devices.items() if path.startswith("/dev/vcio")]
        self._allowed = not doors or any(doors)
        self._alarm = next((k for c in hello.chips("rpi_volt") for _, k in hello.under(c, "in0_lcrit_alarm")), "")
        self._stats = next((key for path, key in hello.keys.items() if path.endswith("/gpu_stats")), "")
        self.findings = self._look()
        self._asked = FIRMWARE_WITH_RAILS if self._has_pmic else FIRMWARE
        self.commands: tuple[Command, ...] = (self._asked,) if self._installed and self._allowed else ()

    def _look(self) -> tuple[Finding, ...]:
        what = "throttling, real clock, power" if self._has_pmic else "throttling, real clock"
        if not self._installed:
            return (Finding(what, "vcgencmd is not installed", "sudo apt install raspi-utils"),)
        if not self._allowed:
            return (Finding(what, "vcgencmd is not permitted", "sudo usermod -aG video $USER"),)
        return ()

    def _answer(self, tick: Tick) -> str | NA:
        if not self._installed:
            return _NO_TOOL
        return tick.answer(self._asked) if self._allowed else _DENIED

    def fill(self, tick: Tick, draft: Draft) -> None:
        """The firmware's word on throttling goes before the kernel's."""
        answer = self._answer(tick)
        self._fill_throttle(answer, tick, draft)
        if known(answer) and known(real := arm_clock(answer)):
            draft.fields["clock_hz"], draft.fields["clock_source"] = real, "real"
        self._fill_power(answer, draft)
        draft.fields["gpu_percent"] = self._gpu(tick, draft) if self._stats else _NO_STATS
        if not known(draft.fields["limit_c"]):
            draft.fields["limit_c"] = documented_limit(self._model)

    def _fill_throttle(self, answer: str | NA, tick: Tick, draft: Draft) -> None:
        limits = answer if isinstance(answer, NA) else throttled(answer)
        if isinstance(limits, NA):
            draft.silent = limits
        else:
            draft.asked = True
            for limit in limits:
                draft.limit(limit)
        if self._alarm and count(tick.values.get(self._alarm)):
            draft.limit(_VOLT)

    def _fill_power(self, answer: str | NA, draft: Draft) -> None:
        if not self._has_pmic:
            draft.fields["power_w"] = draft.fields["power_scope"] = _NO_SENSOR
            return
        said = Rails((), answer) if isinstance(answer, NA) else rails(answer)
        draft.fields["rails"], draft.fields["power_w"] = said.rails, said.power_w
        draft.fields["power_scope"] = _SCOPE if known(said.power_w) else said.power_w

    def _gpu(self, tick: Tick, draft: Draft) -> Reading:
        """Busiest queue of gpu_stats: lines ``queue, timestamp, jobs, runtime``, times in ns since boot."""
        text = tick.values.get(self._stats)
        if text is None:
            return UNREADABLE
        shares: list[float] = []
        queues = 0
        for line in text.split("\n"):
            cells = line.split()
            if len(cells) != 4 or None in (numbers := [count(c) for c in cells[1::2]]):
                continue
            queues += 1
            stamp, runtime = (n or 0 for n in numbers)
            draft.counters[f"gpu {cells[0]}"] = (stamp, runtime)
            moved = tick.delta(f"gpu {cells[0]}", (stamp, runtime))
            if moved is not None and moved[0] > 0:
                shares.append(percent(moved[1], moved[0]))
        if shares:
            return max(shares)
        return na("needs a second frame") if queues else na("gpu_stats has an unknown form")


def documented_limit(model: str) -> float:
    """°C at which the firmware begins to throttle: 60 (soft limit) on the 3B+, 80 on all others.

    raspberrypi.com documentation, "Frequency management and thermal control"; no Pi has a passive trip point.
    """
    return 60.0 if "3 Model B Plus" in model else 80.0


def _fits(hello: Hello) -> bool:
    return "Raspberry Pi" in hello.facts.get("/proc/device-tree/model", "")


FAMILY = Family(name="raspberry-pi", shell=SHELL, fits=_fits, part=RaspberryPi)
