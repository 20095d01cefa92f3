"""A simulated cluster in a process of its own, for tests of everything above it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

EDGETUI = [sys.executable, "-m", "edgetui"]


@dataclass(frozen=True, slots=True)
class Simulated:
    """A running one."""

    folder: Path
    boards: tuple[str, ...]
    process: subprocess.Popen[str]

    def kill(self) -> None:
        """As the plug is pulled: SIGKILL."""
        self.process.kill()
        self.process.wait()

    @property
    def config(self) -> Path:
        """Its configuration."""
        return self.folder / "config.toml"

    def fault(self, board: str, name: str, value: str = "", at: str = "") -> None:
        """``edgetui sim fault``; ``at``: the phase that it waits for."""
        argv = [*EDGETUI, "sim", "fault", str(self.folder), board, name, *([value] if value else [])]
        argv += ["--at", at] if at else []
        subprocess.run(argv, check=True, capture_output=True)

    def edgetui(self, *args: str, timeout: float = 120.0) -> subprocess.CompletedProcess[str]:
        """``edgetui --config …`` to its end."""
        return subprocess.run(
            [*EDGETUI, "--config", str(self.config), *args], capture_output=True, text=True, timeout=timeout
        )


@contextmanager
def simulated(folder: Path, **options: Any) -> Iterator[Simulated]:
    """``edgetui sim serve folder``; ``speed=20`` becomes ``--speed 20``."""
    argv = [*EDGETUI, "sim", "serve", str(folder), "--until-eof"]
    for name, value in options.items():
        argv += [f"--{name}", str(value)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ) as sim:
        assert sim.stdin is not None
        assert sim.stdout is not None
        ready = json.loads(sim.stdout.readline())
        try:
            yield Simulated(folder, tuple(ready["boards"]), sim)
        finally:
            sim.stdin.close()
