"""What can be wrong with the system of a simulated board, where it shows, and the command that mends it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from edgetui.sim.board import Board
from edgetui.sim.processes import shown
from edgetui.sim.supply import DISK_BYTES
from edgetui.sim.vendors import Outcome

Tool: TypeAlias = Callable[[Board, list[str]], Outcome]

ORPHAN = 4242
"""Process id of the runner that was left behind."""
BEHIND_S = 95


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing that a person can have set up wrongly."""

    help: str
    mended_by: str
    """Pattern of the command line, typed on the board, that puts it right."""


DEFECTS: Mapping[str, Defect] = {
    "video": Defect("the login is not in group video", r"usermod -aG video \S+"),
    "tools": Defect("tegrastats is not installed", r"apt install nvidia-l4t-tools"),
    "disk": Defect("300 MB are left on the disk", r"ollama rm \S+"),
    "swap": Defect("it swaps to a file on the SD card", r"swapoff /var/swap"),
    "clock": Defect(f"its clock is {BEHIND_S} s behind", r"timedatectl set-ntp true"),
    "exposed": Defect(
        "Ollama listens on all addresses", r"Environment=OLLAMA_HOST=127\.0\.0\.1\\n.*restart ollama"
    ),
    "orphan": Defect("a llama-server outlived its Ollama", rf"kill {ORPHAN}\b"),
    "cpu": Defect("Ollama does not find the GPU", r"systemctl restart ollama|ollama\.com/install\.sh"),
}


def mend(board: Board, line: str) -> bool:
    """Does the command line mend something? Then that is done."""
    mended = {name for name in board.defects if re.search(DEFECTS[name].mended_by, line)}
    board.defects -= mended
    return bool(mended)


def files(board: Board) -> dict[str, str]:
    """The files in which defects show, by absolute path."""
    listen = "00000000" if "exposed" in board.defects else "0100007F"
    found = {
        "/proc/self/mountinfo": "25 1 179:2 / / rw,noatime shared:1 - ext4 /dev/mmcblk0p2 rw\n",
        "/sys/block/mmcblk0/device/type": "SD\n",
        "/proc/net/tcp": f"   0: {listen}:2CAA 00000000:0000 0A 00000000:00000000 00:00000000 00000000 997 0 1\n",
        "/proc/1/stat": "1 (systemd) S 0 1 1 0 -1 4194560\n",
        "/etc/ssh/sshd_config": "Include /etc/ssh/sshd_config.d/*.conf\n#ClientAliveInterval 0\n",
    }
    if not board.ollama_version:
        del found["/proc/net/tcp"]
    if "orphan" in board.defects:
        found[f"/proc/{ORPHAN}/stat"] = f"{ORPHAN} (llama-server) S 1 4240 4240 0 -1 4194304\n"
    return found


def _root(board: Board) -> str:
    return "/dev/root" if board.kind.shape in ("pi", "jetson-t210") else "/dev/nvme0n1p2"


def _df(board: Board, words: list[str]) -> Outcome:
    unit = 1 if any("B1" in w for w in words) else 1024
    size = DISK_BYTES // unit
    free = (min(300_000 * 1024, board.room.free) if "disk" in board.defects else board.room.free) // unit
    head = f"Filesystem     {'1-blocks' if unit == 1 else '1024-blocks'}     Used Available Capacity Mounted on\n"
    return 0, f"{head}{_root(board)} {size} {size - free} {free} {100 - 100 * free // size}% /\n"


def _systemctl(board: Board, words: list[str]) -> Outcome:
    """``show`` of Ollama's service; the properties asked for, or all that it knows."""
    asked = [words[i + 1] for i, word in enumerate(words[:-1]) if word == "-p"]
    known = shown(board.processes)
    return 0, "".join(f"{name}={value}\n" for name, value in known.items() if not asked or name in asked)


def _reboot(board: Board, _words: list[str]) -> Outcome:
    """What is counted since boot begins anew; the connection stays, unlike on a real board."""
    board.body.ever.clear()
    board.killed_at.clear()
    return 0, ""


TOOLS: Mapping[str, Tool] = {
    "df": _df,
    "systemctl": _systemctl,
    "reboot": _reboot,
}
"""Plain commands that tell of defects."""
