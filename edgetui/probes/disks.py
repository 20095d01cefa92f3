"""Room on a board's file systems: the question that is asked with its Ollama's, and the reading of df's answer."""

from __future__ import annotations

import re

from edgetui.model import NA, Disk, na
from edgetui.model.hostile import one_line

COMMAND = (
    "LC_ALL=C df -Pk / ~/.ollama/models /usr/share/ollama/.ollama/models"
    " $(sed -n 's/.*OLLAMA_MODELS=\\([^\" ]*\\).*/\\1/p' /etc/systemd/system/ollama.service"
    " /etc/systemd/system/ollama.service.d/*.conf 2>/dev/null) 2>/dev/null"
)
"""The root, and where Ollama keeps its models by default or by its unit; folders that are not there are skipped."""
_ROW = re.compile(r"^\S.*? (\d{1,15}) +(\d{1,15}) +(\d{1,15}) +\S+ +(/.*)$", re.MULTILINE)


def disks(text: str) -> tuple[Disk, ...] | NA:
    """What ``df -Pk`` printed (POSIX: 1024-byte blocks, one line each), every file system once."""
    found = {
        row[4]: Disk(one_line(row[4], 80), float(row[1]) * 1024, float(row[3]) * 1024)
        for row in _ROW.finditer(text)
        if 0 < int(row[1]) < 1 << 50 and int(row[3]) <= int(row[1])
    }
    return tuple(found.values()) or na(f"df: {one_line(text, 80) or 'no answer'}")
