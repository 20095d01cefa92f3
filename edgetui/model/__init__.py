"""Values only; standard library only."""

from edgetui.model.board import Disk, Finding, Identity, InstalledModel, LoadedModel, OllamaInfo
from edgetui.model.history import Event, HistoryPoint
from edgetui.model.phases import Metrics, Phase, Phases
from edgetui.model.protocol import Mode, Protocol
from edgetui.model.reading import NA, Reading, known, na
from edgetui.model.record import RunRecord
from edgetui.model.run import KilledBy, Options, Outcome, Reply, Request
from edgetui.model.sample import Sample
from edgetui.model.state import LinkState, State
from edgetui.model.throttle import WORDS, Throttle

__all__ = [
    "NA",
    "WORDS",
    "Disk",
    "Event",
    "Finding",
    "HistoryPoint",
    "Identity",
    "InstalledModel",
    "KilledBy",
    "LinkState",
    "LoadedModel",
    "Metrics",
    "Mode",
    "OllamaInfo",
    "Options",
    "Outcome",
    "Phase",
    "Phases",
    "Protocol",
    "Reading",
    "Reply",
    "Request",
    "RunRecord",
    "Sample",
    "State",
    "Throttle",
    "known",
    "na",
]
