"""How grave an alert is, the mark of an event, and what a card says of its board's alerts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias

from edgetui.model import Event
from edgetui.ui.drawing.ink import Ink
from edgetui.ui.drawing.words import LINK

if TYPE_CHECKING:
    from edgetui.cluster.alerts import Standing

Severity: TypeAlias = Literal["warning", "error"]
_GRAVE = ("throttled", "under_voltage", "link_down", "ollama_down", "new_oom_kills", "disk_free_percent")
_ACTIONS: Mapping[str, tuple[str, Ink]] = {
    "raised": ("!", "bad"),
    "stands": ("!", "bad"),
    "over": ("✓", "good"),
    "acknowledged": ("·", "muted"),
    "silenced": ("·", "muted"),
    "hook-failed": ("✕", "bad"),
    "failed": ("✕", "bad"),
    "hold": ("▲", "warn"),
    "cancel": ("✕", "bad"),
    "release": ("✓", "good"),
}
"""What alerts, guard and transfers do."""


def severity(metric: str) -> Severity:
    """Whether answers, hardware or data suffer already, or may soon."""
    return "error" if metric in _GRAVE else "warning"


def glyph(event: Event) -> tuple[str, Ink]:
    """Of an event; what it says of itself may come from a foreign file."""
    if event.kind == "link":
        return next((found for link, found in LINK.items() if link == event.detail.get("link")), ("·", "muted"))
    return _ACTIONS.get(str(event.detail.get("action")), ("·", "muted"))


def alert_mark(alerts: Sequence[Standing], now: float) -> str:
    """What a card says of the alerts that wait for a person: ``! throttling +1``, or nothing. ``now``: Unix s."""
    waiting = [alert for alert in alerts if alert.is_open(now)]
    if not waiting:
        return ""
    worst = next((a for a in reversed(waiting) if severity(a.rule.metric) == "error"), waiting[-1])
    return f"! {worst.rule.title}" + (f" +{len(waiting) - 1}" if len(waiting) > 1 else "")
