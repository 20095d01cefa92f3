"""Watches, between requests, the memory that Ollama's runner takes, and has it given back before it runs out.

When and why stands in ``edgetui.model.growth``. Nothing of it happens while a request is timed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from edgetui.cluster.keeper import Keeper
from edgetui.errors import LinkError
from edgetui.links import Link
from edgetui.model import NA, Event, Reading, Request, Sample, known, na
from edgetui.model.growth import Footprint, Growth, first_seen
from edgetui.model.hostile import one_line
from edgetui.runners.ollama_processes import Runner, runners
from edgetui.runners.ollama_unload import given_back

SAMPLE_S = 2.0
UNWATCHED = na("not looked at: the memory watch is off ([ollama] memory_watch)")
NO_RUNNER = na("no model is loaded")


class MemoryWatch:
    """Of one board."""

    def __init__(self, keeper: Keeper, tell: Callable[[Event], None]) -> None:
        self._keeper = keeper
        self._tell = tell
        self._found: Sequence[Runner] | NA = ()
        self._growth: Growth | None = None
        self._step_bytes = 0.0
        self._models: set[str] = set()
        """Those that were asked since memory was last given back."""

    def loaded(self) -> None:
        """A model has just been loaded: what is there now is where growth begins."""
        self._growth = None

    async def look(self) -> Reading:
        """At the runners, once; returns their resident size in bytes. Call it while no request runs."""
        link = self._keeper.link
        if link is None:
            return na("the board is not connected")
        try:
            return (await self._look(link)).rss_bytes
        except LinkError as error:
            return na(error.message)

    @property
    def grown(self) -> bool:
        """Has the runner grown markedly, as of the last look?"""
        sample = self._sample
        return bool(self._growth and sample and self._growth.is_marked(sample.memory_total_bytes))

    @property
    def _sample(self) -> Sample | None:
        return self._keeper.state.sample

    async def make_room(self, request: Request) -> str:
        """Unload where the answer might not fit; returns what it was like before, in words; empty: it may begin."""
        self._models.add(request.model)
        link = self._keeper.link
        if link is None:
            return ""
        try:
            if self._growth is not None and not self._growth.is_in_the_way(footprint(self._found, self._sample)):
                return ""
            now = await self._look(link)  # what was seen may be gone since
            if self._growth is None or not self._growth.is_in_the_way(now):
                return ""
            failed = await given_back(link, request.port, self._models)
        except LinkError:
            return ""  # the keeper sees the loss itself
        self._told(request, now, failed)
        if failed:
            return ""
        self._models, self._growth = {request.model}, None
        await self._keeper.fresh_sample(timeout=SAMPLE_S)
        return str(now)

    async def _look(self, link: Link) -> Footprint:
        self._found = await runners(link)
        now = footprint(self._found, self._sample)
        if self._growth is None:
            self._growth = first_seen(now, self._counted(len(now.pids)), self._step_bytes)
        else:
            self._growth = self._growth.seen(now)
        if self._growth is not None:
            self._step_bytes = self._growth.step_bytes
        return now

    def _counted(self, processes: int) -> Reading:
        """What Ollama says that its models take, where it was last asked about just these."""
        rows = self._keeper.state.ollama.loaded if self._keeper.state.ollama else ()
        sizes = [row.size_bytes for row in rows if known(row.size_bytes)]
        return sum(sizes) if processes and len(sizes) == processes else na("Ollama told of other models")

    def _told(self, request: Request, now: Footprint, failed: str) -> None:
        identity, models, step = self._keeper.state.identity, sorted(self._models), self._step_bytes
        done = f"not unloaded: {failed}" if failed else "unloaded before the next answer"
        by = f"; one answer more may take {step / 1e6:.0f} MB" if step else ""
        self._tell(
            Event(
                time=time.time(),
                board=request.board,
                kind="memory",
                text=one_line(f"{', '.join(models)} {done}: {now}{by}", 300),
                detail={
                    "run": request.run,
                    "models": models,
                    "unloaded": not failed,
                    "runner_rss_bytes": now.rss_bytes if known(now.rss_bytes) else None,
                    "memory_available_bytes": now.available_bytes if known(now.available_bytes) else None,
                    "step_bytes": step or None,
                    "simulated": identity.simulated if identity else None,
                },
            )
        )


def footprint(found: Sequence[Runner] | NA, sample: Sample | None) -> Footprint:
    """Out of the runners that a board told and its last Sample."""
    unread = na("no reading of the board")
    available, total = (sample.memory_available_bytes, sample.memory_total_bytes) if sample else (unread, unread)
    used = total - available if known(total) and known(available) else unread
    pids: tuple[int, ...] = ()
    file = 0.0
    if isinstance(found, NA):
        rss: Reading = found
    else:
        pids = tuple(runner.pid for runner in found)
        sizes = [runner.rss_bytes for runner in found]
        missing = next((size for size in sizes if isinstance(size, NA)), None if found else NO_RUNNER)
        rss = sum(size for size in sizes if known(size)) if missing is None else missing
        file = sum(runner.file_bytes for runner in found if known(runner.file_bytes))
    return Footprint(
        pids=pids,
        rss_bytes=rss,
        file_bytes=file,
        taken_bytes=rss - file if known(rss) else rss if rss is NO_RUNNER else used,
        available_bytes=available,
        total_bytes=total,
    )
