"""A Python environment of a script's own on the board, made where the task asks for one with ``venv = true``."""

from __future__ import annotations

import hashlib
import shlex

from edgetui.errors import CommandError
from edgetui.links import Link
from edgetui.links.files import MARK, refused
from edgetui.model.hostile import one_line
from edgetui.model.script import Script

MAKE_S = 1800.0
"""pip may have to fetch and unpack hundreds of megabytes onto an SD card."""
_MAKE = """
umask 077; n=$1; shift
v=${XDG_CACHE_HOME:-$HOME/.cache}/edgetui/venvs/$n
if [ ! -f "$v/.ready" ]; then
  pip=; if [ $# = 0 ]; then pip=--without-pip; fi
  rm -rf "$v"; mkdir -p "$v" && python3 -m venv --system-site-packages $pip "$v" >&2 || exit 1
  if [ $# -gt 0 ]; then "$v/bin/python3" -m pip install -q --disable-pip-version-check "$@" >&2 || exit 1; fi
  : >"$v/.ready"
fi
echo "python=$v/bin/python3"
"""


async def python_of(link: Link, script: Script) -> str:
    """Absolute path of its interpreter; made once for the same packages. Raises CommandError, LinkError."""
    packages = sorted(need.package for need in script.needs if need.package)
    name = hashlib.sha256("\n".join(packages).encode()).hexdigest()[:16]
    try:
        done = await link.run(MARK + shlex.join(["sh", "-c", _MAKE, "edgetui", name, *packages]), timeout=MAKE_S)
    except TimeoutError as error:
        raise CommandError(f"the board made no Python environment within {MAKE_S:g} s") from error
    if why := refused(done.stdout):
        raise why
    _, mark, path = done.stdout.strip().rpartition("python=")
    if done.exit_status != 0 or not mark or not path.startswith("/") or not path.isprintable():
        lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()] or ["it said nothing"]
        remedy = "it needs python3-venv and a way to the package index"
        raise CommandError(f"no Python environment on this board: {one_line(lines[-1])}", remedy)
    return path
