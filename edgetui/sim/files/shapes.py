"""Shapes that several families share: thermal zones, cooling devices, clocks, hwmon chips."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from edgetui.sim.board import Board

Content: TypeAlias = str | Callable[[Board], str]
"""What reading the file gives: always the same, or of the board's state at its last look."""
Tree: TypeAlias = dict[str, Content]
"""Files by absolute path."""


GOVERNORS = ("conservative", "ondemand", "userspace", "powersave", "performance", "schedutil")


def milli(value: Callable[[Board], float]) -> Callable[[Board], str]:
    """A reading in thousandths, as the kernel prints °C, V and A."""
    return lambda board: f"{value(board) * 1000:.0f}\n"


def die(offset: float = 0.0) -> Callable[[Board], str]:
    """The die's temperature and ``offset`` K, in steps of 0.05 as sensors have them."""
    return lambda board: f"{round((board.body.reading_c + offset) * 20) * 50}\n"


def zone(index: int, kind: str, temp: Content, trips: Sequence[tuple[str, float]] = ()) -> Tree:
    """A thermal zone with its trips (type, °C)."""
    base = f"/sys/class/thermal/thermal_zone{index}"
    files: Tree = {f"{base}/type": f"{kind}\n", f"{base}/temp": temp}
    for number, (what, celsius) in enumerate(trips):
        files[f"{base}/trip_point_{number}_type"] = f"{what}\n"
        files[f"{base}/trip_point_{number}_temp"] = f"{celsius * 1000:.0f}\n"
    return files


def cooler(index: int, kind: str, highest: int, state: Content) -> Tree:
    """A cooling device."""
    base = f"/sys/class/thermal/cooling_device{index}"
    return {f"{base}/type": f"{kind}\n", f"{base}/max_state": f"{highest}\n", f"{base}/cur_state": state}


def policy(first: int, cpus: Sequence[int], highest_hz: int, idle_hz: int, now: Callable[[Board], float]) -> Tree:
    """A cpufreq policy; ``now`` gives the requested clock in Hz."""
    base = f"/sys/devices/system/cpu/cpufreq/policy{first}"
    return {
        f"{base}/related_cpus": " ".join(map(str, cpus)) + "\n",
        f"{base}/cpuinfo_max_freq": f"{highest_hz // 1000}\n",
        f"{base}/cpuinfo_min_freq": f"{idle_hz // 1000}\n",
        f"{base}/scaling_max_freq": lambda board: f"{highest_hz * board.mode_cap / 1000:.0f}\n",
        f"{base}/scaling_min_freq": f"{idle_hz // 1000}\n",
        f"{base}/scaling_governor": lambda board: f"{board.governor}\n",
        f"{base}/scaling_available_governors": f"{' '.join(GOVERNORS)} \n",
        f"{base}/scaling_cur_freq": lambda board: f"{now(board) / 1000:.0f}\n",
    }


def requested_hz(board: Board) -> float:
    """What the governor asks of the CPU: the highest clock when busy, the lowest at rest."""
    highest, idle = board.kind.cpu_hz
    if board.governor == "powersave":
        return idle
    busy = board.governor == "performance" or board.body.activity.cpu > 0.1
    return highest * board.mode_cap if busy else idle


def hwmon(index: int, name: str, files: Tree) -> Tree:
    """A hwmon chip."""
    base = f"/sys/class/hwmon/hwmon{index}"
    return {f"{base}/name": f"{name}\n"} | {f"{base}/{leaf}": content for leaf, content in files.items()}
