"""File systems of a board: room, and what they lie on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from edgetui.cluster.asking import GIVEN_UP, Answer
from edgetui.model import NA, na
from edgetui.model.hostile import one_line

_ROW = re.compile(r"^(\S+) +(\d{1,13}) +(\d{1,13}) +(\d{1,13}) +\S+ +(/.*)$", re.MULTILINE)
_DRIVE = re.compile(r"^/sys/block/([a-z0-9]+)/device/(type|model):(.+)$", re.MULTILINE)
_CARDS = {"SD": "SD card", "MMC": "eMMC"}
_MAJORS = {"179": "mmcblk0", "259": "nvme0n1", "8": "sda"}
"""What /dev/root, which old kernels call it, most likely is by its major number (Linux admin-guide/devices.txt)."""


@dataclass(frozen=True, slots=True)
class Volume:
    """One file system."""

    mount: str
    """Where; clean."""
    device: str
    """``/dev/mmcblk0p2``; clean."""
    drive: str
    """``SD card``, ``eMMC``, ``NVMe Samsung SSD 980``, ``disk …``; empty where nothing tells. Clean."""
    total_bytes: float
    used_bytes: float
    free_bytes: float
    """What a program without special rights can still write."""


def volumes(df: Answer | NA, mounts: Answer | NA, drives: Answer | NA) -> tuple[Volume, ...] | NA:
    """What ``df -Pk`` printed, each device once by its first mount; the root first, then the largest."""
    if isinstance(df, NA):
        return df
    if df.exit_status == GIVEN_UP:
        return na("df gave no answer: a file system hangs")
    known = _drives("" if isinstance(drives, NA) else drives.text)
    major = _root_major("" if isinstance(mounts, NA) else mounts.text)
    found = {}
    for device, total, used, free, mount in _ROW.findall(df.text):
        if int(total) and device not in found:
            words = _drive(device, major, known)
            sizes = (int(total) * 1024.0, int(used) * 1024.0, int(free) * 1024.0)
            found[device] = Volume(one_line(mount, 60), one_line(device, 60), words, *sizes)
    if not found:
        return na(f"df: {one_line(df.text, 80) or 'no answer'}")
    return tuple(sorted(found.values(), key=lambda v: (v.mount != "/", -v.total_bytes)))


def _drives(text: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for name, what, value in _DRIVE.findall(text):
        found.setdefault(name, {})[what] = one_line(value, 40)
    return found


def _root_major(mountinfo: str) -> str:
    row = re.search(r"^\d+ \d+ (\d+):\d+ / / ", mountinfo, re.MULTILINE)
    return row[1] if row else ""


def _drive(device: str, root_major: str, known: Mapping[str, Mapping[str, str]]) -> str:
    """In words; a number as ``type`` is SCSI's and says nothing."""
    name = device.removeprefix("/dev/")
    if name == "root":
        name = _MAJORS.get(root_major, "")
    disk = re.match(r"mmcblk\d+|nvme\d+n\d+|[a-z]+", name)
    if disk is None:
        return ""
    about = known.get(disk[0], {})
    if disk[0].startswith("mmcblk"):
        return _CARDS.get(about.get("type", ""), "card or eMMC")
    kind = "NVMe" if disk[0].startswith("nvme") else "disk"
    return f"{kind} {about['model']}" if "model" in about else "NVMe" if kind == "NVMe" else ""
