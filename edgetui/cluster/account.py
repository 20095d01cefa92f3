"""Keeps the host's clock and the board's Samples of one cell, and closes them into its Reply."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from edgetui.cluster.live import LiveReply
from edgetui.model import WORDS, Metrics, Phase, Phases, Reading, Reply, Sample, State, Throttle, known
from edgetui.model.board import on_gpu
from edgetui.model.phases import NOT_REACHED
from edgetui.model.progress import Progress
from edgetui.runners import Finished
from edgetui.runners.timing import UNTOLD, with_wait

FRAME_S = 0.1
"""Pieces that came closer together are shown at once."""


class Account:
    """One cell's account, from the moment it leaves the queue."""

    def __init__(self, cell: LiveReply, state: State, before: Sample | None) -> None:
        self._cell = cell
        self._fired_at = time.time() - (time.monotonic() - cell.fired)
        self._samples: list[Sample] = [] if before is None else [before]
        self._spent: dict[Phase, float] = {}
        cell.sim_speed = state.identity.sim_speed if state.identity else 0.0
        self.began: float | None = None
        """time.monotonic() when the runner began; None: it never did."""

    def leave_queue(self, now: float) -> None:
        """The cell stands at the gate. ``now``: time.monotonic()."""
        self._cell.started = self._cell.phase_since = now
        self._cell.phase = "gate"

    def start(self, now: float) -> None:
        """The runner begins. Of what the board said while it was held only the last counts."""
        self.began = self._cell.phase_since = now
        held, self._samples = self._samples[-1:], []
        self._cell.peak_c, self._cell.throttled = None, ""
        for sample in held:
            self.suffer(sample)

    def enter(self, phase: Phase, now: float) -> None:
        """The runner is in another phase."""
        cell = self._cell
        self._spend(now)
        cell.phase, cell.phase_since = phase, now
        if phase == "upload":
            cell.asked = now

    def advance(self, progress: Progress, now: float) -> None:
        """The board has told how far it is, before the answer has begun."""
        cell = self._cell
        cell.progress = progress
        if cell.phase in ("encode", "prefill") and cell.phase != progress.step:
            self.enter(progress.step, now)

    def tell(self, words: str) -> None:
        """How far the script is."""
        self._cell.told = words

    def hear(self, text: str, thinking: bool, now: float) -> None:
        """A piece of the answer came."""
        cell = self._cell
        if not text:
            return
        if cell.first_piece is None:
            cell.first_piece = now
        cell.last_piece = now
        (cell.thinking if thinking else cell.pieces).append(text)
        cell.arrivals.append((now, -len(text) if thinking else len(text)))

    def suffer(self, sample: Sample) -> None:
        """The board sent a Sample meanwhile."""
        self._samples.append(sample)
        cell = self._cell
        if known(sample.temperature_c):
            cell.peak_c = max(sample.temperature_c, cell.peak_c or sample.temperature_c)
        seen = {*cell.throttled, *(t.kind for t in _now(sample))}
        cell.throttled = "".join(kind for kind in WORDS if kind in seen)

    def close(self, finished: Finished, state: State) -> Reply:
        """The Reply, whatever the outcome."""
        cell = self._cell
        now = cell.phase_since if cell.phase == "done" else time.monotonic()
        self._spend(now)
        cell.phase_since = now
        began = now if cell.started is None else cell.started
        gate_s = NOT_REACHED if cell.started is None else (self.began or now) - began
        finished_at = time.time() - (time.monotonic() - now)
        phases, metrics = finished.phases, finished.metrics
        if not known(phases.total_s):
            phases, metrics = self._by_host_clock(), self._seen(metrics)
        identity = state.identity
        return Reply(
            request=cell.request,
            outcome=finished.outcome,
            reason=finished.reason,
            text="".join(cell.pieces),
            thinking="".join(cell.thinking),
            done_reason=finished.done_reason,
            fired_at=self._fired_at,
            started_at=finished_at - (now - began),
            finished_at=finished_at,
            phases=with_wait(phases, began - cell.fired, gate_s),
            metrics=metrics,
            samples=tuple(self._samples),
            marks=(*finished.marks, *self._suffered()),
            ollama_version=finished.version,
            era=finished.era,
            digest=finished.digest,
            size_bytes=finished.size_bytes,
            size_vram_bytes=on_gpu(finished.size_vram_bytes, identity),
            cached_tokens=finished.cached_tokens,
            sent_sha256=finished.sent_sha256,
            sent_bytes=finished.sent_bytes,
            figures=finished.figures,
            sim_speed=identity.sim_speed if identity else cell.sim_speed,
            arrivals=_thinned(cell.arrivals, began),
        )

    def _spend(self, now: float) -> None:
        cell = self._cell
        if self.began is not None:
            self._spent[cell.phase] = self._spent.get(cell.phase, 0.0) + now - cell.phase_since

    def _by_host_clock(self) -> Phases:
        """What the host saw of a run that the server gave no figures for.

        Where the board did not tell when prefill began, nobody can tell it from encode: both lie in net.
        """
        whole = self._spent.get("encode", 0.0) if "prefill" not in self._spent else 0.0

        def spent(phase: Phase) -> Reading:
            return self._spent.get(phase, NOT_REACHED)

        return Phases(
            load_s=spent("load"),
            upload_s=spent("upload"),
            encode_s=UNTOLD if whole else spent("encode"),
            prefill_s=UNTOLD if whole else spent("prefill"),
            decode_s=spent("decode"),
            net_s=self._spent.get("gate", 0.0) + whole if whole else spent("gate"),
            total_s=sum(self._spent.values()),
        )

    def _seen(self, metrics: Metrics) -> Metrics:
        cell = self._cell
        if known(metrics.ttft_s) or cell.first_piece is None or self.began is None:
            return metrics
        before = sum(s for p, s in self._spent.items() if p in ("gate", "load"))
        return replace(metrics, ttft_s=cell.first_piece - self.began - before)

    def _suffered(self) -> tuple[str, ...]:
        """Marks that the Samples bear out."""
        letters = set(self._cell.throttled)
        if self._samples:
            first, last = _kinds(self._samples[0], "boot"), _kinds(self._samples[-1], "boot")
            letters |= last - first
        marks = ["throttled"] if letters & set("UFTS") else []
        return (*marks, "power-limited") if "P" in letters else tuple(marks)


def _thinned(arrivals: Sequence[tuple[float, int]], began: float) -> tuple[tuple[float, int], ...]:
    """In s since ``began``; pieces that came within a frame of the screen are one."""
    out: list[tuple[float, int]] = []
    for at, characters in arrivals:
        if out and at - began - out[-1][0] < FRAME_S and (characters > 0) == (out[-1][1] > 0):
            out[-1] = (out[-1][0], out[-1][1] + characters)
        else:
            out.append((round(at - began, 3), characters))
    return tuple(out)


def _now(sample: Sample) -> tuple[Throttle, ...]:
    return tuple(t for t in sample.throttle if t.when == "now") if known(sample.throttle) else ()


def _kinds(sample: Sample, when: str) -> set[str]:
    return {t.kind for t in sample.throttle if t.when == when} if known(sample.throttle) else set()
