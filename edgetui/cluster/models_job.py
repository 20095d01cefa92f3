"""One model on its way to one board: what its lines say, what stops it, and how it ended in words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager

import httpx

from edgetui.cluster.keeper import Keeper
from edgetui.cluster.survey import room
from edgetui.errors import EdgetuiError, LinkDown, LinkError
from edgetui.links import Link
from edgetui.model import NA, Reading, known, na
from edgetui.model.transfer import Ending, Transfer
from edgetui.runners.ollama_bound import Unanswered
from edgetui.runners.ollama_pull import Progress, PullFailed, pulled
from edgetui.runners.ollama_server import Server, reached, why_silent

TRIES, AGAIN_S = 5, 1.0
"""Ollama has who asks again join a download that it is still giving up for an earlier one: ``context canceled``."""
LINE_LOST = "the connection to the board was cut in the middle: push again, it resumes"


class Job:
    """Writes a newer Transfer with every line; ends it exactly once."""

    def __init__(self, keeper: Keeper, first: Transfer, stall_s: float, tell: Callable[[Transfer], None]) -> None:
        self.keeper = keeper
        self.now = first
        self._stall_s = stall_s
        self._tell = tell
        self._free: Reading = na("not asked")

    def set(self, transfer: Transfer) -> None:
        """This is how it stands now."""
        self.now = transfer
        self._tell(transfer)

    def end(self, ending: Ending, reason: str = "", digest: str = "") -> None:
        """It has ended so."""
        self.set(self.now.over(ending, _clock(), reason, digest))

    def begin(self) -> None:
        """Its turn has come."""
        self.set(self.now.at("asking", _clock()))

    def link(self) -> Link:
        """The board's. Raises LinkDown with the reason for which there is none."""
        state = self.keeper.state
        if self.keeper.link is None:
            raise LinkDown(state.reason or f"the board is {state.link}", state.remedy)
        return self.keeper.link

    @asynccontextmanager
    async def server(self, link: Link) -> AsyncIterator[Server]:
        """The board's Ollama; whatever goes wrong meanwhile ends the job in words, but a link's own error."""
        port = self.keeper.board.ollama_port
        async with reached(link, port) as server:
            try:
                self._free = await _most_free(link)
                await server.version()
                yield server
            except PullFailed as error:
                self.end(error.ending, self._words(error))
            except Unanswered as error:
                self.end("no-ollama", str(error))
            except httpx.RequestError as error:
                began = bool(self.now.layers)
                why = await why_silent(link, port, error)
                resumes = "; pull again, it resumes" if began else ""
                self.end("no-ollama", f"{why} in the middle{resumes}" if began else why)

    async def follow(self, server: Server, model: str, *, insecure: bool = False) -> None:
        """Until it is there. Raises PullFailed, httpx.RequestError, Unanswered."""
        for tries in range(1, TRIES + 1):
            try:
                await self._follow(server, model, insecure=insecure)
                return
            except PullFailed as error:
                if error.ending != "cancelled" or tries == TRIES:
                    raise
            await asyncio.sleep(AGAIN_S)

    async def _follow(self, server: Server, model: str, *, insecure: bool) -> None:
        try:
            async with asyncio.timeout(self._stall_s) as limit:
                async with aclosing(pulled(server, model, insecure=insecure)) as lines:
                    async for line in lines:
                        self._take(line)
                        due = self.now.stage in ("asking", "loading")
                        limit.reschedule(self.now.moved + self._stall_s if due else None)
        except TimeoutError:
            what = f"no byte came for {_clock() - self.now.moved:.0f} s"
            if not self.now.layers:
                raise PullFailed("stalled", f"{what}: the registry does not answer the board") from None
            raise PullFailed("stalled", f"{what}: look at the board's line, then pull again, it resumes") from None

    def _take(self, line: Progress) -> None:
        now, transfer = _clock(), self.now
        if line.digest:
            new = all(layer.digest != line.digest for layer in transfer.layers)
            self.set(transfer.loaded(line.digest, line.total, line.completed, now))
            if new:
                self._check_room(line)
        elif line.status.startswith(("verifying", "writing", "removing", "success")):
            self.set(transfer.whole(now))

    def _check_room(self, line: Progress) -> None:
        """Ollama does not look itself. What a layer has already is on the disk."""
        left = line.total - line.completed
        if known(self.now.size_bytes):
            left = max(left, int(self.now.size_bytes) - self.now.completed_bytes)
        if known(self._free) and left > self._free:
            sizes = f"{left / 1e9:.2f} GB are still to come, the board has {self._free / 1e9:.2f} GB free"
            raise PullFailed("no-space", f"{sizes}: make room, then pull again")

    def _words(self, error: PullFailed) -> str:
        """A push goes over our own connection: no internet is missed there."""
        if self.now.kind == "push" and error.ending == "no-internet":
            return LINE_LOST
        return error.reason

    def failed(self, error: EdgetuiError) -> None:
        """There is no link, or it was lost."""
        again = "; again resumes" if self.now.layers else ""
        ending: Ending = "lost-link" if isinstance(error, LinkError) else "error"
        self.end(ending, "; ".join(filter(None, (error.message, error.remedy))) + again)


async def _most_free(link: Link) -> Reading:
    """Bytes on the emptiest of the file systems where Ollama may keep its models. Raises LinkError."""
    disks = await room(link)
    return disks if isinstance(disks, NA) else max(disk.free_bytes for disk in disks)


def _clock() -> float:
    return asyncio.get_running_loop().time()
