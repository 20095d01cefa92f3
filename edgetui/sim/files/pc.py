"""A PC with a graphics card: the card speaks through nvidia-smi only."""

from __future__ import annotations

from edgetui.sim.board import Board
from edgetui.sim.files.shapes import Tree, hwmon, milli, policy, requested_hz, zone
from edgetui.sim.kinds import kinds

DRIVER = "580.95.05"
_CALM = "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"


def _processor(board: Board) -> float:
    return board.body.ambient_c + 12 + 35 * board.body.activity.cpu


def files(kind_name: str) -> Tree:
    """What the PC has of its own."""
    kind = kinds()[kind_name]
    out: Tree = {
        "/sys/class/dmi/id/sys_vendor": "Simulated\n",
        "/sys/class/dmi/id/product_name": f"{kind.model}\n",
        "/sys/class/dmi/id/board_name": "simulated\n",
        "/proc/driver/nvidia/version": f"NVRM version: NVIDIA UNIX x86_64 Kernel Module  {DRIVER}  Release Build\n",
    }
    for what in ("cpu", "io", "memory"):
        out[f"/proc/pressure/{what}"] = _CALM
    out |= zone(0, "x86_pkg_temp", milli(_processor), [("passive", 0.0)])
    out |= hwmon(
        0, "coretemp", {"temp1_input": milli(_processor), "temp1_label": "Package id 0\n", "temp1_crit": "100000\n"}
    )
    for cpu in range(kind.cores):
        out |= policy(cpu, [cpu], *kind.cpu_hz, requested_hz)
    return out
