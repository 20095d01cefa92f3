"""How a model comes to a board: layers, rate, and how it ended. Pure; time is an argument."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from edgetui.model.reading import Reading, known, na

Ending: TypeAlias = Literal[
    "ok", "not-found", "no-internet", "no-space", "stalled", "lost-link", "corrupt", "too-old", "no-ollama",
    "unsupported", "cancelled", "error",
]  # fmt: skip
Stage: TypeAlias = Literal["queued", "asking", "loading", "verifying", "ended"]
"""``asking``: for the manifest; ``loading``: bytes come."""
STALL_S = 10.0
"""Without a byte for so long, in host s, it is called stalled; Ollama itself tries again after 30."""
WINDOW_S = 4.0
"""The rate is that of the last so many s."""
LEAST_S = 2.0
STEP_S = 0.2
"""Least time between two points of the track."""


@dataclass(frozen=True, slots=True)
class LayerState:
    """One layer on its way."""

    digest: str
    """``sha256:…``."""
    total_bytes: int
    completed_bytes: int
    """What the board has of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One model on its way to one board, as of now; replaced by a newer one."""

    board: str
    model: str
    kind: Literal["pull", "push", "fetch"] = "pull"
    """``fetch``: from the board to this machine, to be pushed to others."""
    stage: Stage = "queued"
    ending: Ending | None = None
    """None until ``stage`` is ``ended``."""
    reason: str = ""
    """In words, with the remedy; empty where all is well."""
    layers: tuple[LayerState, ...] = ()
    """In the order in which they come, each once."""
    size_bytes: Reading = na("Ollama tells a layer's size when it comes to it")
    """Of the whole model."""
    fetched_bytes: int = 0
    """What came in this transfer: without what was there before."""
    digest: str = ""
    """Of the model as the board has it now, hex."""
    began: float | None = None
    """Monotonic s at which its turn came."""
    moved: float = 0.0
    """Monotonic s of the last byte, or of the last stage."""
    ended: float | None = None
    track: tuple[tuple[float, int], ...] = ()
    """(monotonic s, ``fetched_bytes``) of the last ``WINDOW_S``."""

    @property
    def completed_bytes(self) -> int:
        """What the board has."""
        return sum(layer.completed_bytes for layer in self.layers)

    @property
    def total_bytes(self) -> int:
        """Of the layers that are known."""
        return sum(layer.total_bytes for layer in self.layers)

    @property
    def whole_bytes(self) -> int:
        """Of the model as far as it is known; 0: not at all."""
        return max(int(self.size_bytes), self.total_bytes) if known(self.size_bytes) else self.total_bytes

    @property
    def share(self) -> Reading:
        """0 to 1, of the whole model."""
        return self.completed_bytes / self.whole_bytes if self.whole_bytes else na("no size yet")

    def rate(self, now: float) -> Reading:
        """Bytes/s of the last seconds; of the whole where it has ended."""
        if self.ended is not None and self.began is not None:
            took = self.ended - self.began
            return self.fetched_bytes / took if took > 0 and self.fetched_bytes else na("nothing was fetched")
        if self.stage != "loading" or not self.track:
            return na("nothing comes now")
        start, before = self.track[0]
        span = now - start
        return (self.fetched_bytes - before) / span if span >= LEAST_S else na("measured for less than 2 s")

    def eta_s(self, now: float) -> Reading:
        """s until the last byte is there, at this rate; of the layers that are known."""
        rate = self.rate(now)
        if self.stage != "loading" or not known(rate):
            return na("no rate")
        return max(0.0, self.whole_bytes - self.completed_bytes) / rate if rate > 0 else na("nothing comes")

    def silent_s(self, now: float) -> float:
        """For so long no byte came while bytes are due, or the manifest."""
        return now - self.moved if self.stage in ("asking", "loading") else 0.0

    def stalled(self, now: float) -> bool:
        """Is it standing still?"""
        return self.silent_s(now) >= STALL_S

    def at(self, stage: Stage, now: float) -> Transfer:
        """In another stage."""
        began = now if self.began is None else self.began
        return self if stage == self.stage else replace(self, stage=stage, began=began, moved=now)

    def loaded(self, digest: str, total: int, completed: int, now: float) -> Transfer:
        """After a line of a layer: those before it are whole, whatever their last line said."""
        layers = {layer.digest: layer for layer in self.layers}
        before = layers.get(digest)
        if before is None:
            layers = {key: replace(each, completed_bytes=each.total_bytes) for key, each in layers.items()}
        layers[digest] = LayerState(digest, total, min(completed, total))
        came = max(0, completed - before.completed_bytes) if before else 0
        news = before is None or before.completed_bytes != completed
        fetched = self.fetched_bytes + came
        recent = self.track and now - self.track[-1][0] < STEP_S
        track = self.track if recent else (*self.track, (now, fetched))
        while len(track) > 1 and track[1][0] <= now - WINDOW_S:
            track = track[1:]
        here = replace(self.at("loading", now), layers=tuple(layers.values()), fetched_bytes=fetched, track=track)
        return replace(here, moved=now) if news else here

    def whole(self, now: float) -> Transfer:
        """Every layer is there; what is left is checking and writing."""
        layers = tuple(replace(each, completed_bytes=each.total_bytes) for each in self.layers)
        return replace(self.at("verifying", now), layers=layers)

    def over(self, ending: Ending, now: float, reason: str = "", digest: str = "") -> Transfer:
        """It has ended."""
        return replace(self, stage="ended", ending=ending, reason=reason, digest=digest, ended=now)
