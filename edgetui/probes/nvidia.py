"""An NVIDIA graphics card in a PC, through nvidia-smi; lies over whatever family the machine itself has.

Sources: ``nvidia-smi --help-query-gpu``; bits of the event reasons from NVML (nvidia-ml-py 13.615).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from edgetui.model import NA, Finding, Reading, Throttle, known, na
from edgetui.model.hostile import one_line
from edgetui.model.throttle import Kind
from edgetui.probes.families import Command, Draft, Family, Tick
from edgetui.probes.hello import Hello
from edgetui.probes.quantity import scaled

SHELL = """
fact "$R"/proc/driver/nvidia/version
has nvidia-smi
"""

FIELDS = (
    "index",
    "temperature.gpu",
    "utilization.gpu",
    "memory.used",
    "memory.total",
    "power.draw",
    "clocks.sm",
    "fan.speed",
)
"""What is asked, in this order; the mask of reasons and the name (which may hold commas) come behind."""

_ASK = "nvidia-smi -lms 1000 --format=csv,noheader,nounits --query-gpu=" + ",".join(FIELDS)
# One process that goes on: starting one costs the machine 0.1 s of work, without persistence mode seconds.
# Drivers before 535 know the mask by its old name only, and refuse the whole question for the new one.
CARDS = Command(
    "nvidia-smi",
    f"{{ {_ASK},clocks_event_reasons.active,name || {_ASK},clocks_throttle_reasons.active,name; }}",
    period_s=2.0,
    timeout_s=10.0,
    stream=True,
)
LIMITS = Command("nvidia-smi-limits", "nvidia-smi -q -d TEMPERATURE", period_s=300.0, timeout_s=30.0)

_REASONS: tuple[tuple[int, Kind, str], ...] = (
    (0x04, "P", "SW power cap"),
    (0x08, "F", "HW slowdown"),
    (0x20, "T", "SW thermal slowdown"),
    (0x40, "T", "HW thermal slowdown"),
    (0x80, "P", "HW power brake"),
)
"""0x1 idle, 0x2 application clocks, 0x10 sync boost and 0x100 display clock hold nothing back."""

_MASK = re.compile(r"0x[0-9a-fA-F]{1,16}|\[.*\]")
_NO_LIMIT = na("nvidia-smi names no temperature limit")


@dataclass(frozen=True, slots=True)
class Card:
    """One line of the answer."""

    temperature_c: Reading
    gpu_percent: Reading
    memory_used_bytes: Reading
    memory_total_bytes: Reading
    power_w: Reading
    clock_hz: Reading
    fan_percent: Reading
    reasons: int | NA
    """Mask of what holds the clock down."""
    name: str


@lru_cache(maxsize=1024)
def parse(text: str) -> tuple[Card, ...] | NA:
    """The answer to ``CARDS``, a line for each card; NA with nvidia-smi's own words where it is none."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith('Field "')]
    if not lines:
        return na(f"nvidia-smi: {one_line(text, 80)}" if text.strip() else "nvidia-smi printed nothing")
    cards: dict[str, Card] = {}
    for line in lines:
        cells = [cell.strip() for cell in line.split(",", len(FIELDS) + 1)]
        if len(cells) != len(FIELDS) + 2 or not _MASK.fullmatch(cells[-2]) or cells[0] in cards:
            return na(f"nvidia-smi: {one_line(line, 80)}")
        cards[cells[0]] = _card(cells)
    return tuple(cards.values())


def _card(cells: list[str]) -> Card:
    _, degrees, load, used, total, power, clock, fan, reasons, name = cells
    return Card(
        temperature_c=_cell(degrees, 1.0, -39.0, 149.0),
        gpu_percent=_cell(load, 1.0, 0.0, 100.0),
        memory_used_bytes=_cell(used, 2.0**20, 0.0, 2.0**50),
        memory_total_bytes=_cell(total, 2.0**20, 2.0**20, 2.0**50),
        power_w=_cell(power, 1.0, 0.0, 5000.0),
        clock_hz=_cell(clock, 1e6, 0.0, 1e11),
        fan_percent=_cell(fan, 1.0, 0.0, 100.0),
        reasons=_none(reasons) if reasons.startswith("[") else int(reasons, 16),
        name=one_line(name, 60),
    )


def _cell(text: str, factor: float, low: float, high: float) -> Reading:
    """A number, or what stands for none: ``[N/A]``, ``[Not Supported]``, ``[Unknown Error]``."""
    return _none(text) if text.startswith(("[", "N/A")) else scaled(text, factor, low, high)


def _none(text: str) -> NA:
    return na(f"nvidia-smi says {one_line(text.strip('[]'), 30)}")


@lru_cache(maxsize=256)
def limit(text: str) -> Reading:
    """°C at which a card slows itself, from ``nvidia-smi -q -d TEMPERATURE``; the lowest of several cards."""
    for words in ("GPU Target Temperature", "GPU Slowdown Temp"):
        found = re.findall(rf"^[ \t]*{words}[ \t]*: ([0-9]{{2,3}}) C$", text, re.MULTILINE)
        if found:
            return min(float(degrees) for degrees in found)
    return _NO_LIMIT


class Nvidia:
    """The cards of one machine: load and clock of the busiest, heat of the hottest, memory and power of all."""

    release = ""

    def __init__(self, hello: Hello) -> None:
        self.commands: tuple[Command, ...] = ()
        self.findings: tuple[Finding, ...] = ()
        if "nvidia-smi" in hello.commands:
            self.commands = (CARDS, LIMITS)
        else:
            why = "the driver is loaded but nvidia-smi is not installed"
            self.findings = (Finding("GPU", why, _package(hello)),)

    def fill(self, tick: Tick, draft: Draft) -> None:
        """Everything of the cards; the machine's own readings stay where the cards have none."""
        answer = tick.answer(CARDS) if self.commands else na("nvidia-smi is not installed")
        cards = answer if isinstance(answer, NA) else parse(answer)
        if isinstance(cards, NA):
            draft.silent = cards
            draft.fields.update(dict.fromkeys(_FIELDS, cards))
            return
        busiest = max(cards, key=lambda card: card.gpu_percent if known(card.gpu_percent) else -1.0)
        power = _sum([card.power_w for card in cards])
        scope = "GPU card" if len(cards) == 1 else f"{len(cards)} GPU cards"
        draft.fields.update(
            gpu_percent=busiest.gpu_percent,
            gpu_clock_hz=busiest.clock_hz,
            gpu_memory_total_bytes=_sum([card.memory_total_bytes for card in cards]),
            gpu_memory_used_bytes=_sum([card.memory_used_bytes for card in cards]),
            power_w=power,
            power_scope=scope if known(power) else power,
        )
        self._fill_heat(tick, draft, cards)
        for card in cards:
            _limits(card.reasons, draft)

    def _fill_heat(self, tick: Tick, draft: Draft, cards: tuple[Card, ...]) -> None:
        """A card's heat with its limit, where it is nearer to that than the machine to its own (else: hotter)."""
        fields = draft.fields
        names = [f"gpu{n if len(cards) > 1 else ''} {card.name}" for n, card in enumerate(cards)]
        fields["zones"] = (
            *fields["zones"],
            *((name, card.temperature_c) for name, card in zip(names, cards, strict=True)),
        )
        heat = [(c.temperature_c, c.fan_percent) for c in cards if known(c.temperature_c)]
        if not heat:
            return
        hottest, fan = max(heat, key=lambda pair: pair[0])
        if known(fan):
            fields["fan_percent"] = fan
        answer = tick.answer(LIMITS)
        card = (hottest, answer if isinstance(answer, NA) else limit(answer))
        if _closer(card, (fields["temperature_c"], fields["limit_c"])):
            fields["temperature_c"], fields["limit_c"] = card


def _closer(card: tuple[float, Reading], machine: tuple[Reading, Reading]) -> bool:
    """°C and limit of each: a processor that may be hotter must not hide a card at its limit."""
    (card_c, card_limit), (machine_c, machine_limit) = card, machine
    if not known(machine_c):
        return True
    if known(card_limit) and known(machine_limit):
        return card_limit - card_c <= machine_limit - machine_c
    return card_c >= machine_c


_FIELDS = (
    "gpu_percent",
    "gpu_clock_hz",
    "gpu_memory_total_bytes",
    "gpu_memory_used_bytes",
    "power_w",
    "power_scope",
)


def _sum(readings: list[Reading]) -> Reading:
    missing = next((r for r in readings if isinstance(r, NA)), None)
    return sum(r for r in readings if known(r)) if missing is None else missing


def _limits(reasons: int | NA, draft: Draft) -> None:
    if isinstance(reasons, NA):
        draft.silent = reasons
        return
    draft.asked = True
    for bit, kind, words in _REASONS:
        if reasons & bit:
            draft.limit(Throttle(kind, "now", f"nvidia-smi {words}"))


def _package(hello: Hello) -> str:
    """The command that installs nvidia-smi, where we know the distribution's package."""
    os = hello.word("os")
    version = re.search(r"\b([0-9]{3})\.[0-9]", hello.facts.get("/proc/driver/nvidia/version", ""))
    if "Ubuntu" in os and version:
        return f"sudo apt install nvidia-utils-{version[1]}"
    return "sudo apt install nvidia-smi" if "Debian" in os else ""


def _fits(hello: Hello) -> bool:
    tegra = "tegra" in hello.facts.get("/proc/device-tree/compatible", "")
    card = "nvidia-smi" in hello.commands or "/proc/driver/nvidia/version" in hello.facts
    return card and not tegra and "/etc/nv_tegra_release" not in hello.facts


FAMILY = Family(name="nvidia", shell=SHELL, fits=_fits, part=Nvidia)
