"""The vendors' tools on a simulated board."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from edgetui.sim.board import Board
from edgetui.sim.files.jetson import gpu_hz
from edgetui.sim.files.pc import DRIVER

Outcome: TypeAlias = tuple[int, str]
"""Exit status and what was printed."""

_UNDERVOLT, _CAPPED, _THROTTLED, _SOFT = 1, 2, 4, 8
_SINCE_BOOT = 16


def throttle_word(board: Board) -> int:
    """The firmware's bits: 0 under-voltage, 1 capped, 2 throttled, 3 soft limit; 16 higher since boot."""

    def bits(limits: set[str]) -> int:
        word = _UNDERVOLT | _THROTTLED if "undervolt" in limits else 0
        word |= _CAPPED if "capped" in limits else 0
        word |= _SOFT if "hot" in limits else 0
        return word | (_THROTTLED if "hard" in limits or ("capped" in limits and "hot" in limits) else 0)

    now = board.body.limits()
    return bits(now) | bits(now | board.body.ever) << _SINCE_BOOT


def _vcgencmd(board: Board, words: list[str]) -> Outcome:
    if "video" in board.defects:
        return 255, "Can't open device file: /dev/vcio\n"
    match words:
        case ["get_throttled", *_]:
            return 0, f"throttled={throttle_word(board):#x}\n"
        case ["measure_clock", "arm"]:
            hertz = board.kind.clocks_hz[0] * board.body.clock
            idle = board.body.activity.cpu < 0.1
            return 0, f"frequency(48)={min(hertz, board.kind.cpu_hz[1]) if idle else hertz:.0f}\n"
        case ["measure_temp", *_]:
            return 0, f"temp={board.body.reading_c:.1f}'C\n"
        case ["measure_volts", *_]:
            return 0, f"volt={0.72 + 0.2 * board.body.activity.units * board.body.clock:.4f}V\n"
        case ["pmic_read_adc", *names] if board.kind.name == "pi5":
            rows = _pmic(board)
            return 0, "".join(row + "\n" for row in rows if not names or names[0] in row)
        case ["version", *_]:
            return 0, "Sep 23 2025 13:02:56 \nCopyright (c) 2012 Broadcom\nversion 0 (release) (embedded)\n"
    return 0, 'error=1 error_msg="Command not registered"\n'


_RAILS = {
    "3V7_WL_SW": (0, 8, 3.7, 0.28),
    "3V3_SYS": (1, 9, 3.31, 0.16),
    "1V8_SYS": (2, 10, 1.8, 0.21),
    "DDR_VDD2": (3, 11, 1.11, 0.02),
    "DDR_VDDQ": (4, 12, 0.61, 0.0),
    "1V1_SYS": (5, 13, 1.1, 0.2),
    "0V8_SW": (6, 14, 0.8, 0.28),
    "3V3_DAC": (17, 20, 3.31, 0.005),
    "3V3_ADC": (18, 21, 3.3, 0.005),
    "0V8_AON": (16, 19, 0.8, 0.004),
    "HDMI": (22, 23, 5.11, 0.09),
}
"""Channel of the current, of the voltage, V, W: what is not the core hardly changes."""


def _pmic(board: Board) -> list[str]:
    """Rails of a Pi 5. Their sum misses the 5 V consumers: board W ≈ 1.1451 · sum + 0.5879 (a public fit)."""
    total = max(0.0, (board.body.power_w - 0.5879) / 1.1451)
    core_v = 0.72 + 0.2 * board.body.activity.units * board.body.clock
    core_w = max(0.05, total - sum(watts for *_, watts in _RAILS.values()))
    rails = {**_RAILS, "VDD_CORE": (7, 15, core_v, core_w)}
    input_v = 4.55 if board.body.undervolt else 5.1
    amps = [f"{name + '_A':>12} current({a})={watts / volts:.8f}A" for name, (a, _, volts, watts) in rails.items()]
    volts = [f"{name + '_V':>12} volt({v})={volts:.8f}V" for name, (_, v, volts, _) in rails.items()]
    return [*amps, *volts, f"     EXT5V_V volt(24)={input_v:.8f}V", "      BATT_V volt(25)=0.00000000V"]


def _nvidia_smi(board: Board, words: list[str]) -> Outcome:
    wish = next((w.partition("=")[2] for w in words if w.startswith("--query-gpu=")), "")
    if not wish:
        return 0, _card_limits(board) if "TEMPERATURE" in words else f"NVIDIA-SMI {DRIVER}\n"
    style = next((w.partition("=")[2] for w in words if w.startswith("--format=")), "csv")
    values = _card(board)
    cells = []
    for name in wish.split(","):
        if name not in values:
            return 2, f'Field "{name}" is not a valid field to query.\n\n'
        value, unit = values[name]
        cells.append(value if "nounits" in style or not unit else f"{value} {unit}")
    head = "" if "noheader" in style else ", ".join(wish.split(",")) + "\n"
    return 0, head + ", ".join(cells) + "\n"


def _card(board: Board) -> dict[str, tuple[str, str]]:
    body, kind = board.body, board.kind
    busy = body.activity.gpu
    hertz = kind.clocks_hz[body.step] if busy else 210_000_000
    reasons = 0x20 if body.step else 0x0 if busy else 0x1
    reasons |= 0x80 if body.undervolt else 0
    used = 12 + board.resident_gb * 1e9 / 2**20
    fan = min(100.0, max(0.0, (body.celsius - 40) * 2.2)) if body.celsius > 50 else 0.0
    return {
        "index": ("0", ""),
        "uuid": (f"GPU-{board.seed:08x}-sim0-0000-0000-000000000000", ""),
        "name": ("NVIDIA GeForce RTX 3060", ""),
        "driver_version": (DRIVER, ""),
        "pstate": ("P2" if busy else "P8", ""),
        "temperature.gpu": (f"{body.reading_c:.0f}", ""),
        "temperature.memory": ("N/A", ""),
        "utilization.gpu": (f"{busy * 100:.0f}", "%"),
        "utilization.memory": (f"{busy * 70:.0f}", "%"),
        "memory.used": (f"{used:.0f}", "MiB"),
        "memory.free": (f"{12288 - used:.0f}", "MiB"),
        "memory.total": ("12288", "MiB"),
        "power.draw": (f"{body.power_w:.2f}", "W"),
        "power.limit": ("170.00", "W"),
        "clocks.sm": (f"{hertz / 1e6:.0f}", "MHz"),
        "clocks.max.sm": (f"{kind.clocks_hz[0] / 1e6:.0f}", "MHz"),
        "clocks.mem": ("7300" if busy else "405", "MHz"),
        "fan.speed": (f"{fan:.0f}", "%"),
        "clocks_event_reasons.active": (f"{reasons:#018x}", ""),
        "clocks_throttle_reasons.active": (f"{reasons:#018x}", ""),
    }


def _nvpmodel(board: Board, words: list[str]) -> Outcome:
    names = {number: name for name, number, _ in board.kind.power_modes}
    if "-m" in words:
        wanted = words[words.index("-m") + 1]
        if not wanted.isdecimal() or int(wanted) not in names:
            return 255, f"NVPM ERROR: invalid power mode {wanted}\n"
        board.set_mode(int(wanted))
        return 0, ""
    number = board.mode
    name = names.get(number, str(number))
    return 0, f"NV Power Mode: {name}\n{number}\n"


def _card_limits(board: Board) -> str:
    kind = board.kind
    rows = {
        "GPU Current Temp": f"{board.body.celsius:.0f} C",
        "GPU Shutdown Temp": f"{kind.critical_c:.0f} C",
        "GPU Slowdown Temp": f"{kind.hard_c + 2:.0f} C",
        "GPU Max Operating Temp": f"{kind.hard_c:.0f} C",
        "GPU Target Temperature": f"{kind.soft_c:.0f} C",
        "Memory Current Temp": "N/A",
    }
    body = "".join(f"        {name:<34}: {value}\n" for name, value in rows.items())
    return f"\n==============NVSMI LOG==============\n\nGPU 00000000:01:00.0\n    Temperature\n{body}\n"


def _tegrastats(board: Board, _words: list[str]) -> Outcome:
    """One line, in the form of the board's release."""
    kind, body = board.kind, board.body
    load = f"{body.activity.cpu * 100:.0f}%@{kind.cpu_hz[0 if body.activity.cpu > 0.1 else 1] // 1_000_000}"
    used, total = board.memory_used_kb // 1024, kind.memory_kb // 1024
    start = f"RAM {used}/{total}MB (lfb 4x4MB) SWAP 0/{kind.swap_kb // 1024}MB (cached 0MB) "
    start += f"CPU [{','.join([load] * kind.cores)}] "
    milliwatts = round(body.power_w * 1000)
    if kind.shape == "jetson-t210":
        end = f"EMC_FREQ 0% GR3D_FREQ 0% CPU@{body.reading_c:.1f}C PMIC@100C POM_5V_IN {milliwatts}/{milliwatts}"
    else:
        gpu = f"GR3D_FREQ {body.activity.gpu * 100:.0f}%@[{gpu_hz(board) // 1_000_000}]"
        end = f"{gpu} tj@{body.reading_c:.3f}C VDD_IN {milliwatts}mW/{milliwatts}mW"
    return 0, f"{start}{end}\n"


TOOLS: Mapping[str, Callable[[Board, list[str]], Outcome]] = {
    "vcgencmd": _vcgencmd,
    "nvidia-smi": _nvidia_smi,
    "nvpmodel": _nvpmodel,
    "tegrastats": _tegrastats,
    "ollama": lambda b, _w: (0, f"ollama version is {b.ollama_version}\n"),
}
