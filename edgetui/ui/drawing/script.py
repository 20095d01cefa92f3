"""What a script at work, or done, shows of itself in a pane."""

from __future__ import annotations

from edgetui.cluster.live import LiveReply
from edgetui.model import Phase, hostile, known
from edgetui.ui.drawing import numbers
from edgetui.ui.drawing.ink import Line

_PHASE: dict[Phase, str] = {
    "load": "looks for what it needs",
    "upload": "has its files copied",
    "decode": "works",
}
_SHOWN = (
    ("iterations", "n ", lambda value: f"{value:.0f}"),
    ("latency_median_s", "median ", numbers.seconds),
    ("latency_p90_s", "p90 ", numbers.seconds),
    ("cpu_percent", "CPU ", lambda value: f"{value:.0f} %"),
    ("peak_rss_bytes", "peak ", lambda value: f"{value / 1e6:.0f} MB"),
)


def doing(live: LiveReply) -> str:
    """What it does while it has said nothing; empty where the word for all kinds will do."""
    return hostile.one_line(live.told, 60) or _PHASE.get(live.phase, "")


def parts(live: LiveReply) -> list[Line]:
    """Its progress while it runs, then its first figures: each a piece that may be left out."""
    if live.reply is None:
        return [[(hostile.one_line(live.told, 40), "text")]] if live.told else []
    found = dict(live.reply.figures)
    return [
        [(label, "muted"), (show(value), "text")] for name, label, show in _SHOWN if known(value := found.get(name))
    ]
