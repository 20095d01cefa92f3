"""Shapes of /proc and /sys, written from the formats that the kernel documents."""

from __future__ import annotations

from pathlib import Path

Tree = dict[str, str]
"""Path to content, byte for byte: a trailing newline is part of it."""

TOOL = "#!/bin/sh\n"
"""A vendor's tool, for the scan to find."""


def write(tree: Tree, root: Path) -> Path:
    """Put the files of a tree under ``root``; those in a bin folder become executable."""
    for name, content in tree.items():
        path = root / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8", "surrogateescape"))
        if "/bin/" in name:
            path.chmod(0o755)
    return root


def proc(cores: int, total_kb: int, *, uptime: str = "5400.25", online: tuple[int, ...] | None = None) -> Tree:
    """What every Linux has. ``online``: cores that have a line in /proc/stat; all where None."""
    rows = [f"cpu{n} {1000 + n} 0 500 90000 100 0 10 0 0 0" for n in online or range(cores)]
    return {
        "/proc/uptime": f"{uptime} 9000.00\n",
        "/proc/loadavg": "0.52 0.58 0.59 1/389 2321\n",
        "/proc/stat": "\n".join(["cpu  4000 0 2000 360000 400 0 40 0 0 0", *rows, "intr 99 1 2 3", "ctxt 1\n"]),
        "/proc/meminfo": (
            f"MemTotal:       {total_kb} kB\nMemFree:          313692 kB\nMemAvailable:     {total_kb // 2} kB\n"
            "Buffers:           57932 kB\nCached:           362944 kB\nSwapCached:         6036 kB\n"
            "SwapTotal:       2029616 kB\nSwapFree:        1848840 kB\nDirty:               112 kB\n"
            "Shmem:             39544 kB\nSReclaimable:      87524 kB\n"
        ),
        "/proc/vmstat": "nr_free_pages 1164452\npswpin 5\npswpout 6\noom_kill 2\noom_killed 9\n",
        "/proc/sys/kernel/osrelease": "6.6.51+rpt-rpi-v8\n",
        "/proc/sys/kernel/random/boot_id": "6f1c4c0e-1b3a-4a55-9b1c-0d9a1f4f6f11\n",
        "/proc/sys/kernel/arch": "aarch64\n",
        "/etc/os-release": 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian"\n',
        "/sys/devices/system/cpu/present": f"0-{cores - 1}\n",
    }


def zone(n: int, kind: str, millis: int | str, trips: tuple[tuple[str, int], ...] = ()) -> Tree:
    """One thermal zone; an empty ``millis`` stands for a read that fails."""
    folder = f"/sys/class/thermal/thermal_zone{n}"
    files = {f"{folder}/type": f"{kind}\n", f"{folder}/temp": f"{millis}\n" if millis != "" else ""}
    for i, (what, at) in enumerate(trips):
        files[f"{folder}/trip_point_{i}_type"] = f"{what}\n"
        files[f"{folder}/trip_point_{i}_temp"] = f"{at}\n"
    return files


def cooling(n: int, kind: str, state: int = 0) -> Tree:
    """One cooling device."""
    folder = f"/sys/class/thermal/cooling_device{n}"
    return {f"{folder}/type": f"{kind}\n", f"{folder}/cur_state": f"{state}\n", f"{folder}/max_state": "3\n"}


def policy(
    n: int, cores: str, current: int, cap: int, top: int, *, floor: int = 100000, governor: str = "schedutil"
) -> Tree:
    """One cpufreq policy, kHz."""
    folder = f"/sys/devices/system/cpu/cpufreq/policy{n}"
    return {
        f"{folder}/related_cpus": f"{cores}\n",
        f"{folder}/cpuinfo_min_freq": "100000\n",
        f"{folder}/cpuinfo_max_freq": f"{top}\n",
        f"{folder}/scaling_min_freq": f"{floor}\n",
        f"{folder}/scaling_cur_freq": f"{current}\n",
        f"{folder}/scaling_max_freq": f"{cap}\n",
        f"{folder}/scaling_governor": f"{governor}\n",
    }


def chip(n: int, name: str, **files: object) -> Tree:
    """One hwmon chip."""
    folder = f"/sys/class/hwmon/hwmon{n}"
    return {f"{folder}/name": f"{name}\n"} | {f"{folder}/{file}": f"{value}\n" for file, value in files.items()}


def pressure(cpu: str = "0.00", io: str = "0.00", memory: str = "0.00") -> Tree:
    """Pressure stall information: some avg10 of each."""
    return {
        f"/proc/pressure/{name}": f"some avg10={some} avg60=58.93 avg300=65.54 total=783117531\nfull avg10=99.00\n"
        for name, some in (("cpu", cpu), ("io", io), ("memory", memory))
    }


def zram(n: int, resident: int) -> Tree:
    """One zram device that takes so many bytes of RAM."""
    return {f"/sys/block/zram{n}/mm_stat": f"  419430400 104857600 {resident}        0 {resident}    120   0 9 9\n"}
