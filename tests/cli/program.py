"""Starts the program as a person does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def edgetui(*words: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    return subprocess.run(
        [sys.executable, "-m", "edgetui", *map(str, words)],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
