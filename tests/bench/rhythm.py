"""Whether telemetry keeps its rhythm while something else goes on."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass, field
from functools import partial

from edgetui.cluster.core import Cluster
from edgetui.model import Sample


@dataclass(frozen=True, slots=True)
class Beats:
    """Of some time, all in s."""

    gaps: list[float] = field(default_factory=list)
    """Between two frames of a board."""
    lags: list[float] = field(default_factory=list)
    """How late another thread was woken."""
    loop_lags: list[float] = field(default_factory=list)
    """How late the loop was."""

    def add(self, more: Beats) -> None:
        """Those of another time."""
        self.gaps.extend(more.gaps)
        self.lags.extend(more.lags)
        self.loop_lags.extend(more.loop_lags)

    def told(self) -> str:
        """In a line."""
        gaps, lags, loop = sorted(self.gaps), sorted(self.lags), sorted(self.loop_lags)
        late = f"a thread is late p95 {at(lags, 0.95) * 1e3:.1f} ms, the loop {at(loop, 0.95) * 1e3:.0f} ms"
        if len(gaps) < 8:
            return f"{len(gaps)} frames: too few to tell; {late}"
        frames = f"p50 {at(gaps, 0.5):.2f} s, p95 {at(gaps, 0.95):.2f} s, max {gaps[-1]:.2f} s (n {len(gaps)})"
        return f"frames {frames}; {late}"


class Rhythm:
    """Times between the frames of each board, and how late a thread beside is woken."""

    def __init__(self, cluster: Cluster) -> None:
        self._last: dict[str, float] = {}
        self.gaps: list[float] = []
        self.lags: list[float] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        self.loop_lags: list[float] = []
        self._pulse = asyncio.create_task(self._pulsing())
        for name, keeper in cluster.keepers.items():
            keeper.listeners.append(partial(self._beat, name))

    def _beat(self, name: str, _sample: Sample) -> None:
        now = time.monotonic()
        if name in self._last:
            self.gaps.append(now - self._last[name])
        self._last[name] = now

    def _watch(self) -> None:
        while not self._stop.wait(0):
            began = time.monotonic()
            time.sleep(0.01)
            self.lags.append(time.monotonic() - began - 0.01)

    async def _pulsing(self) -> None:
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.01)
            self.loop_lags.append(time.monotonic() - began - 0.01)

    def taken(self) -> Beats:
        """What has come since the last time."""
        beats = Beats(self.gaps, self.lags, self.loop_lags)
        self.gaps, self.lags, self.loop_lags = [], [], []
        return beats

    async def rest(self, seconds: float) -> Beats:
        """Those of a while in which nothing is done; what was before is forgotten."""
        self.taken()
        await asyncio.sleep(seconds)
        return self.taken()

    def close(self) -> None:
        """End the thread."""
        self._pulse.cancel()
        self._stop.set()
        self._thread.join()


def at(values: list[float], part: float) -> float:
    """The value at that part of sorted ones."""
    return values[min(len(values) - 1, int(part * len(values)))] if values else float("nan")
