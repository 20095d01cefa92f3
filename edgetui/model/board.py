"""What a board told of itself: found out, never configured."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from edgetui.model.reading import Reading, known, na


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that cannot be read or should be mended, and the exact command that mends it."""

    what: str
    why: str
    remedy: str = ""
    """A command to run, or empty where there is none."""


def is_32_bit(arch: str) -> bool:
    """Does ``uname -m`` name an architecture of 32 bits?"""
    return re.fullmatch(r"arm(v[5-8]l?)?|i[3-6]86|mips\w*", arch) is not None


@dataclass(frozen=True, slots=True)
class Identity:
    """Read once from the probe's hello frame. Every string has passed ``hostile.one_line``."""

    family: str
    """``raspberry-pi``, ``jetson``, ``linux``, …: the name of the decoder in use."""
    model: str
    """As the board says it: ``Raspberry Pi 5 Model B Rev 1.0``."""
    os: str = ""
    kernel: str = ""
    arch: str = ""
    """``uname -m``: ``aarch64``, ``armv7l``, ``x86_64``."""
    release: str = ""
    """Vendor release where there is one: ``L4T R36.4.7 (JetPack 6)``."""
    boot_id: str = ""
    sim_speed: float = 0.0
    """0 for a real board; S where a simulated board's world runs S times faster than ours."""
    findings: tuple[Finding, ...] = field(default=())
    critical_c: float | None = None
    """°C of the lowest trip at which it shuts itself down; None where it names none."""

    @property
    def is_32_bit(self) -> bool:
        """Is its kernel of 32 bits? For such boards there is no Ollama."""
        return is_32_bit(self.arch)

    @property
    def has_gpu(self) -> bool:
        """One that Ollama can use, as far as is known: it has no build for the CUDA of JetPack 4 (L4T R32)."""
        return self.family in ("jetson", "nvidia") and "R32" not in self.release

    @property
    def simulated(self) -> bool:
        """True for a board that ``edgetui sim`` made."""
        return self.sim_speed > 0


@dataclass(frozen=True, slots=True)
class Disk:
    """Room on one file system."""

    mount: str
    """Where it is mounted."""
    total_bytes: float
    free_bytes: float
    """What a program without special rights can still write."""


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """One row of Ollama's ``/api/ps``."""

    name: str
    digest: str
    size_bytes: Reading
    size_vram_bytes: Reading
    """0 where the CPU computes it."""
    context_length: int | None = None
    expires_at: float | None = field(default=None, compare=False)
    """Unix s of the board's clock; moves on with every request, so it makes no model another one."""


def on_gpu(told: Reading, identity: Identity | None) -> Reading:
    """What ``/api/ps`` says of a model in a GPU's memory, believed where the board has a GPU.

    Ollama from 0.30 on counts every buffer whose name does not begin with CPU: measured, 75 of 144 MB on an x86
    with AMX and no GPU.
    """
    if identity is None or identity.has_gpu or not known(told) or told == 0:
        return told
    return na(f"the server said {told:.0f}, but this board has no GPU that Ollama uses")


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """One row of Ollama's ``/api/tags``."""

    name: str
    digest: str
    size_bytes: Reading
    quantization: str = ""
    parameters: str = ""


@dataclass(frozen=True, slots=True)
class OllamaInfo:
    """What was last heard from a board's Ollama."""

    asked_at: float
    """Unix s of the host."""
    version: str = ""
    """Empty where it did not answer; ``reason`` says why."""
    era: str = ""
    """``A`` (≤ 0.3.13), ``B`` (0.3.14-0.24), ``C`` (≥ 0.30); empty where unknown."""
    reason: str = ""
    installed: tuple[InstalledModel, ...] = ()
    loaded: tuple[LoadedModel, ...] = ()

    def on(self, identity: Identity | None) -> OllamaInfo:
        """The same, as far as such a board can have it (``on_gpu``)."""
        loaded = (replace(each, size_vram_bytes=on_gpu(each.size_vram_bytes, identity)) for each in self.loaded)
        return replace(self, loaded=tuple(loaded))
