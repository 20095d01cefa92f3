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
CACHE_MOST_BYTES = 8192 * 2.0**20
"""llama-server's limit of what it keeps of past prompts, whatever the board has."""
_MOST = 1 << 24
Verdict: TypeAlias = Literal["fits", "tight", "too-big"]


@dataclass(frozen=True, slots=True)
class Need:
    """What a model's own figures say, in bytes."""

    file_bytes: Reading
    context_bytes: Reading
    picture_bytes: Reading
    """Keys and values of one picture's tokens."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """What is going to be asked of a model on a board."""

    pictures: int
    """Each of them another one, as a fair campaign's are."""
    watched: bool
    """Is the model unloaded in time? See ``edgetui.cluster.memory_watch``."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a llama-server (Ollama ≥ 0.30) keeps of a campaign's past pictures."""

    picture_bytes: Reading
    campaign: Campaign
    beside_bytes: Reading | None = None
    """The board's own memory where the model lies in a card's; None: it lies beside the model."""

    @property
    def bytes(self) -> Reading:
        """All but the last one, which lies in the context; the oldest go where there are too many."""
        past = self.campaign.pictures - 1
        if past <= 0:
            return 0.0
        return min(CACHE_MOST_BYTES, past * self.picture_bytes) if known(self.picture_bytes) else self.picture_bytes


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
    kept: Kept | None = None
    """None: nothing is kept, or nobody asked."""

    @property
    def verdict(self) -> Verdict | None:
        """None: something is not known, so no claim is made."""
        room = self._room
        if self.kept and not self.kept.campaign.watched:
            left = self._beside - self.kept.bytes if known(self._beside) and known(self.kept.bytes) else None
            if left is None:
                return None
            room = left if self.kept.beside_bytes is None or left < 0 else room
        if not known(room):
            return None
        least, most = WORK_BYTES
        return "fits" if room >= most else "tight" if room >= least else "too-big"

    @property
    def unloads_after(self) -> int | None:
        """Pictures after which the memory watch will about unload the model; None: not within the campaign."""
        kept, beside = self.kept, self._beside
        if kept is None or not kept.campaign.watched or self.verdict in (None, "too-big"):
            return None
        if not known(beside) or not known(kept.bytes) or not known(kept.picture_bytes) or kept.bytes <= beside:
            return None
        return max(1, int((beside - WORK_BYTES[0]) // kept.picture_bytes))

    @property
    def _beside(self) -> Reading:
        """Room for what is kept."""
        return self._room if self.kept is None or self.kept.beside_bytes is None else self.kept.beside_bytes

    @property
    def _room(self) -> Reading:
        if not (known(self.file_bytes) and known(self.context_bytes) and known(self.available_bytes)):
            return na("a part of the sum is not known")
        return self.available_bytes + self.freeable_bytes - self.file_bytes - self.context_bytes

    @property
    def warning(self) -> str:
        """What will happen that was not asked for, in words; empty where nothing will."""
        if self.verdict == "too-big":
            return "will hardly fit"
        return f"is unloaded about every {self.unloads_after} pictures" if self.unloads_after else ""

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
        return f"{needs}{self._campaign}; there are {gb(self.available_bytes)}{freed}"

    @property
    def _campaign(self) -> str:
        kept = self.kept
        if kept is None or kept.campaign.pictures < 2:
            return ""
        count = f"{kept.campaign.pictures} pictures"
        if not known(kept.picture_bytes) or not known(kept.bytes):
            return f" + what {count} leave: {kept.picture_bytes}"
        words = f" + {kept.bytes / 1e9:.1f} GB that {count} leave ({kept.picture_bytes / 1e6:.0f} MB each)"
        if not kept.campaign.watched:
            return f"{words}, which nothing gives back: [ollama] memory_watch is off"
        after = self.unloads_after
        return words + (f", given back by unloading after about {after}" if after else "")


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


def picture_tokens(info: Mapping[str, object], projector: Mapping[str, object]) -> Reading:
    """Tokens of a picture, the most where they go by its size; ``model_info`` and ``projector_info`` of ``show``.

    (side / patch / merged)²: 729 for moondream (378 px, patches of 14), 1280 at most for qwen2.5vl (1003520 px, two
    by two patches of 14 are merged); gemma3 says its number itself.
    """
    arch = info.get("general.architecture")
    told = {**projector, **info}
    tokens = _number(told.get(f"{arch}.mm.tokens_per_image"))
    for prefix in (f"{arch}.vision", "clip.vision"):
        patch, side, most, merged = (
            _number(told.get(f"{prefix}.{name}"))
            for name in ("patch_size", "image_size", "max_pixels", "spatial_merge_size")
        )
        if patch and most:
            tokens = tokens or most // (patch * (merged or 2)) ** 2
        elif patch and side:
            tokens = tokens or (side // (patch * (merged or 1))) ** 2
    return tokens or na("Ollama does not tell how many tokens a picture has")


def _number(value: object) -> int | None:
    return value if type(value) is int and 0 <= value <= _MOST else None
