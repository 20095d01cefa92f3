"""How a kind of task is run over a Link. A runner yields what happens; the cluster keeps the clock of the board."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import ClassVar, Protocol, TypeAlias

from edgetui.links import Link
from edgetui.model import NA, Metrics, Outcome, Phase, Phases, Reading, Request, na
from edgetui.model.progress import Progress

TRANSIENT = "transient"
"""Mark of an error that is known to be gone when asked again."""


@dataclass(frozen=True, slots=True)
class Entered:
    """The reply is in another phase now."""

    phase: Phase


@dataclass(frozen=True, slots=True)
class Piece:
    """Text that just arrived. Not a token: a server holds back bytes of unfinished characters."""

    text: str
    thinking: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """How far it is, in words: shown while it runs and not kept."""

    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The last event of every run, whatever the outcome. ``queue_s`` and ``gate_s`` are the cluster's to fill."""

    outcome: Outcome
    reason: str = ""
    done_reason: str = ""
    phases: Phases = field(default_factory=Phases)
    metrics: Metrics = field(default_factory=Metrics)
    marks: tuple[str, ...] = ()
    version: str | NA = na("not asked")
    era: str | NA = na("not asked")
    digest: str | NA = na("not asked")
    size_bytes: Reading = na("not asked")
    size_vram_bytes: Reading = na("not asked")
    cached_tokens: Reading = na("this Ollama does not tell")
    sent_sha256: str | NA = na("no picture was sent")
    sent_bytes: Reading = na("no picture was sent")
    figures: tuple[tuple[str, Reading], ...] = ()
    """``Reply.figures``."""


Event: TypeAlias = Entered | Piece | Told | Progress | Finished


class Runner(Protocol):
    """Third parties register theirs under the entry point ``edgetui.runners``."""

    name: ClassVar[str]

    def run(self, request: Request, link: Link) -> AsyncGenerator[Event, None]:
        """Run it once. Errors of the board or the model become ``Finished(outcome, reason)``.

        LinkError is raised where the link itself is gone. Cancelling closes the HTTP stream at once, so that
        the board stops generating. The time limit is the caller's.
        """
