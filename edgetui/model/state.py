"""What is known of a board now. A new State replaces the old one; nobody is notified."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from edgetui.model.board import Disk, Identity, OllamaInfo
from edgetui.model.reading import NA, na
from edgetui.model.sample import Sample

LinkState: TypeAlias = Literal["up", "late", "connecting", "down", "refused", "off"]
"""``late``: a frame is overdue. ``refused``: a person must act. ``off``: disabled by the user."""

RING = 61
"""Samples kept in memory for each board: a minute and both its ends, as rest is measured and swap compared. Of 500
boards each second of it takes 0.24 MB; older ones come from the Store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One board as of now; read without locks from any thread."""

    board: str
    link: LinkState = "connecting"
    reason: str = "not tried yet"
    """In words a person can act on."""
    remedy: str = ""
    since: float = 0.0
    """Unix s when ``link`` became what it is; while it is down, tries in between begin no new time."""
    attempts: int = 0
    retry_at: float | None = None
    """Unix s of the next try by itself; None where there is none."""
    fingerprint: str = ""
    """``SHA256:…`` of an unknown host key that ``accept`` would store; else empty."""
    identity: Identity | None = None
    """Stays known while the link is down."""
    ollama: OllamaInfo | None = None
    disks: tuple[Disk, ...] | NA = na("not asked yet")
    """The root file system and those of Ollama's models, asked when its Ollama is."""
    still_busy: float | None = None
    """Monotonic s since when its Ollama works on a request that nobody waits for any more; None: it does not."""
    sample: Sample | None = None
    """The last one, however old: look at its time."""
    history: deque[Sample] = field(default_factory=lambda: deque(maxlen=RING))
    """Shared by successive States, appended by the cluster only. Read it as ``tuple(state.history)``."""
    torn_frames: int = 0
    rtt_s: float | None = None
    """Time from tick to frame of the last one."""
    noise: tuple[str, ...] = ()
    """Last lines that came outside frames: what a login banner or a broken tool printed."""
