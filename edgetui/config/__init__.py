"""One pydantic model of all configuration. See ``load`` for where it is read from and how it fails."""

from edgetui.config.alerts import AlertMetric, AlertRule, AlertsSection
from edgetui.config.load import checked, load, locate
from edgetui.config.schema import (
    Board,
    Config,
    DeploySection,
    GuardSection,
    HistorySection,
    Interface,
    ModelsSection,
    OllamaSection,
    Pictures,
    RunDefaults,
    Ssh,
    StoreSection,
)
from edgetui.config.section import Name, Section

__all__ = [
    "AlertMetric",
    "AlertRule",
    "AlertsSection",
    "Board",
    "Config",
    "DeploySection",
    "GuardSection",
    "HistorySection",
    "Interface",
    "ModelsSection",
    "Name",
    "OllamaSection",
    "Pictures",
    "RunDefaults",
    "Section",
    "Ssh",
    "StoreSection",
    "checked",
    "load",
    "locate",
]
