"""A Run as a whole: who was asked what, when, and by which rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from edgetui.model.protocol import PUBLISHABLE, QUICK
from edgetui.model.sample import rfc3339


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """A Run as the Store keeps it."""

    id: str
    fired_at: float
    finished_at: float | None = None
    tasks: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    boards: tuple[str, ...] = ()
    repeats: int = 1
    protocol: str = QUICK.name
    """``Protocol.name``."""
    plan: Mapping[str, Any] | None = field(default=None, hash=False)
    """All that is to be measured, as JSON; None for a run that was stored without. Too long for ``to_json``."""
    edgetui_version: str = ""
    simulated: bool = False

    @property
    def indicative(self) -> bool:
        """Too few repeats to tell boards apart by: to be said wherever its figures are shown."""
        return self.repeats < PUBLISHABLE or self.protocol.startswith("quick")

    def to_json(self) -> dict[str, Any]:
        """The ``run`` object of the contract."""
        return {
            "id": self.id,
            "fired_at": rfc3339(self.fired_at),
            "finished_at": None if self.finished_at is None else rfc3339(self.finished_at),
            "tasks": list(self.tasks),
            "models": list(self.models),
            "boards": list(self.boards),
            "repeats": self.repeats,
            "protocol": self.protocol,
            "indicative": self.indicative,
            "edgetui_version": self.edgetui_version,
            "simulated": self.simulated,
        }
