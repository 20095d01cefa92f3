"""A Run is a Task fired: model × boards × items × repeats, one Reply each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal, TypeAlias

from edgetui.model.phases import NOT_REACHED, Metrics, Phases
from edgetui.model.protocol import QUICK, Protocol
from edgetui.model.reading import NA, Reading, na, parted
from edgetui.model.sample import Sample, rfc3339
from edgetui.model.score import Score
from edgetui.model.script import Script

Outcome: TypeAlias = Literal[
    "ok",
    "empty",  # done, without a visible character
    "truncated",  # done_reason length
    "degenerate",  # done, but a repetition
    "aborted-by-runtime",  # the stream ended without done:true
    "oom",
    "timeout",
    "cancelled",
    "lost-link",
    "busy",
    "not-installed",
    "no-vision",
    "unsupported",
    "guarded",
    "error",
]

KilledBy: TypeAlias = Literal["runner", "server", "board", "link", "kernel-oom"]
"""What ended under an answer. ``kernel-oom``: the kernel killed runner or server for memory."""
GOOD: frozenset[str] = frozenset({"ok"})
"""Outcomes that do not make ``edgetui run`` exit 1."""
UNMEASURED: frozenset[Outcome] = frozenset({"cancelled", "lost-link", "busy", "not-installed", "guarded"})
"""Outcomes that say nothing of the model on the board."""


@dataclass(frozen=True, slots=True)
class Options:
    """Always sent, all of them, so that boards are compared under equal terms."""

    num_ctx: int = 4096
    num_predict: int = 512
    seed: int = 42
    temperature: float = 0.0
    keep_alive: str = "10m"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One cell of a run: what one runner does once on one board."""

    run: str
    board: str
    task: str
    kind: str
    """``vqa``, ``ocr``, ``caption``, ``grounding``, ``counting``, ``tagging``."""
    item: str
    runner: str = "ollama"
    model: str
    repeat: int = 1
    """From 1."""
    prompt: str
    lead: str = ""
    """Blanks sent before the prompt, so that no cache has it (``edgetui.tasks.nonce``)."""
    image: bytes = b""
    """PNG or JPEG as sent but for the nonce; empty for a task without a picture."""
    image_sha256: str = ""
    """Of the picture as it was read (``edgetui.tasks.picture``); what is sent differs from it by the nonce."""
    picture: str = ""
    """What was done to the file's picture before it was sent, in words; empty: nothing."""
    metric: str = ""
    """How the answer is scored; empty: it is not."""
    truth: Mapping[str, Any] | None = field(default=None, hash=False)
    """Of the item; None: nobody wrote it down (a picture or a question of one's own)."""
    canary: bool = False
    """So easy that whoever fails here has a broken runtime rather than a weak model."""
    options: Options = field(default_factory=Options)
    timeout_s: float = 1800.0
    """Host s that the work may take, and before it that a hot board may hold it at the gate."""
    port: int = 11434
    """Ollama's port on the board's loopback."""
    protocol: Protocol = QUICK
    """How it is measured."""
    script: Script | None = field(default=None, hash=False)
    """What is run on the board; then ``model`` is the name of its variant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer of one board to one item, whole or partial, with what the board suffered meanwhile."""

    request: Request
    outcome: Outcome
    reason: str = ""
    """In words; empty for ``ok``."""
    killed_by: KilledBy | NA = na("nothing of it was killed")
    evidence: str = ""
    """Of ``killed_by``, or why it cannot be known; it stands in ``reason`` too."""
    text: str = ""
    """As it came, cleaned of nothing: pass it through ``hostile.clean`` before it is shown."""
    thinking: str = ""
    done_reason: str = ""
    fired_at: float = 0.0
    """Unix s."""
    started_at: float = 0.0
    finished_at: float = 0.0
    phases: Phases = field(default_factory=Phases)
    metrics: Metrics = field(default_factory=Metrics)
    samples: tuple[Sample, ...] = ()
    """From the one before the start to the one after the end."""
    marks: tuple[str, ...] = ()
    """``throttled``, ``degenerate``, ``cold-load``, ``cpu-fallback``, …"""
    score: Score | NA = na("not scored")
    ollama_version: str | NA = NOT_REACHED
    era: str | NA = NOT_REACHED
    digest: str | NA = NOT_REACHED
    size_bytes: Reading = NOT_REACHED
    size_vram_bytes: Reading = NOT_REACHED
    cached_tokens: Reading = na("this Ollama does not tell")
    runner_rss_bytes: Reading = na("not looked at")
    """Resident size of Ollama's runner after the answer; of several the sum."""
    idle_c: Reading = na("not measured in this mode")
    """Temperature of the board at rest, before the run."""
    idle_w: Reading = na("not measured in this mode")
    text_tokens: Reading = na("not counted in this mode")
    """Tokens of the same prompt without its picture."""
    sent_sha256: str | NA = na("no picture was sent")
    """Of the picture's bytes that were sent, changed and with the nonce."""
    sent_bytes: Reading = na("no picture was sent")
    retried: str = ""
    """Why it had to be asked again, in words; empty: it had not."""
    unloaded: str = ""
    """What the board's memory was like before the model was unloaded to make room, in words; empty: it was not."""
    energy_scope: str | NA = NOT_REACHED
    """What the joules cover: ``Sample.power_scope``."""
    figures: tuple[tuple[str, Reading], ...] = ()
    """What a script said of itself and what was measured of it from outside; each name ends in its unit."""
    sim_speed: float = 0.0
    """0 for a real board."""
    arrivals: tuple[tuple[float, int], ...] = ()
    """When the text came: (s since ``started_at``, characters; negative: of ``thinking``). Stored, not in JSON."""

    def to_json(self) -> dict[str, Any]:
        """One element of ``replies`` in the contract of ``run --json``."""
        asked = self.request
        score = self.score.to_json() if isinstance(self.score, Score) else self.score
        said, missing = parted({"score": score, **{name: getattr(self, name) for name in (*_SAID, *FOUND)}})
        figures, absent = parted(dict(self.figures))
        return {
            **{name: getattr(asked, name) for name in _ASKED},
            "mode": asked.protocol.mode,
            "truth": None if asked.truth is None else dict(asked.truth),
            "options": asdict(asked.options),
            **said,
            "fired_at": rfc3339(self.fired_at),
            "started_at": rfc3339(self.started_at),
            "finished_at": rfc3339(self.finished_at),
            "phases": _group(self.phases),
            "metrics": _group(self.metrics),
            "figures": {**figures, "na": absent},
            "samples": [s.to_json() for s in self.samples],
            "marks": list(self.marks),
            "simulated": self.sim_speed > 0,
            "sim_speed": self.sim_speed or None,
            "na": missing,
        }


_ASKED: Final = (
    *("board", "task", "item", "model", "repeat", "runner"),
    *("prompt", "image_sha256", "picture", "metric", "canary"),
)
_SAID: Final = ("outcome", "reason", "evidence", "text", "thinking", "retried", "unloaded", "done_reason")
OUR_WORDS: Final = ("reason", "evidence", "retried", "unloaded")
"""Fields of a Reply that say in our words what happened, and may name addresses, users and paths."""
FOUND: Final = (
    *("killed_by", "ollama_version", "era", "digest", "size_bytes", "size_vram_bytes", "cached_tokens"),
    *("runner_rss_bytes", "idle_c", "idle_w", "text_tokens", "sent_sha256", "sent_bytes", "energy_scope"),
)
"""Fields of a Reply that may be n/a."""


def _group(values: Phases | Metrics) -> dict[str, Any]:
    said, absent = parted({name: getattr(values, name) for name in values.__slots__})
    return {**said, "na": absent}
