"""Brings a folder of files to a board: only what it lacks, verified there, whole or not at all.

``objects/SHA256`` holds each file once; ``tasks/DIGEST`` is the folder, of hard links to them, with its manifest in
``.edgetui``, which is written last. What lies there and was changed since is thrown away and sent anew.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass

from edgetui.errors import CommandError
from edgetui.links import Link
from edgetui.links.files import MARK, refused
from edgetui.links.manifest import Manifest
from edgetui.links.transfer import Transfer
from edgetui.probes.quantity import count

LOOK_S = 30.0
LOOK = r"""# edgetui looks for its files
umask 077; d=${XDG_CACHE_HOME:-$HOME/.cache}/edgetui
mkdir -p "$d/objects" "$d/tasks" "$d/jobs" && cd "$d" && : >.writable || exit 73
echo "root=$d"
df -Pk . | while read -r a b c e r; do case $e in ''|*[!0-9]*) ;; *) echo "free=$e";; esac; done
v=tasks/$1; if [ -f "$v/.edgetui" ]; then
  ok=1
  while read -r h p; do
    if [ ! -f "$v/$p" ] || [ "$v/$p" -nt "$v/.edgetui" ]; then ok=; rm -f "objects/$h"; fi
  done <"$v/.edgetui"
  if [ "$ok" ]; then echo whole=1; exit; fi
fi
rm -rf "$v" "$v.part" "objects/new-$1"
"""


@dataclass(frozen=True, slots=True)
class Synced:
    """What is on the board now."""

    root: str
    """Absolute path of all that is edgetui's there."""
    folder: str
    """Absolute path of the files."""
    sent_bytes: int
    """That went over the line, of the files alone."""
    verified: bool
    """False: the board has nothing that computes a SHA-256."""


@dataclass(frozen=True, slots=True)
class _Place:
    root: str
    free_bytes: int | None
    whole: bool


async def sync(link: Link, manifest: Manifest, told: Callable[[int, int], None] = lambda _s, _t: None) -> Synced:
    """Have the folder on the board. ``told`` gets bytes sent and bytes to send.

    Raises CommandError in words of a person (disk full, read-only, damaged on the way), Unsupported, LinkError.
    """
    place = await _look(link, manifest)
    folder = f"{place.root}/tasks/{manifest.digest}"
    if place.whole:
        return Synced(place.root, folder, 0, True)
    async with link.files() as files:
        transfer = Transfer(link, files, place.root, manifest, told)
        await transfer.plan(place.free_bytes)
        try:
            await transfer.send()
        except CommandError as error:
            raise await _why(link, error) from error
        return Synced(place.root, folder, transfer.sent, await transfer.settle())


async def _look(link: Link, manifest: Manifest) -> _Place:
    try:
        done = await link.run(MARK + shlex.join(["sh", "-c", LOOK, "edgetui", manifest.digest]), timeout=LOOK_S)
    except TimeoutError as error:
        raise CommandError(
            f"the board did not look for its files within {LOOK_S:g} s", "is its disk alive?"
        ) from error
    if why := refused(done.stdout):
        raise why
    said = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    root = said.get("root", "")
    if not root.startswith("/") or not root.isprintable():
        raise _trouble(done.stderr or f"exit code {done.exit_status}", "~/.cache/edgetui")
    free = count(said.get("free"))
    return _Place(root, None if free is None else free * 1024, "whole" in said)


def _trouble(said: str, where: str) -> CommandError:
    """Words and remedy for what a file system said."""
    low = said.lower()
    if "read-only" in low:
        return CommandError(
            f"the file system of {where} on the board is read-only", "mount it writable: mount -o remount,rw"
        )
    if "no space" in low:
        return CommandError("the board's disk is full", "free some: edgetui tasks clean; df -h")
    if "permission denied" in low:
        return CommandError(f"the board lets us not write to {where}", "give the folder to the login's user")
    lines = [line for line in said.splitlines() if line.strip()]
    return CommandError(f"files cannot be put on the board: {lines[-1] if lines else 'it said nothing'}")


async def _why(link: Link, error: CommandError) -> CommandError:
    """SFTP says ``Failure`` for a full disk and a read-only one alike: the shell tells."""
    try:
        test = 'cd "${XDG_CACHE_HOME:-$HOME/.cache}"/edgetui && : >.writable && df -Pk .'
        done = await link.run(test, timeout=LOOK_S)
    except TimeoutError:
        return error
    if done.exit_status:
        return _trouble(done.stderr, "~/.cache/edgetui")
    free = done.stdout.split("\n")[-2].split() if done.stdout.count("\n") > 1 else []
    left = count(free[3]) if len(free) > 3 else None
    return _trouble("no space", "") if left is not None and left < 64 else error
