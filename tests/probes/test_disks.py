"""What df says becomes bytes of each file system, and what it does not say becomes a reason."""

from __future__ import annotations

import subprocess

import pytest

from edgetui.model import NA, Disk, known
from edgetui.probes.disks import COMMAND, disks
from tests.probes.shells import SHELLS

HEAD = "Filesystem     1024-blocks     Used Available Capacity Mounted on\n"


def test_every_file_system_once_in_bytes() -> None:
    text = (
        f"{HEAD}/dev/mmcblk0p2    60000000 15000000  42000000      27% /\n"
        "/dev/nvme0n1p1  240000000 10000000 230000000       5% /data disk\n"
        "/dev/mmcblk0p2    60000000 15000000  42000000      27% /\n"
    )
    assert disks(text) == (
        Disk("/", 60_000_000 * 1024.0, 42_000_000 * 1024.0),
        Disk("/data disk", 240_000_000 * 1024.0, 230_000_000 * 1024.0),
    )


@pytest.mark.parametrize(
    "row",
    [
        "overlay 0 0 0 - /",
        "/dev/root 100 50 101 50% /",
        "/dev/root 100 50 -1 100% /",
        "/dev/root 99999999999999999999 0 1 0% /",
        "/dev/root - - - - /",
        "/dev/root 100 50",
        "sh: 1: df: not found",
        "",
    ],
)
def test_what_makes_no_sense_is_not_available(row: str) -> None:
    assert isinstance(disks(f"{HEAD}{row}\n"), NA)


@pytest.mark.parametrize("shell", SHELLS)
def test_this_machines_shells_ask_and_are_understood(shell: str) -> None:
    answer = subprocess.run([*SHELLS[shell].split(), "-c", COMMAND], capture_output=True, text=True, check=False)
    if answer.returncode == 127:
        pytest.skip("df is not installed (Debian package coreutils)")
    found = disks(answer.stdout)
    assert known(found)
    assert found[0].mount.startswith("/")
    assert 0 <= found[0].free_bytes <= found[0].total_bytes
    assert answer.stderr == ""
