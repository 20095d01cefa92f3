"""The files of a board: those of any Linux here, those of its family beside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from edgetui.sim.board import Board
from edgetui.sim.files import jetson, pc, pi
from edgetui.sim.files.shapes import Tree
from edgetui.sim.kinds import kinds

_FAMILY: dict[str, Callable[[str], Tree]] = {
    "pc": pc.files,
    "pi": pi.files,
    "jetson-t210": jetson.t210,
    "jetson-t234": jetson.t234,
}


@cache
def tree(kind_name: str) -> Tree:
    """Every file of a board of this kind, by absolute path."""
    kind = kinds()[kind_name]
    files: Tree = {
        "/proc/uptime": lambda b: f"{b.uptime_s:.2f} {b.uptime_s * b.kind.cores - b.body.busy_s:.2f}\n",
        "/proc/loadavg": _loadavg,
        "/proc/stat": _stat,
        "/proc/meminfo": _meminfo,
        "/proc/vmstat": lambda b: f"nr_free_pages 81920\npswpin 0\npswpout 0\noom_kill {b.oom_kills}\n",
        "/proc/swaps": _swaps,
        "/proc/version": f"Linux version {kind.kernel} (builder@simulated) (gcc) #1 SMP PREEMPT\n",
        "/proc/sys/kernel/osrelease": f"{kind.kernel}\n",
        "/proc/sys/kernel/arch": f"{kind.arch}\n",
        "/proc/sys/kernel/hostname": lambda b: f"{b.name}\n",
        "/proc/sys/kernel/random/boot_id": lambda b: f"{b.boot_id}\n",
        "/etc/os-release": f'PRETTY_NAME="{kind.system}"\nNAME="{kind.system.split()[0]}"\n',
        "/etc/hostname": lambda b: f"{b.name}\n",
        "/sys/devices/system/cpu/online": f"0-{kind.cores - 1}\n",
        "/sys/devices/system/cpu/present": f"0-{kind.cores - 1}\n",
    }
    if kind.zram:
        files["/sys/block/zram0/mm_stat"] = _mm_stat
    if kind.compatible:
        files["/proc/device-tree/model"] = kind.model + "\0"
        files["/proc/device-tree/compatible"] = "\0".join(kind.compatible) + "\0"
    return files | _FAMILY[kind.shape](kind_name)


def _loadavg(board: Board) -> str:
    load = board.body.activity.cpu * board.kind.cores
    return f"{load:.2f} {load:.2f} {load * 0.8:.2f} {max(1, round(load))}/212 4711\n"


def _ticks(up: float, busy: float) -> str:
    """Rounded once, not field by field: of a short time little else would be left."""
    whole = int(busy)
    system, soft = whole * 12 // 100, whole * 2 // 100
    return f"{whole - system - soft} 0 {system} {int(up) - whole} 0 0 {soft} 0 0 0"


def _stat(board: Board) -> str:
    """Ticks of 1/100 s since boot: user nice system idle iowait irq softirq steal guest guest_nice."""
    cores = board.kind.cores
    up, busy = board.uptime_s * 100, board.body.busy_s * 100
    total, row = _ticks(up * cores, busy), _ticks(up, busy / cores)
    rows = "\n".join(f"cpu{n} {row}" for n in range(cores))
    return f"cpu  {total}\n{rows}\nintr {int(up * 3)}\nctxt {int(up * 5)}\nprocs_running 1\nprocs_blocked 0\n"


def _meminfo(board: Board) -> str:
    total, swap = board.kind.memory_kb, board.kind.swap_kb
    available = total - board.memory_used_kb
    cached = min(available // 2, 600_000 + int(board.resident_gb * 500_000))
    rows = {
        "MemTotal": total,
        "MemFree": available - cached * 9 // 10,
        "MemAvailable": available,
        "Buffers": 40_000,
        "Cached": cached,
        "SwapCached": 0,
        "SwapTotal": swap,
        "SwapFree": swap - board.swap_used_kb,
        "Shmem": 12_000,
        "SReclaimable": 38_000,
    }
    if board.kind.jetson:
        rows["NvMapMemUsed"] = int(board.resident_gb * 900_000) if board.kind.gpu else 24_000
    return "".join(f"{name + ':':<16}{kb:>9} kB\n" for name, kb in rows.items())


def _swaps(board: Board) -> str:
    """In kB; a board that was set up wrongly swaps to a file on its card too."""
    area = "/dev/zram0 partition" if board.kind.zram else "/swap.img file"
    rows = [f"{area} {board.kind.swap_kb} {board.swap_used_kb} {100 if board.kind.zram else -2}\n"]
    if "swap" in board.defects:
        rows.append("/var/swap file 524284 0 -3\n")
    return f"Filename Type Size Used Priority\n{''.join(rows)}"


def _mm_stat(board: Board) -> str:
    """Bytes: as swapped, compressed to a third, with the device's own tables; and what nobody reads."""
    swapped = board.swap_used_kb * 1024
    taken = swapped // 3 + 12288
    return f"{swapped:8} {swapped // 3:8} {taken:8} {0:8} {taken:8} {0:8} {0:8} {0:8} {0:8}\n"
