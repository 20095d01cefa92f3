"""A Run is a Task fired: model × boards × items × repeats, one Reply each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from edgetui.model.phases import NOT_REACHED, Metrics, Phases
from edgetui.model.protocol import QUICK, Protocol
from edgetui.model.reading import NA, Reading, known, na
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
    """PNG or JPEG as sent; empty for a task without a picture."""
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
        missing: dict[str, str] = {}

        def plain(name: str, value: Any) -> Any:  # noqa: ANN401 - JSON values
            if isinstance(value, NA):
                missing[name] = value.reason
                return None
            return value

        def group(values: Phases | Metrics) -> dict[str, Any]:
            figures = {name: getattr(values, name) for name in values.__slots__}
            absent = {name: value.reason for name, value in figures.items() if isinstance(value, NA)}
            return {**{name: None if name in absent else value for name, value in figures.items()}, "na": absent}

        r = self.request
        return {
            "board": r.board,
            "task": r.task,
            "item": r.item,
            "model": r.model,
            "repeat": r.repeat,
            "mode": r.protocol.mode,
            "runner": r.runner,
            "outcome": self.outcome,
            "reason": self.reason,
            "killed_by": plain("killed_by", self.killed_by),
            "evidence": self.evidence,
            "text": self.text,
            "thinking": self.thinking,
            "retried": self.retried,
            "unloaded": self.unloaded,
            "done_reason": self.done_reason,
            "fired_at": rfc3339(self.fired_at),
            "started_at": rfc3339(self.started_at),
            "finished_at": rfc3339(self.finished_at),
            "prompt": r.prompt,
            "image_sha256": r.image_sha256,
            "picture": r.picture,
            "metric": r.metric,
            "truth": None if r.truth is None else dict(r.truth),
            "canary": r.canary,
            "options": {name: getattr(r.options, name) for name in r.options.__slots__},
            "phases": group(self.phases),
            "metrics": group(self.metrics),
            "figures": {
                **{name: value if known(value) else None for name, value in self.figures},
                "na": {name: value.reason for name, value in self.figures if isinstance(value, NA)},
            },
            "samples": [s.to_json() for s in self.samples],
            "marks": list(self.marks),
            "score": plain("score", self.score.to_json() if isinstance(self.score, Score) else self.score),
            "ollama_version": plain("ollama_version", self.ollama_version),
            "era": plain("era", self.era),
            "digest": plain("digest", self.digest),
            "size_bytes": plain("size_bytes", self.size_bytes),
            "size_vram_bytes": plain("size_vram_bytes", self.size_vram_bytes),
            "cached_tokens": plain("cached_tokens", self.cached_tokens),
            "runner_rss_bytes": plain("runner_rss_bytes", self.runner_rss_bytes),
            "idle_c": plain("idle_c", self.idle_c),
            "idle_w": plain("idle_w", self.idle_w),
            "text_tokens": plain("text_tokens", self.text_tokens),
            "sent_sha256": plain("sent_sha256", self.sent_sha256),
            "sent_bytes": plain("sent_bytes", self.sent_bytes),
            "energy_scope": plain("energy_scope", self.energy_scope),
            "simulated": self.sim_speed > 0,
            "sim_speed": self.sim_speed or None,
            "na": missing,
        }
