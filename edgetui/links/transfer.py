"""A folder on its way to a board: big files by SFTP, so that they can be resumed, the small ones in one archive."""

from __future__ import annotations

import asyncio
import io
import shlex
import tarfile
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import PurePosixPath
from typing import BinaryIO, TypeVar

from edgetui.errors import CommandError
from edgetui.links import Link
from edgetui.links.files import MARK, Files
from edgetui.links.manifest import Entry, Manifest

T = TypeVar("T")
BIG_BYTES = 256 << 10
"""From so many on a file is sent on its own."""
SIMULTANEOUS = 4
BATCH = 800
"""Files hashed by one command: its line holds 128 KB."""
VERIFY_S, HASH_BYTES_S = 30.0, 5e6
"""Time limit of a verification, and what the slowest board hashes."""
SPARE_BYTES = 32 << 20
"""So much shall stay free on the board."""
UNSURE = 65
_HASH = (
    'cd "$1" && shift && if openssl dgst -sha256 -r "$@" 2>/dev/null; then :;'
    ' elif command -v sha256sum >/dev/null; then sha256sum "$@"; elif command -v python3 >/dev/null;'
    " then python3 -c \"import hashlib,sys\nfor n in sys.argv[1:]: print(hashlib.sha256(open(n,'rb').read())"
    '.hexdigest(), n)" "$@"; else echo none; fi'
)
"""OpenSSL first: it uses the processor's instructions for it, Debian's sha256sum does not (512 MB: 0.4, 1.2 s)."""
_SETTLE = (
    'cd "$1" || exit; n=objects/new-$2; if [ -d "$n" ]; then if [ "$3" ]; then'
    f' command -v sha256sum >/dev/null && (cd "$n" && sha256sum -c .sums) >/dev/null 2>&1 || exit {UNSURE}; fi;'
    ' rm "$n/.sums"; mv -f "$n"/* objects/ && rmdir "$n" || exit; fi;'
    ' touch "tasks/$2.part/.edgetui" && mv "tasks/$2.part" "tasks/$2"'
)
"""With a third word the small files are verified by the same command: one answer less to wait for."""


class Transfer:
    """First ``plan``, then ``send``, then ``settle``."""

    def __init__(
        self, link: Link, files: Files, root: str, manifest: Manifest, told: Callable[[int, int], None]
    ) -> None:
        self._link = link
        self._files = files
        self._root = root
        self._manifest = manifest
        self._told = told
        self._verified = True
        self._parts: dict[str, int] = {}
        self._big: list[Entry] = []
        self._small: list[Entry] = []
        self._rest = 0
        self.sent = 0
        """Bytes of files."""

    async def plan(self, free_bytes: int | None) -> None:
        """What is missing, and is there room for it? Raises CommandError, LinkError."""
        there = await self._files.sizes(f"{self._root}/objects")
        lacks = {e.sha256: e for e in self._manifest.entries if there.get(e.sha256) != e.size}
        self._big = [e for e in lacks.values() if e.size >= BIG_BYTES]
        self._small = [e for e in lacks.values() if e.size < BIG_BYTES]
        self._parts = {e.sha256: there.get(f"{e.sha256}.part", 0) for e in self._big}
        self._rest = sum(max(0, e.size - self._parts.get(e.sha256, 0)) for e in lacks.values())
        if free_bytes is not None and self._rest + SPARE_BYTES > free_bytes:
            words = f"the board's disk has {free_bytes / 1e6:.0f} MB free, {self._rest / 1e6:.0f} MB are to be sent"
            raise CommandError(words, "free some: edgetui tasks clean; df -h")

    async def send(self) -> None:
        """All of it, verified but for the small ones. Raises CommandError, LinkError."""
        await _many(self._send_big, self._big)
        objects = f"{self._root}/objects"
        for entry in await self._damaged(objects, self._big, ".part"):
            # what an earlier, broken transfer had left may have been at fault: once more from the start
            self._parts[entry.sha256] = 0
            await self._files.remove(f"{objects}/{entry.sha256}.part")
            await self._send_big(entry)
            if await self._damaged(objects, [entry], ".part"):
                await self._files.remove(f"{objects}/{entry.sha256}.part")
                raise _damage(entry)
        for entry in self._big:
            await self._files.rename(f"{objects}/{entry.sha256}.part", f"{objects}/{entry.sha256}")
        with tempfile.TemporaryFile() as archive:
            await asyncio.to_thread(self._pack, archive)
            await self._files.unpack(archive, self._root)
        self._count(sum(entry.size for entry in self._small))

    async def settle(self) -> bool:
        """Verify the small ones and make it the folder; False where the board computes no SHA-256."""
        digest = self._manifest.digest
        words = ["sh", "-c", _SETTLE, "edgetui", self._root, digest]
        done = await self._run([*words, "verify"], self._limit(self._small))
        if done[0] == UNSURE:
            done = await self._settled_in_steps(words)
        if done[0] != 0:
            raise CommandError(f"the board did not take its files: {done[2].strip() or f'exit code {done[0]}'}")
        return self._verified

    async def _settled_in_steps(self, words: list[str]) -> tuple[int | None, str, str]:
        """Something is damaged, or the board has no sha256sum."""
        digest = self._manifest.digest
        if damaged := await self._damaged(f"{self._root}/objects/new-{digest}", self._small, ""):
            raise _damage(damaged[0])
        return await self._run([*words, ""], VERIFY_S)

    @staticmethod
    def _limit(entries: Sequence[Entry]) -> float:
        return VERIFY_S + sum(entry.size for entry in entries) / HASH_BYTES_S

    async def _send_big(self, entry: Entry) -> None:
        part, begun = f"{self._root}/objects/{entry.sha256}.part", self._parts[entry.sha256]
        if begun > entry.size:
            await self._files.remove(part)
            begun = 0
        await self._files.put(entry.source, part, offset=begun, told=self._count)

    def _count(self, size: int) -> None:
        self.sent += size
        self._told(self.sent, self._rest)

    def _pack(self, archive: BinaryIO) -> None:
        """Small objects, then the folder as hard links to objects, its manifest last."""
        digest = self._manifest.digest
        new, folder = f"objects/new-{digest}", f"tasks/{digest}.part"
        fresh = {entry.sha256 for entry in self._small}
        with tarfile.open(fileobj=archive, mode="w", format=tarfile.GNU_FORMAT, encoding="utf-8") as tar:
            for entry in self._small:
                tar.addfile(_member(f"{new}/{entry.sha256}", entry), io.BytesIO(_read(entry)))
            if self._small:
                sums = "".join(f"{entry.sha256}  {entry.sha256}\n" for entry in self._small)
                _add(tar, f"{new}/.sums", sums.encode())
            for up in sorted({up for e in self._manifest.entries for up in PurePosixPath(e.path).parents}):
                member = tarfile.TarInfo(f"{folder}/{up}")
                member.type, member.mode = tarfile.DIRTYPE, 0o700
                tar.addfile(member)
            for entry in self._manifest.entries:
                member = tarfile.TarInfo(f"{folder}/{entry.path}")
                place = new if entry.sha256 in fresh else "objects"
                member.type, member.linkname = tarfile.LNKTYPE, f"{place}/{entry.sha256}"
                tar.addfile(member)
            _add(tar, f"{folder}/.edgetui", self._manifest.text.encode())
        archive.seek(0)

    async def _damaged(self, folder: str, entries: Sequence[Entry], suffix: str) -> list[Entry]:
        """Those whose bytes on the board are not what was sent; none where the board cannot tell."""
        damaged: list[Entry] = []
        for start in range(0, len(entries), BATCH):
            batch = entries[start : start + BATCH]
            names = [f"{entry.sha256}{suffix}" for entry in batch]
            status, said, why = await self._run(["sh", "-c", _HASH, "edgetui", folder, *names], self._limit(batch))
            if said.strip() == "none":
                self._verified = False
                return []
            if status != 0 and not said:
                raise CommandError(f"the board could not verify its files: {why.strip() or f'exit code {status}'}")
            rows = [line.split() for line in said.splitlines()]
            right = {row[0] for row in rows if len(row) == 2 and row[1].lstrip("*") == f"{row[0]}{suffix}"}
            damaged += [entry for entry in batch if entry.sha256 not in right]
        return damaged

    async def _run(self, words: Sequence[str], limit_s: float) -> tuple[int | None, str, str]:
        try:
            done = await self._link.run(MARK + shlex.join(words), timeout=limit_s)
        except TimeoutError as error:
            raise CommandError(f"the board was not done with its files within {limit_s:.0f} s") from error
        return done.exit_status, done.stdout, done.stderr


def _member(name: str, entry: Entry) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = entry.size, 0o700 if entry.source.stat().st_mode & 0o100 else 0o600
    return member


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(data), 0o600
    tar.addfile(member, io.BytesIO(data))


def _read(entry: Entry) -> bytes:
    data = entry.source.read_bytes()
    if len(data) != entry.size:
        raise CommandError(f"{entry.source} has changed while it was sent", "try again")
    return data


def _damage(entry: Entry) -> CommandError:
    return CommandError(f"{entry.path} was damaged on its way to the board", "was it changed meanwhile? Try again")


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
