"""One script at work on a board: started or found again, read to its end, ended with us unless it shall run on."""

from __future__ import annotations

import asyncio
import re
import shlex
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from edgetui.errors import CommandError
from edgetui.links import Channel, Link
from edgetui.links.files import Files
from edgetui.probes.quantity import count
from edgetui.runners.script_supervisor import BEAT_S, detached, leashed

POLL_S = 0.5
MOST_OUTPUT = 64 << 20
"""Bytes on stdout; whoever prints more is ended."""
READ = 1 << 15
"""Bytes a request: every SFTP server gives as many."""
ASK_S = 30.0
ENDING_S = 2.0
ALIVE_EVERY = 10
"""Polls after which a detached job is asked whether it is still there."""
STDERR_TAIL = 4000
_TIME = re.compile(r"([0-9]{1,9})m([0-9]{1,9}(?:\.[0-9]{1,9})?)s?")
_NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,9})?")


@dataclass(frozen=True, slots=True)
class Ended:
    """What the supervisor wrote down."""

    exit_status: int | None
    """128 + n where signal n ended it; None: nobody saw it end."""
    wall_s: float | None
    cpu_s: float | None
    peak_rss_bytes: int | None
    grew_last: bool
    """By more than 2 % when it was looked at the last time: the peak may have been higher."""
    oom_kills: int | None
    """Programs that the kernel killed for memory meanwhile."""
    ended_there: bool
    """Because nobody listened any more, or by ``edgetui tasks clean``: either way its folder is gone."""
    stderr: str
    """Its last bytes."""


class Job:
    """``name`` is the same for the same cell of the same run, so that it is found again."""

    def __init__(self, link: Link, files: Files, root: str, name: str) -> None:
        self._link = link
        self._files = files
        self._root = root
        self._name = name
        self._folder = f"{root}/jobs/{name}"
        self.channel: Channel | None = None
        """Where it is leashed: it wants to hear from us."""
        self._log = b""
        self._read = 0

    async def found(self) -> bool:
        """Is it on the board already, at work or ended? Raises CommandError, LinkError."""
        self._log = await self._files.read(f"{self._folder}/log", 0, READ)
        return bool(self._log)

    async def start(self, folder: str, words: list[str], *, detach: bool) -> None:
        """``folder``: name below ``tasks``. Raises CommandError, LinkError."""
        if not detach:
            self.channel = await self._link.open(leashed(self._root, self._name, folder, words), lambda _: None)
            return
        try:
            await self._link.run(detached(self._root, self._name, folder, words), timeout=ASK_S)
        except TimeoutError as error:
            raise CommandError(f"the board started no program within {ASK_S:g} s") from error

    async def output(self) -> AsyncGenerator[bytes, None]:
        """All that it prints on stdout, from the first byte on. Raises CommandError, LinkError."""
        polls = 0
        while True:
            closed = self.channel is not None and self.channel.closed.done()
            over = await self._over()
            while data := await self._files.read(f"{self._folder}/out", self._read, READ):
                self._read += len(data)
                yield data
                if self._read > MOST_OUTPUT:
                    raise CommandError(f"it printed more than {MOST_OUTPUT >> 20} MB and was ended")
            if over:
                return
            polls += 1
            if closed or (self.channel is None and polls % ALIVE_EVERY == 0 and not await self._alive()):
                if not await self._over():
                    return
                continue
            await self._pause()

    async def ended(self) -> Ended:
        """How it ended. Raises CommandError, LinkError."""
        rows = [line.split() for line in self._log.decode("ascii", "replace").splitlines()]
        log = {row[0]: row[1:] for row in rows if row}
        begin, end = log.get("begin", []), log.get("exit", [])
        times = await self._files.read(f"{self._folder}/times", 0, 200)
        sizes = await self._files.sizes(self._folder)
        size = sizes.get("err", 0)
        stderr = await self._files.read(f"{self._folder}/err", max(0, size - STDERR_TAIL), STDERR_TAIL)
        wall_s = _less(end[1:2], begin[0:1])
        kills = _less(end[2:3], begin[1:2])
        rss = (await self._files.read(f"{self._folder}/rss", 0, 200)).decode("ascii", "replace").split()
        peak_kb = _number(rss[0:1])
        return Ended(
            exit_status=count(end[0]) if end else None,
            wall_s=wall_s,
            cpu_s=cpu_s(times.decode("ascii", "replace")),
            peak_rss_bytes=None if peak_kb is None else int(peak_kb) * 1024,
            grew_last=len(rss) > 1,
            oom_kills=None if kills is None else int(kills),
            ended_there="ended" in log or not sizes,
            stderr=stderr.decode("utf-8", "replace"),
        )

    async def remove(self) -> None:
        """Its folder on the board. Raises LinkError."""
        try:
            await self._link.run(shlex.join(["rm", "-rf", self._folder]), timeout=ASK_S)
        except TimeoutError:
            return  # ``edgetui tasks clean`` finds it

    async def leave(self) -> None:
        """End it where it is leashed; returns when it is gone, or after a moment."""
        if self.channel is not None:
            self.channel.close()
            await asyncio.wait({self.channel.closed}, timeout=ENDING_S)

    async def _over(self) -> bool:
        self._log += await self._files.read(f"{self._folder}/log", len(self._log), READ)
        return any(line.startswith(b"exit ") for line in self._log.split(b"\n")[:-1])

    async def _alive(self) -> bool:
        rows = [line.split() for line in self._log.decode("ascii", "replace").splitlines()]
        pids = [row[2] for row in rows if len(row) == 3 and row[0] == "pid" and row[2].isdecimal()]
        try:
            return not pids or (await self._link.run(f"kill -0 {pids[0]}", timeout=ASK_S)).exit_status == 0
        except TimeoutError:
            return True

    async def _pause(self) -> None:
        if self.channel is None:
            await asyncio.sleep(POLL_S)
        else:
            await asyncio.wait({self.channel.closed}, timeout=POLL_S)


async def beating(channel: Channel) -> None:
    """The leash's heartbeat, for as long as the channel is there."""
    while not channel.closed.done():
        channel.write(b"\n")
        await asyncio.sleep(BEAT_S)


def cpu_s(times: str) -> float | None:
    """User and system s of all children: the second line of what ``times`` prints."""
    found = [_TIME.fullmatch(word) for line in times.splitlines()[1:2] for word in line.split()]
    told = [60 * float(each[1]) + float(each[2]) for each in found if each]
    return sum(told) if told and len(told) == len(found) else None


def _number(words: list[str]) -> float | None:
    return float(words[0]) if words and _NUMBER.fullmatch(words[0]) else None


def _less(end: list[str], begin: list[str]) -> float | None:
    last, first = _number(end), _number(begin)
    return None if last is None or first is None else last - first
