"""One pydantic model of all configuration. See ``load`` for where it is read from and how it fails."""

from edgetui.config.load import checked, load, locate
from edgetui.config.schema import (
    Board,
    Config,
    GuardSection,
    HistorySection,
    Interface,
    Name,
    RunDefaults,
    Section,
    Ssh,
    StoreSection,
)

__all__ = [
    "Board",
    "Config",
    "GuardSection",
    "HistorySection",
    "Interface",
    "Name",
    "RunDefaults",
    "Section",
    "Ssh",
    "StoreSection",
    "checked",
    "load",
    "locate",
]
