"""A picture that the desktop shows, where there is one."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from pathlib import Path


async def show_outside(data: bytes) -> str:
    """Write a PNG that only this user can read, and have it opened; in words, what became of it. Raises OSError."""
    handle, name = tempfile.mkstemp(prefix="edgetui-", suffix=".png")
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    desktop = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    opener = next((path for word in ("xdg-open", "open") if (path := shutil.which(word))), None)
    if not desktop or opener is None:
        return f"No desktop to open it on; the picture is {Path(name)}"
    quiet = asyncio.subprocess.DEVNULL
    await asyncio.create_subprocess_exec(
        opener, name, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
    )
    return f"Opened {Path(name)}"
