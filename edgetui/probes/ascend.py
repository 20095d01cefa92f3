"""Huawei Ascend 310 and 310B (OrangePi AIpro, Atlas 200I) and 310P cards, through npu-smi.

Sources: "npu-smi Command Reference" (hiascend.com); outputs of npu-smi 23.0 to 25.2, whose columns differ in width:
cells are split at blanks, never at a position. On the 310B the memory column is the system's own RAM, so it is no
memory of the NPU. Many such boards report health ``Alarm`` and 0 W for good: their current sensor does not answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from edgetui.model import NA, Finding, Reading, known, na
from edgetui.model.hostile import one_line
from edgetui.probes.families import Command, Draft, Family, Tick
from edgetui.probes.hello import Hello
from edgetui.probes.quantity import hertz, scaled

SHELL = """
device "$R"/dev/davinci_manager
has npu-smi
"""

CHIPS = Command("npu-smi", "npu-smi info", period_s=5.0, timeout_s=30.0)
"""Takes hundreds of ms; with a sick driver it may hang for 30 s."""
# 310B drivers that do not know "common" still tell the load.
DETAILS = Command(
    "npu-smi-details",
    "{ npu-smi info -t common -i 0 || npu-smi info -t usages -i 0 -c 0; }",
    period_s=10.0,
    timeout_s=30.0,
)
HEALTH = Command("npu-smi-health", "npu-smi info -t health -i 0 -c 0", period_s=60.0, timeout_s=30.0)

_NO_TOOL = na("npu-smi is not installed")
_DENIED = na("permission denied: join group HwHiAiUser")
_NO_CLOCK = na("npu-smi names no clock")
_NO_POWER = na("npu-smi says 0 W: the current sensor does not answer")
_NO_LOAD = na("npu-smi printed no load")


@dataclass(frozen=True, slots=True)
class Chip:
    """Two rows of the table of ``npu-smi info``."""

    name: str
    health: str
    """``OK``, ``Warning``, ``Alarm``, ``Critical``, …; fit to be shown."""
    power_w: Reading
    temperature_c: Reading
    load_percent: Reading
    """Of the AI cores."""


def chips(text: str) -> tuple[Chip, ...] | NA:
    """The answer to ``CHIPS``; NA with npu-smi's own words where it has no table."""
    found: list[Chip] = []
    first: tuple[str, str, list[str]] | None = None
    for cells in _rows(text):
        words = cells[2].replace("/", " ").split()
        if len(words) == 4:  # NPU name | health | power temperature hugepages / hugepages
            if first:
                found.append(_chip(first, None))
            first = (cells[0].split()[-1], cells[1], words)
        elif first and len(words) in (3, 5):  # chip device | bus | load memory / memory [HBM / HBM]
            found.append(_chip(first, words[0]))
            first = None
    if first:
        found.append(_chip(first, None))
    return tuple(found) or na(f"npu-smi: {one_line(text, 80) or 'nothing printed'}")


def _rows(text: str) -> list[list[str]]:
    """Cells of the lines that have three and begin with a number; headers do not, rows of processes have four."""
    rows = ([cell.strip() for cell in line.strip().strip("|").split("|")] for line in text.splitlines())
    return [cells for cells in rows if len(cells) == 3 and cells[0][:1].isdecimal()]


def _chip(first: tuple[str, str, list[str]], load: str | None) -> Chip:
    name, health, (power, degrees, *_) = first
    watts = _cell(power, 0.0, 1000.0)
    return Chip(
        name=one_line(name, 30),
        health=one_line(health, 20),
        power_w=_NO_POWER if watts == 0 else watts,
        temperature_c=_cell(degrees, -39.0, 149.0),
        load_percent=_NO_LOAD if load is None else _cell(load, 0.0, 100.0),
    )


def _cell(text: str, low: float, high: float) -> Reading:
    return na(f"npu-smi says {text}") if text in ("NA", "-", "N/A") else scaled(text, 1.0, low, high)


def entries(text: str) -> dict[str, str]:
    """Lines ``Aicore Usage Rate(%) : 6`` of ``npu-smi info -t …``: of the first chip, not of the controller."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        name, value = name.strip(), value.strip()
        if name == "Chip Name" and value == "mcu":
            break
        if colon:
            found.setdefault(name, value)
    return found


def clock(said: Mapping[str, str]) -> Reading:
    """Hz of the AI cores now, of ``entries``."""
    text = said.get("Aicore curFreq(MHZ)")
    return _NO_CLOCK if text is None else hertz(text, 1e6)


def load(said: Mapping[str, str]) -> Reading:
    """Percent of the AI cores, of ``entries``."""
    text = said.get("Aicore Usage Rate(%)")
    return _NO_LOAD if text is None else _cell(text, 0.0, 100.0)


class Ascend:
    """The NPU's load, clock, heat, power and health."""

    release = ""

    def __init__(self, hello: Hello) -> None:
        self.findings: tuple[Finding, ...] = ()
        self.commands: tuple[Command, ...] = ()
        self._refused: NA | None = None
        if "npu-smi" not in hello.commands:
            self._refused = _NO_TOOL
            self.findings = (Finding("NPU", "npu-smi is not installed: it comes with the Ascend driver package"),)
        elif hello.devices.get("/dev/davinci_manager") is False:
            self._refused = _DENIED
            self.findings = (Finding("NPU", "npu-smi is not permitted", "sudo usermod -aG HwHiAiUser $USER"),)
        else:
            self.commands = (CHIPS, DETAILS, HEALTH)

    def fill(self, tick: Tick, draft: Draft) -> None:
        """Of several chips the busiest, the hottest, and the power of all; health that is not OK is said."""
        answer = tick.answer(CHIPS) if self._refused is None else self._refused
        said = answer if isinstance(answer, NA) else chips(answer)
        fields = draft.fields
        if isinstance(said, NA):
            fields.update(npu_percent=said, npu_clock_hz=said, power_w=said, power_scope=said)
            return
        details = tick.answer(DETAILS)
        about = {} if isinstance(details, NA) else entries(details)
        fields["npu_clock_hz"] = details if isinstance(details, NA) else clock(about)
        loads = [c.load_percent for c in said]
        if not any(map(known, loads)):
            loads.append(load(about))
        fields["npu_percent"] = max((v for v in loads if known(v)), default=loads[0])
        powers = [c.power_w for c in said]
        power: Reading = next((p for p in powers if isinstance(p, NA)), sum(p for p in powers if known(p)))
        fields["power_w"], fields["power_scope"] = power, "NPU" if known(power) else power
        self._fill_heat(said, draft)
        self._fill_health(tick, said, draft)

    def _fill_heat(self, said: tuple[Chip, ...], draft: Draft) -> None:
        fields = draft.fields
        zones = [(f"npu{n if len(said) > 1 else ''} {c.name}", c.temperature_c) for n, c in enumerate(said)]
        fields["zones"] = (*fields["zones"], *zones)
        hottest = [t for t in (fields["temperature_c"], *(t for _, t in zones)) if known(t)]
        fields["temperature_c"] = max(hottest, default=zones[0][1])

    def _fill_health(self, tick: Tick, said: tuple[Chip, ...], draft: Draft) -> None:
        answer = tick.answer(HEALTH)
        told = {} if isinstance(answer, NA) else entries(answer)
        code = re.match(r"[0-9A-Fa-f]{8}\b", told.get("Error Code", ""))
        for chip in said:
            if chip.health not in ("OK", "NA", "-"):
                draft.caps.append(f"NPU health {chip.health}{f' ({code[0]})' if code else ''}")


def _fits(hello: Hello) -> bool:
    return "npu-smi" in hello.commands or "/dev/davinci_manager" in hello.devices


FAMILY = Family(name="ascend", shell=SHELL, fits=_fits, part=Ascend)
