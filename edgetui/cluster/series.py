"""The repeats of one cell on one board: what must be equal in them, and what a Reply lacks without the others.

Pure: a Reply in, the same with its figures and marks out.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from edgetui.model import Identity, Metrics, Reading, Reply, Request, Sample, known, na
from edgetui.model.figures import (
    STEADY_REPEATS,
    gross_j,
    image_tokens,
    is_steady,
    net_j,
    t100_s,
    throttled_percent,
)
from edgetui.model.heat import slowed_by_heat
from edgetui.runners import TRANSIENT
from edgetui.runners.timing import MISFIT

DRIFT = 0.1
"""Part of a board's memory by which what is available may differ from the first repeat."""
SWAPPED_BYTES = 16 << 20
"""So much more swap after an answer than before it is no accident."""
CLOCK_S = 1.0
"""By so much the host's clock may differ from its stopwatch within one answer before it has been set."""
READ_AGAIN = 0.5
"""A prompt that was read in less than this part of the first repeat's time was not read again."""
_NO_PICTURE = na("the task has no picture")


@dataclass(slots=True)
class Start:
    """How a request began."""

    idle_c: Reading = na("not measured in this mode")
    idle_w: Reading = na("not measured in this mode")
    hot: bool = False
    """The gate was not passed: it waited in vain."""
    shared: bool = False
    """Somebody else used the board just before."""
    co_run: bool = False
    """Another board of its stack computed meanwhile."""
    grown: bool = False
    """The runner had grown markedly since its model was loaded."""
    unloaded: str = ""
    """What the board's memory was like before the model was unloaded for it, in words."""
    runner_rss_bytes: Reading = na("not looked at")
    """After the answer."""


@dataclass(slots=True)
class Series:
    """What is remembered from one repeat to the next."""

    key: tuple[str, ...]
    warm: bool = False
    text_tokens: Reading = na("not counted in this mode")
    cold_load_s: Reading = na("the model was loaded already")
    repeats: int = 0
    _read_s: float | None = None
    """Encode + prefill of the first repeat."""
    _available: float | None = None
    _e2e: list[Reading] = field(default_factory=list)
    _samples: list[tuple[Sample, ...]] = field(default_factory=list)

    @staticmethod
    def key_of(request: Request) -> tuple[str, ...]:
        """Repeats of the same key are one series."""
        return request.run, request.task, request.item, request.model

    def judged(self, reply: Reply, start: Start, identity: Identity | None) -> Reply:
        """The reply with its figures and all of its marks."""
        reply = replace(
            reply,
            metrics=self._figures(reply, start),
            idle_c=start.idle_c,
            idle_w=start.idle_w,
            runner_rss_bytes=start.runner_rss_bytes,
            unloaded=start.unloaded,
            text_tokens=self.text_tokens if reply.request.image else _NO_PICTURE,
            energy_scope=reply.samples[-1].power_scope if reply.samples else na("no reading meanwhile"),
        )
        reply = _unseen(reply)
        found = [*reply.marks, *_started(reply, start), *_suffered(reply, identity), *self._compared(reply)]
        self.repeats += TRANSIENT not in reply.marks  # it is asked again, and is no repeat
        return replace(reply, marks=tuple(dict.fromkeys(found)))

    def _figures(self, reply: Reply, start: Start) -> Metrics:
        m, end = reply.metrics, reply.finished_at
        begin = end - m.e2e_s if known(m.e2e_s) else end
        told = known(m.e2e_s)
        joules: Reading = gross_j(reply.samples, begin, end) if told else m.e2e_s
        load = self.cold_load_s if "cold-load" not in reply.marks else reply.phases.load_s
        if self.repeats and not start.unloaded:
            load = reply.phases.load_s if "cold-load" in reply.marks else na("loaded for an earlier repeat")
        return replace(
            m,
            t100_s=t100_s(m.ttft_s, m.itl_s),
            image_tokens=image_tokens(m.prompt_tokens, self.text_tokens) if reply.request.image else _NO_PICTURE,
            gross_j=joules,
            net_j=net_j(joules, start.idle_w, end - begin),
            throttled_percent=throttled_percent(reply.samples, begin, end) if told else m.e2e_s,
            cold_load_s=load,
        )

    def _compared(self, reply: Reply) -> list[str]:
        """Marks that only show against the other repeats."""
        marks = []
        if self._reads_faster(reply):
            marks.append("cache-suspect")
        if self._drifts(reply):
            marks.append("memory-drift")
        self._e2e.append(reply.metrics.e2e_s)
        self._samples.append(reply.samples)
        last = [s for samples in self._samples[-STEADY_REPEATS:] for s in samples]
        if reply.request.protocol.mode == "sustained" and is_steady(self._e2e, last):
            marks.append("steady")
        return marks

    def _reads_faster(self, reply: Reply) -> bool:
        read = reply.phases.read_s
        if known(reply.cached_tokens) or not known(read):
            return False
        if self._read_s is None:
            self._read_s = read
        return read < READ_AGAIN * self._read_s

    def _drifts(self, reply: Reply) -> bool:
        if not reply.samples:
            return False
        now, total = reply.samples[0].memory_available_bytes, reply.samples[0].memory_total_bytes
        if not known(now) or not known(total) or "cold-load" in reply.marks:
            return False
        if self._available is None:
            self._available = now
        return abs(now - self._available) > DRIFT * total


def _started(reply: Reply, start: Start) -> list[str]:
    hot = start.hot if reply.request.protocol.gate else bool(reply.samples) and slowed_by_heat(reply.samples[0])
    named = (
        ("hot-start", hot),
        ("shared-board", start.shared),
        ("co-run", start.co_run),
        ("memory-drift", start.grown),
        ("unloaded-before", bool(start.unloaded)),
    )
    return [name for name, is_so in named if is_so]


def _suffered(reply: Reply, identity: Identity | None) -> list[str]:
    marks = []
    swaps = [s.swap_used_bytes for s in reply.samples if known(s.swap_used_bytes)]
    if swaps and max(swaps) - swaps[0] > SWAPPED_BYTES:
        marks.append("swapped")
    misfit = MISFIT in (reply.phases.prefill_s, reply.metrics.tok_per_s)
    total = reply.phases.total_s
    if misfit or (known(total) and abs(reply.finished_at - reply.fired_at - total) > CLOCK_S):
        marks.append("clock-suspect")
    size, vram = reply.size_bytes, reply.size_vram_bytes
    if known(size) and known(vram) and vram < size and identity is not None and identity.has_gpu:
        marks.append("cpu-fallback")
    return marks


def _unseen(reply: Reply) -> Reply:
    """A picture that adds no tokens was not seen: the answer is made up, however good it looks."""
    tokens = reply.metrics.image_tokens
    if not known(tokens) or tokens > 0:
        return reply
    reason = "the prompt has as many tokens without the picture: the model did not see it"
    return replace(reply, outcome="no-vision", reason=reason, marks=(*reply.marks, "image-unseen"))
