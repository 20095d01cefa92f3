"""What a script at work, or done, shows of itself in a pane."""

from __future__ import annotations

from edgetui.cluster.live import LiveReply
from edgetui.model import Phase, Reply, hostile, known
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


_UNITS: tuple[tuple[str, str, float], ...] = (
    ("_bytes_per_s", "MB/s", 1e-6),
    ("_flop_per_s", "Gflop/s", 1e-9),
    ("_op_per_s", "Gop/s", 1e-9),
    ("_per_s", "/s", 1),
    ("_bytes", "MB", 1e-6),
    ("_percent", "%", 1),
    ("_hz", "Hz", 1),
    ("_w", "W", 1),
    ("_j", "J", 1),
    ("_c", "°C", 1),
    ("_s", "s", 1),
)
"""End of a name, what stands after the number, and by what it is multiplied."""


def rows(reply: Reply) -> list[str]:
    """``memory copy  11200 MB/s``: every figure, one a row."""
    told = [(*_named(name), value) for name, value in reply.figures]
    widest = max((len(label) for label, *_ in told), default=0)
    return [
        f"{label:<{widest}}  "
        + (f"{_short(value * scale)} {unit}".strip() if known(value) else hostile.one_line(str(value), 120))
        for label, unit, scale, value in told
    ]


def _short(value: float) -> str:
    return f"{value:.4g}" if abs(value) < 10_000 else f"{value:.0f}"


def _named(name: str) -> tuple[str, str, float]:
    for end, unit, scale in _UNITS:
        if name.endswith(end):
            return name.removesuffix(end).replace("_", " "), unit, scale
    return name.replace("_", " "), "", 1


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
