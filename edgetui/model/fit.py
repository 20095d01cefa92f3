"""Will a model fit into a board's memory? An estimate with its inputs, made before it is loaded. Pure, advisory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from edgetui.model.reading import Reading, known, na

WORK_BYTES = (0.3 * 2**30, 1.0 * 2**30)
"""Graph, buffers and a projector's own: Ollama's loaded models take so much more than file and context."""
KV_VALUE_BYTES = 2
"""f16, Ollama's default."""
_MOST = 1 << 24
Verdict: TypeAlias = Literal["fits", "tight", "too-big"]


@dataclass(frozen=True, slots=True)
class Fit:
    """What a model needs and what there is, in bytes."""

    file_bytes: Reading
    """Weights and projector, as ``/api/tags`` says."""
    context_bytes: Reading
    """Keys and values of ``num_ctx`` tokens."""
    available_bytes: Reading
    """MemAvailable, or what is free on a GPU's own memory."""
    freeable_bytes: float = 0.0
    """What Ollama can unload."""

    @property
    def verdict(self) -> Verdict | None:
        """None: something is not known, so no claim is made."""
        if not (known(self.file_bytes) and known(self.context_bytes) and known(self.available_bytes)):
            return None
        room = self.available_bytes + self.freeable_bytes - self.file_bytes - self.context_bytes
        least, most = WORK_BYTES
        return "fits" if room >= most else "tight" if room >= least else "too-big"

    @property
    def short(self) -> str:
        """``needs 5.0 GB of 3.4 GB``; empty where something is not known."""
        if not (known(self.file_bytes) and known(self.context_bytes) and known(self.available_bytes)):
            return ""
        needs = self.file_bytes + self.context_bytes + WORK_BYTES[0]
        return f"needs {needs / 1e9:.1f} GB of {(self.available_bytes + self.freeable_bytes) / 1e9:.1f} GB"

    def __str__(self) -> str:
        """The sum, with all of its inputs."""

        def gb(value: Reading) -> str:
            return f"{value / 1e9:.1f} GB" if known(value) else str(value)

        least, most = (f"{value / 1e9:.1f}" for value in WORK_BYTES)
        freed = f" + {gb(self.freeable_bytes)} that Ollama can free" if self.freeable_bytes else ""
        needs = f"needs {gb(self.file_bytes)} file + {gb(self.context_bytes)} context + {least}-{most} GB to work"
        return f"{needs}; there are {gb(self.available_bytes)}{freed}"


def context_bytes(info: Mapping[str, object], num_ctx: int) -> Reading:
    """KV cache of ``num_ctx`` tokens: 2 · layers · kv heads · head size · 2 bytes each.

    ``info``: ``model_info`` of ``/api/show``. Heads of unequal number (a list) are summed over the layers.
    """
    arch = info.get("general.architecture")
    layers, heads = _number(info.get(f"{arch}.block_count")), info.get(f"{arch}.attention.head_count_kv")
    size = _number(info.get(f"{arch}.attention.key_length"))
    width, queries = (
        _number(info.get(f"{arch}.embedding_length")),
        _number(info.get(f"{arch}.attention.head_count")),
    )
    if size is None and width is not None and queries:
        size = width // queries
    if isinstance(heads, list):
        told = [number for each in heads if (number := _number(each)) is not None]
        total = sum(told) if len(told) == len(heads) else 0
    else:
        total = (layers or 0) * (_number(heads) or 0)
    if not total or not size:
        return na("Ollama does not tell the model's layers and heads")
    longest = _number(info.get(f"{arch}.context_length"))
    return float(2 * total * size * KV_VALUE_BYTES * min(num_ctx, longest or num_ctx))


def _number(value: object) -> int | None:
    return value if type(value) is int and 0 <= value <= _MOST else None
