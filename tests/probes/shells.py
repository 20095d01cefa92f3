"""Runs the real probe text in real shells."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from edgetui.probes import BOOTSTRAP, Frame, FrameReader, program

SHELLS = {"dash": "dash", "busybox": "busybox ash", "bash": "bash"}
TOKEN = "5eed"


def run(shell: str, root: Path | None, ticks: bytes, env: dict[str, str] | None = None) -> bytes:
    """What the probe prints in ``shell`` over the tree at ``root`` (the machine itself where None)."""
    words = SHELLS[shell].split()
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is not installed (Debian package {words[0]})")
    inner = shlex.split(BOOTSTRAP)[3]
    done = subprocess.run(
        [*words, "-c", inner],
        input=program(TOKEN) + ticks,
        capture_output=True,
        env={"PATH": os.environ["PATH"], "R": str(root or ""), **(env or {})},
        timeout=30,
        check=True,
    )
    assert done.stderr == b""
    return done.stdout


def frames(output: bytes) -> list[Frame]:
    """All frames of an output without any noise."""
    reader = FrameReader(TOKEN)
    found = reader.feed(output)
    assert reader.torn == 0
    assert reader.noise == ()
    return found
