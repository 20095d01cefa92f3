"""What a board was like when a run began there: what a comparison of boards has to tell beside its times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from edgetui.model.reading import NA, Reading, known, parted
from edgetui.model.sample import rfc3339

UNRECORDED: Final = "not recorded by this version"
"""Why a run of an older edgetui has none of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """One board at one time. Every string is clean."""

    run: str
    board: str
    told_at: float
    """Unix s of the host."""
    model: str | NA
    """Of the board, as it says it."""
    os: str | NA
    kernel: str | NA
    arch: str | NA
    """``uname -m``."""
    release: str | NA
    """JetPack and L4T, where it has them."""
    power_mode: str | NA
    """What nvpmodel calls it."""
    governor: str | NA
    """Several with commas where the cores differ."""
    caps: str | NA
    """What holds it back and is no throttling, in words; ``none``: nothing does."""
    clock_max_hz: Reading
    """Hardware maximum of the CPU's fastest cores."""
    memory_total_bytes: Reading
    swap_total_bytes: Reading
    load_1: Reading
    models_on: str | NA
    """The drive that Ollama's models lie on: ``SD card``, ``NVMe …``."""
    ollama_version: str | NA
    ollama_settings: str | NA
    """What its environment sets and changes figures, ``KEEP_ALIVE=5m0s, …``."""
    flash_attention: str | NA
    """``on`` where Ollama is told so for every model."""
    kv_type: str | NA
    num_parallel: str | NA
    """Requests that a model answers at a time, as set."""
    runners: str | NA
    """Each model's runner with its options, ``moondream: llama-server --flash-attn auto``."""
    cooling: str | NA
    """As configured, so is the next."""
    ambient_c: Reading
    sim_speed: float
    """0 for a real board."""

    def to_json(self) -> dict[str, Any]:
        """The contract's names; what is not there is null with its reason under the same name in ``na``."""
        said, missing = parted({each.name: getattr(self, each.name) for each in fields(self)})
        return {**said, "told_at": rfc3339(self.told_at), "simulated": self.sim_speed > 0, "na": missing}


TOLD: Final[Mapping[str, str]] = {
    "model": "model",
    "os": "OS",
    "kernel": "kernel",
    "arch": "architecture",
    "release": "JetPack, L4T",
    "power_mode": "power mode",
    "governor": "governor",
    "caps": "held back by",
    "clock_max_hz": "CPU clock at most",
    "memory_total_bytes": "memory",
    "swap_total_bytes": "swap",
    "load_1": "load before",
    "models_on": "models lie on",
    "ollama_version": "Ollama",
    "ollama_settings": "Ollama’s environment",
    "flash_attention": "flash attention",
    "kv_type": "KV type",
    "num_parallel": "requests at a time",
    "runners": "runners",
    "cooling": "cooling",
    "ambient_c": "ambient",
}
"""What is shown of a Setup, by name, and how it is called."""


def told(setups: Sequence[Mapping[str, Any]], board: str, name: str) -> str:
    """One thing of a board in words, out of ``to_json`` of one run or several: what differs stands side by side."""
    mine = [setup for setup in setups if setup["board"] == board]
    return " / ".join(dict.fromkeys(_words(name, setup) for setup in mine)) or f"n/a ({UNRECORDED})"


def _words(name: str, setup: Mapping[str, Any]) -> str:
    value = setup.get(name)
    if not known(value):
        return f"n/a ({setup['na'].get(name, UNRECORDED)})"
    if name.endswith("_hz"):
        return f"{value / 1e9:.4g} GHz"
    if name.endswith("_bytes"):
        return f"{value / 1e9:.1f} GB"
    return (
        f"{value:g} °C" if name.endswith("_c") else f"{value:g}" if isinstance(value, float | int) else str(value)
    )
