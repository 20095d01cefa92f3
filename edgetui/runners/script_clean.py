"""Takes away what edgetui has put on a board, and ends what it left running there."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from edgetui.errors import CommandError
from edgetui.links import Link
from edgetui.links.files import MARK, refused
from edgetui.probes.quantity import count

CLEAN_S = 120.0
_CLEAN = r"""
d=${XDG_CACHE_HOME:-$HOME/.cache}/edgetui; n=0 s=
ours() { grep -lsF "EDGETUI_SCRATCH=$d/jobs/" /proc/[0-9]*/environ; }
for f in $(ours); do n=$((n+1)); done
# whoever started a script knows best what it has left behind
for f in "$d"/jobs/*/log; do
  j=${f%/log}; j=${j##*/}
  while read -r w c p; do
    if [ "$w" = pid ] && grep -qsF "$j" "/proc/$p/cmdline" && kill -TERM "$p"; then s=1; fi
  done <"$f"
done 2>/dev/null
[ -z "$s" ] || sleep 2
for f in $(ours); do
  p=${f#/proc/}; kill -KILL "${p%/environ}" 2>/dev/null
done
echo "ended=$n"
cd "$d" 2>/dev/null || { echo kb=0; exit; }
set -- $(du -sk . 2>/dev/null); before=${1:-}
rm -rf objects tasks jobs venvs .writable || exit
set -- $(du -sk . 2>/dev/null); after=${1:-}
if [ "$before" ] && [ "$after" ]; then echo "kb=$((before-after))"; fi
"""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What was done."""

    ended: int
    """Processes of scripts."""
    freed_bytes: int | None
    """None: the board cannot tell."""


async def clean(link: Link) -> Cleaned:
    """Do it. Raises CommandError, LinkError."""
    try:
        done = await link.run(MARK + shlex.join(["sh", "-c", _CLEAN, "edgetui"]), timeout=CLEAN_S)
    except TimeoutError as error:
        raise CommandError(f"the board was not clean within {CLEAN_S:g} s", "try again") from error
    if why := refused(done.stdout):
        raise why
    said = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    ended, freed = count(said.get("ended")), count(said.get("kb"))
    if done.exit_status or ended is None:
        lines = done.stderr.splitlines() or [f"exit code {done.exit_status}"]
        raise CommandError(f"the board is not clean: {lines[-1]}")
    return Cleaned(ended, None if freed is None else freed * 1024)
