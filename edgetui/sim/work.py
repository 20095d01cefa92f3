"""How long a model takes on a board: stages of work at rates that follow the clock.

load: file / disk → init → request overhead → vision (2·N·p + q·p²) → prefill 2·N·tokens → decode weights / stream
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from edgetui.sim.heat import REST, Activity, Body
from edgetui.sim.kinds import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a model costs. G = 10⁹ operations or bytes."""

    file_gb: float
    memory_gb: float
    """Loaded at 4096 tokens of context."""
    kv_bytes: int
    """Memory of one more token of context."""
    text_b: float
    """10⁹ parameters of the language part."""
    text_gb: float
    """Its weights: read once for every token."""
    vision_b: float = 0.0
    vision_quadratic: float = 0.0
    """Operations per patch squared (attention)."""
    patches: int = 0
    """Where every picture is cut into the same number; 0: by its size."""
    picture_tokens: int = 0

    def memory_for(self, num_ctx: int) -> float:
        """GB needed with this context."""
        return self.memory_gb + max(0, num_ctx - 4096) * self.kv_bytes / 1e9


@dataclass(frozen=True, slots=True)
class Stage:
    """A piece of work of one kind."""

    work: float
    rate: float
    """Per s at the highest clock."""
    follows: float
    """The rate goes with the clock to this exponent."""
    activity: Activity


def _activity(kind: Kind, units: float, cpu: float) -> Activity:
    if kind.gpu:
        return Activity(units, cpu=1.2 / kind.cores, gpu=min(1.0, units + 0.05))
    return Activity(units, cpu=cpu)


def loading(kind: Kind, cost: Cost) -> list[Stage]:
    """Reading the file and starting the runner."""
    return [
        Stage(cost.file_gb * 1000, kind.disk_mb_s, 0.0, Activity(0.25, cpu=0.3)),
        Stage(kind.init_s, 1.0, 0.0, Activity(0.3, cpu=0.35)),
    ]


def overhead(kind: Kind) -> Stage:
    """What every request costs before the model sees it."""
    return Stage(kind.request_s, 1.0, 0.0, Activity(0.4, cpu=0.4))


def vision(kind: Kind, cost: Cost, patches: int) -> Stage:
    """Encoding pictures of ``patches`` in all."""
    operations = 2 * cost.vision_b * patches + cost.vision_quadratic * patches**2 / 1e9
    return Stage(operations, kind.vision, 1.0, _activity(kind, 1.0, 1.0))


def prefill(kind: Kind, cost: Cost, tokens: int) -> Stage:
    """Reading ``tokens`` of prompt."""
    return Stage(2 * cost.text_b * tokens, kind.prefill, 1.0, _activity(kind, 1.0, 1.0))


def token(kind: Kind, cost: Cost) -> Stage:
    """Writing one token."""
    return Stage(cost.text_gb, kind.stream_gb_s, 0.7 if kind.gpu else 0.45, _activity(kind, 0.85, 0.97))


def carry_out(body: Body, stage: Stage, start: float, span: float) -> Generator[float, None, None]:
    """Do the work from world time ``start`` on; gives the time reached about every ``span`` s, at last the end.

    The body is taken along, so its clock slows the work down; it rests again when the iterator is done or closed.
    """
    moment, left, reported = start, stage.work, start
    step = 0.05 if body.kind.gpu else 0.25
    body.advance(start)
    body.activity = stage.activity
    try:
        while left > 0:
            rate = stage.rate * body.clock**stage.follows
            seconds = min(step, left / rate)
            left = left - rate * seconds if seconds == step else 0.0
            moment += seconds
            body.advance(moment)
            if moment - reported >= span:
                reported = moment
                yield moment
        yield moment
    finally:
        body.activity = REST
