"""Numbers as they are shown. What is not known is ``n/a``, never 0."""

from __future__ import annotations

from edgetui.model import Reading, known

NOT_KNOWN = "n/a"
GIB = float(1 << 30)


def celsius(value: Reading) -> str:
    """°C without decimals: ``78°``."""
    return f"{value:.0f}°" if known(value) else NOT_KNOWN


def percent(value: Reading) -> str:
    """``87%``."""
    return f"{value:.0f}%" if known(value) else NOT_KNOWN


def gigahertz(value: Reading) -> str:
    """Hz to ``2.40``."""
    return f"{value / 1e9:.2f}" if known(value) else NOT_KNOWN


def gibibytes(value: Reading) -> str:
    """Bytes to ``5.1``."""
    return f"{value / GIB:.1f}" if known(value) else NOT_KNOWN


def watts(value: Reading) -> str:
    """W to ``7.9 W``."""
    return f"{value:.1f} W" if known(value) else NOT_KNOWN


def per_second(value: Reading) -> str:
    """Tokens per s to ``18.4``; three digits are enough."""
    if not known(value):
        return NOT_KNOWN
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}"


def seconds(value: Reading) -> str:
    """s to ``0.61 s``, ``12.3 s``, ``302 s``, ``12 min 05``."""
    if not known(value):
        return NOT_KNOWN
    if value < 1:
        return f"{value:.2f} s"
    if value < 99.95:
        return f"{value:.1f} s"
    if value < 600:
        return f"{value:.0f} s"
    minutes, rest = divmod(int(value), 60)
    return f"{minutes} min {rest:02d}"


def stopwatch(value: float) -> str:
    """Running s to ``4.2 s``, ``12 s``, ``12 min 05``: tenths only while they can be followed."""
    if value < 10:
        return f"{value:.1f} s"
    return f"{int(value)} s" if value < 600 else seconds(value)


def ago(value: float) -> str:
    """s to ``42 s``, ``5 min``, ``3 h``, ``2 d``: how long something is so."""
    value = max(0.0, value)
    for limit, unit, divisor in ((120, "s", 1), (7200, "min", 60), (172800, "h", 3600)):
        if value < limit:
            return f"{int(value // divisor)} {unit}"
    return f"{int(value // 86400)} d"


def ratio(value: float) -> str:
    """How many times longer than the reference: ``31× slower``, ``1.4× faster``, ``as fast``."""
    if value >= 1.05:
        return f"{value:.0f}× slower" if value >= 9.95 else f"{value:.1f}× slower"
    if value <= 0.95:
        return f"{1 / value:.1f}× faster"
    return "as fast"
