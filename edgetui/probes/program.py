"""The text that runs on a board."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from edgetui.probes.registry import families

BOOTSTRAP = (
    r"""exec sh -c 'n=`printf "\nx"`;n=${n%x};s=;while IFS= read -r l;do """
    r"""case $l in "#END")break;;esac;s=$s$l$n;done;eval "$s"'"""
)
"""The command that reads a program from stdin up to ``#END`` and runs it with the rest of stdin as its input.

One line that login shells from tcsh to fish take alike; with ``sh -s`` dash and busybox take ticks for program.
"""


def program(token: str) -> bytes:
    """The probe for one session, to be written to the stdin of ``BOOTSTRAP``; its first line is ``K=token``."""
    return f"K={token}\n{_text()}#END\n".encode()


@lru_cache(maxsize=1)
def _text() -> str:
    core = Path(__file__).with_name("probe.sh").read_text(encoding="utf-8")
    lines = core.replace("#FAMILIES\n", "".join(f.shell for f in families())).splitlines()
    # A board's sh reads its program byte by byte: whole-line comments and indents stay here.
    kept = (line.strip() for line in lines)
    return "".join(f"{line}\n" for line in kept if line and not line.startswith("#"))
