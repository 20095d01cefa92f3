"""The kinds of boards that can be simulated: figures in kinds.toml, one section a kind."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from typing import Any

MIXED_OLLAMA = {"rtx3060": "0.32.15", "orin-nano": "0.32.15", "pi5": "0.32.15"}
"""What ``--cluster mixed`` runs instead of a kind's own Ollama version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of board: what it says of itself, and how it heats, computes and remembers."""

    name: str
    shape: str
    """Which /proc and /sys it shows: ``pc``, ``pi``, ``jetson-t210``, ``jetson-t234``."""
    model: str
    compatible: tuple[str, ...] = ()
    arch: str
    kernel: str
    system: str
    release: str = ""
    """First line of /etc/nv_tegra_release."""
    power_mode: tuple[str, int] = ("", 0)
    """nvpmodel's name and id."""
    power_modes: tuple[tuple[str, int, float], ...] = ()
    """All of them, each with the share of the highest clocks that it allows."""
    cores: int
    cpu_hz: tuple[int, int]
    """Highest and idle clock of the CPU."""
    memory_kb: int
    swap_kb: int
    gpu_memory_gb: float = 0.0
    """Memory of a card of its own; 0: models lie in the board's memory."""
    gpu: bool = False
    """Does Ollama compute on a GPU?"""
    amx: bool = False
    """Does its CPU multiply matrices in tiles? llama-server has buffers of their own for that."""
    cooling: str
    ollama: str
    """Version; empty where none can be installed."""
    idle_w: float
    full_w: float
    alpha: float
    """Power goes with clock to this exponent (voltage falls with it)."""
    die_k_w: float
    board_k_w: tuple[tuple[float, float], ...]
    tau_s: float
    clocks_hz: tuple[int, ...]
    soft_c: float
    hard_c: float
    critical_c: float
    vision: float
    prefill: float
    stream_gb_s: float
    disk_mb_s: float
    init_s: float
    request_s: float
    reserve_gb: float

    @property
    def model_memory_gb(self) -> float:
        """GB that a model can have."""
        total = self.gpu_memory_gb or round(self.memory_kb / 1024**2)
        return total - self.reserve_gb

    @property
    def zram(self) -> bool:
        """Does it swap to compressed memory, as small boards are set up to? A PC has a file."""
        return self.shape != "pc"

    @property
    def jetson(self) -> bool:
        """One of NVIDIA's boards with memory shared by CPU and GPU."""
        return self.shape.startswith("jetson")


@cache
def kinds() -> dict[str, Kind]:
    """All kinds by name, in the order of the published comparison: the reference first."""
    tables = tomllib.loads(resources.files(__package__).joinpath("kinds.toml").read_text(encoding="utf-8"))
    known = {f.name for f in fields(Kind)}
    made = {}
    for name, table in tables.items():
        whole: dict[str, Any] = {**tables.get(table.get("like", ""), {}), **table, "name": name}
        made[name] = Kind(**{key: _frozen(whole[key]) for key in known & whole.keys()})
    return made


def _frozen(value: object) -> Any:  # noqa: ANN401 - TOML values
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
