"""Looks at what a board does while no byte of an answer comes: its runner's /slots, its journal (Ollama ≥ 0.30).

Both are a help that may be missing: whatever fails here is left alone and harms no run.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx

from edgetui.errors import LinkError
from edgetui.links import Link
from edgetui.links.tether import tethered
from edgetui.model import NA, na
from edgetui.model.progress import Progress
from edgetui.runners.llama_evidence import Evidence
from edgetui.runners.llama_log import LONGEST_LINE, RunnerLog, message_of
from edgetui.runners.llama_slots import MOST_BYTES, Slot, slot_at_work
from edgetui.runners.ollama_server import reached
from edgetui.runners.ollama_stream import BadStream, Lines

FIND = "grep -aHs -e '[l]lama-server' /proc/[0-9]*/cmdline"
"""One program, once for each loaded model; its own command line does not match."""
FOLLOW = "journalctl -u ollama -f -n 0 -o json"
EVERY_S = 1.0
LATE_S = 5.0
"""So long one look may take."""
TRIES = 3
"""After so many failures in a row /slots is left alone for this request."""
MOST_RUNNERS = 4
_COMMAND = re.compile(
    r"^/proc/\d{1,10}/cmdline:(?:[^\0\n]*/)?llama-server\0(?:[^\n]*\0)?--port\0(\d{1,5})\0", re.MULTILINE
)


def ports_in(text: str) -> tuple[int, ...]:
    """Ports of the runners, out of what ``FIND`` was answered."""
    found = dict.fromkeys(int(port) for port in _COMMAND.findall(text))
    return tuple(port for port in found if 0 < port < 65536)[:MOST_RUNNERS]


class Watch:
    """One request's. Made by ``watching``."""

    def __init__(self, link: Link, *, pictured: bool) -> None:
        self.progress: Progress | None = None
        self._link = link
        self._pictured = pictured
        self._log: RunnerLog | None = None
        self._slot: Slot | NA = na("the runner was not looked at")
        self._ports: tuple[int, ...] = ()
        self._asked, self._answered, self._news = asyncio.Event(), asyncio.Event(), asyncio.Event()

    def asked(self) -> None:
        """The timed request is about to be sent: what is told from now on is of it."""
        self._log = RunnerLog(pictured=self._pictured)
        self._asked.set()

    def answered(self) -> None:
        """The first piece has come: one look more, which shows the whole prompt, and that is all."""
        self._answered.set()

    async def until(self, end: asyncio.Future[httpx.Response]) -> AsyncGenerator[Progress, None]:
        """All that is new, until ``end`` is done."""
        while not end.done():
            news = asyncio.ensure_future(self._news.wait())
            try:
                await asyncio.wait((end, news), return_when=asyncio.FIRST_COMPLETED)
            finally:
                news.cancel()
            if self._news.is_set() and self.progress is not None:
                self._news.clear()
                yield self.progress

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What is known of the request, by source."""
        found = []
        if self._log is not None:
            found.append(Evidence(self._log.prompt_tokens, self._log.cached_tokens, self._log.encode_s))
        if isinstance(self._slot, Slot) and self._slot.written:
            found.append(Evidence(self._slot.done, self._slot.cached))
        return tuple(found)

    def _tell(self, progress: Progress | None) -> None:
        if progress is None:
            return
        told = progress.after(self.progress)
        if told != self.progress:
            self.progress = told
            self._news.set()

    # the journal

    async def follow(self) -> None:
        """Until the journal ends, or for ever."""
        lines, spoilt = Lines(LONGEST_LINE), asyncio.Event()

        def hear(data: bytes) -> None:
            if spoilt.is_set():
                return
            try:
                for line in lines.feed(data):
                    if self._log is not None and (said := message_of(line)) is not None:
                        self._tell(self._log.feed(*said))
            except BadStream:
                spoilt.set()

        with suppress(LinkError):
            channel = await self._link.open(tethered(FOLLOW), hear)
            channel.closed.add_done_callback(lambda _: spoilt.set())
            try:
                await spoilt.wait()
            finally:
                channel.close()

    # the slots

    async def look(self) -> None:
        """Find the runner, then look once a second until the answer has begun."""
        failed = 0
        try:
            while failed < TRIES:
                last = self._answered.is_set()
                if not self._ports:
                    await self._find()
                if self._asked.is_set():
                    failed = 0 if await self._looked() else failed + 1
                if last:
                    return
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._answered.wait(), EVERY_S)
        except LinkError:
            return
        finally:
            await self._leave()

    async def _find(self) -> None:
        with suppress(TimeoutError):
            done = await self._link.run(FIND, timeout=LATE_S, limit=1 << 16)
            self._ports = ports_in(done.stdout)

    async def _looked(self) -> bool:
        """Did a runner answer? The one that is at work is ours; where several are, nobody knows."""
        bodies = [body for port in self._ports if (body := await self._body(port)) is not None]
        busy = [slot for body in bodies if isinstance(slot := slot_at_work(body), Slot)]
        if len(busy) == 1:
            self._slot = busy[0]
            self._tell(self._slot.progress(pictured=self._pictured))
        if not bodies:
            await self._leave()  # loaded anew, it has another port
        return bool(bodies)

    async def _leave(self) -> None:
        for port in self._ports:
            await self._link.leave(port)
        self._ports = ()

    async def _body(self, port: int) -> bytes | None:
        body = b""
        with suppress(OSError, httpx.HTTPError):  # TimeoutError is one of the former
            async with (
                asyncio.timeout(LATE_S),
                reached(self._link, port) as server,
                server.http.stream("GET", "/slots") as answer,
            ):
                async for data in answer.aiter_raw():
                    body += data
                    if len(body) > MOST_BYTES:
                        return None
                return body if answer.status_code == 200 else None
        return None


@asynccontextmanager
async def watching(link: Link, *, tells: bool, pictured: bool) -> AsyncIterator[Watch]:
    """Look from now on; leaving ends it. ``tells``: this Ollama has something to look at."""
    watch = Watch(link, pictured=pictured)
    tasks = [asyncio.create_task(job()) for job in (watch.follow, watch.look) if tells]
    try:
        yield watch
    finally:
        for task in tasks:
            task.cancel()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(ended, Exception):  # a bug of ours: whatever a board can do is caught where it is done
                raise ended
