"""Brings a folder of files to a board: only what it lacks, verified there, whole or not at all.

``objects/SHA256`` holds each file once; ``tasks/DIGEST`` is the folder, of hard links to them, with its manifest in
``.edgetui``, which is written last. What lies there and was changed since is thrown away and sent anew.
"""

from __future__ import annotations

import asyncio
import shlex
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeVar

from edgetui.errors import CommandError
from edgetui.links import Link
from edgetui.links.files import MARK, Files, refused
from edgetui.links.manifest import Entry, Manifest

T = TypeVar("T")
SIMULTANEOUS = 24
"""Files under way at once: what many small ones cost is waiting for answers."""
LOOK_S = 30.0
HASH_BYTES_S = 5e6
"""What the slowest board hashes, for the time limit."""
BATCH = 800
"""Files hashed by one command: its line holds 128 KB."""
SPARE_BYTES = 32 << 20
"""So much shall stay free on the board."""
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
rm -rf "$v" "$v.part"
"""
_HASH = (
    'cd "$1"/objects && shift && if command -v sha256sum >/dev/null; then sha256sum "$@";'
    ' elif command -v openssl >/dev/null; then openssl dgst -sha256 -r "$@"; elif command -v python3 >/dev/null;'
    " then python3 -c \"import hashlib,sys\nfor n in sys.argv[1:]: print(hashlib.sha256(open(n,'rb').read())"
    '.hexdigest(), n)" "$@"; else echo none; fi'
)


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
        sent, verified = await _objects(link, files, place, manifest, told)
        await _assemble(files, place.root, folder, manifest)
    return Synced(place.root, folder, sent, verified)


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
    free = said.get("free", "")
    return _Place(root, int(free) * 1024 if free.isdecimal() and len(free) < 16 else None, "whole" in said)


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


async def _objects(
    link: Link, files: Files, place: _Place, manifest: Manifest, told: Callable[[int, int], None]
) -> tuple[int, bool]:
    """Send what is missing; (bytes sent, verified)."""
    folder = f"{place.root}/objects"
    there = await files.sizes(folder)
    lacks = {e.sha256: e for e in manifest.entries if there.get(e.sha256) != e.size}
    rest = sum(e.size - min(there.get(f"{e.sha256}.part", 0), e.size) for e in lacks.values())
    if place.free_bytes is not None and rest + SPARE_BYTES > place.free_bytes:
        words = f"the board's disk has {place.free_bytes / 1e6:.0f} MB free, {rest / 1e6:.0f} MB are to be sent"
        raise CommandError(words, "free some: edgetui tasks clean; df -h")
    sent = 0

    def count(size: int) -> None:
        nonlocal sent
        sent += size
        told(sent, rest)

    async def send(entry: Entry) -> None:
        part = f"{folder}/{entry.sha256}.part"
        begun = there.get(f"{entry.sha256}.part", 0)
        if begun > entry.size:
            await files.remove(part)
            begun = 0
        await files.put(entry.source, part, offset=begun, told=count)

    try:
        await _many(send, lacks.values())
    except CommandError as error:
        raise await _why(link, error) from error
    damaged, verified = await _damaged(link, place.root, list(lacks.values()))
    for (
        entry
    ) in damaged:  # what an earlier, broken transfer had left may have been at fault: once more from the start
        await files.remove(f"{folder}/{entry.sha256}.part")
        await files.put(entry.source, f"{folder}/{entry.sha256}.part", told=count)
    if damaged and (again := (await _damaged(link, place.root, damaged))[0]):
        await _many(lambda entry: files.remove(f"{folder}/{entry.sha256}.part"), again)
        raise CommandError(
            f"{again[0].path} was damaged on its way to the board", "was it changed meanwhile? Try again"
        )
    await _many(lambda digest: files.rename(f"{folder}/{digest}.part", f"{folder}/{digest}"), lacks)
    return sent, verified


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
    return _trouble("no space", "") if len(free) > 3 and free[3].isdecimal() and int(free[3]) < 64 else error


async def _damaged(link: Link, root: str, entries: Sequence[Entry]) -> tuple[list[Entry], bool]:
    """Those whose bytes on the board are not what was sent, and whether the board could tell."""
    damaged: list[Entry] = []
    for start in range(0, len(entries), BATCH):
        batch = entries[start : start + BATCH]
        names = [f"{entry.sha256}.part" for entry in batch]
        limit = LOOK_S + sum(entry.size for entry in batch) / HASH_BYTES_S
        try:
            done = await link.run(shlex.join(["sh", "-c", _HASH, "edgetui", root, *names]), timeout=limit)
        except TimeoutError as error:
            raise CommandError(f"the board did not verify its files within {limit:.0f} s") from error
        if done.stdout.strip() == "none":
            return [], False
        right = {(line.split() or [""])[0] for line in done.stdout.splitlines()}
        damaged += [entry for entry in batch if entry.sha256 not in right]
    return damaged, True


async def _assemble(files: Files, root: str, folder: str, manifest: Manifest) -> None:
    part = f"{folder}.part"
    folders = sorted({str(up) for e in manifest.entries for up in PurePosixPath(e.path).parents})
    for name in folders:
        await files.make_folder(part if name == "." else f"{part}/{name}")

    async def place(entry: Entry) -> None:
        target = f"{part}/{entry.path}"
        try:
            await files.link(f"{root}/objects/{entry.sha256}", target)
        except CommandError:  # FAT and its like have one name for a file
            await files.put(entry.source, target)

    await _many(place, manifest.entries)
    with tempfile.NamedTemporaryFile() as list_of:
        list_of.write(manifest.text.encode())
        list_of.flush()
        await files.put(Path(list_of.name), f"{part}/.edgetui")
    await files.rename(part, folder)


async def _many(act: Callable[[T], Awaitable[None]], things: Iterable[T]) -> None:
    """All of them, a few at a time; the first failure ends the others."""
    places = asyncio.Semaphore(SIMULTANEOUS)

    async def one(thing: T) -> None:
        async with places:
            await act(thing)

    tasks = [asyncio.create_task(one(thing)) for thing in things]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
