"""The question about what is left, asked of a real shell with real processes."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgetui.cluster.remains import ask
from edgetui.links.local import LocalLink

_BOOT = Path("/proc/sys/kernel/random/boot_id")
BOOT_ID = _BOOT.read_text().strip() if _BOOT.exists() else ""
pytestmark = pytest.mark.skipif(not BOOT_ID, reason="there is no /proc here")


@pytest.fixture
def ollama(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that looks like a server: its name and its arguments are all that is read of it."""
    program = tmp_path / "ollama"
    shutil.copy(os.path.realpath(shutil.which("sh") or "/bin/sh"), program)
    (tmp_path / "serve").write_text("while read -r line; do :; done\n")
    with subprocess.Popen([str(program), "serve"], cwd=tmp_path, stdin=subprocess.PIPE) as server:
        yield server
        assert server.stdin is not None
        server.stdin.close()


async def test_a_real_shell_tells_boot_processes_and_their_age(ollama: subprocess.Popen[bytes]) -> None:
    began, link = time.monotonic(), LocalLink()
    left = await ask(link)
    await link.close()
    assert left.boot_id == BOOT_ID
    assert left.sees_all
    assert left.uptime_s is not None
    (server,) = (each for each in left.servers if each.pid == ollama.pid)
    assert (server.name, server.parent) == ("ollama", os.getpid())
    assert 0 <= left.uptime_s - server.started_s < time.monotonic() - began + 5
    assert server in left.processes
