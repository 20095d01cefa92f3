"""The models that a simulated board has, and what differs between versions of Ollama."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import Any

from edgetui.scoring.boxes import GRID, TOKENS, resized
from edgetui.sim.ollama import tiny
from edgetui.sim.work import Cost

ERA_C = (0, 30, 0)
"""From here on every model runs in a llama-server."""
ERA_B = (0, 3, 14)
TRUE_STATUS = (0, 12, 6)
"""From here on an error before the first byte has its own HTTP status; before, it is a line in a 200."""
CAPABILITIES = (0, 6, 4)
CONTEXT_IN_PS = (0, 10, 0)
KEEPS_PARTS = (0, 21, 0)
"""From here on a server that starts keeps the parts of pulls that are younger than an hour."""
GARBLED = ((0, 11, 5), (0, 12, 6))
"""From, below: on a Jetson's integrated GPU the logits are corrupt at times, and the answer is ``GGGG…``."""


def version_tuple(version: str) -> tuple[int, int, int]:
    """``0.12.3`` to (0, 12, 3)."""
    major, minor, patch = version.split("-")[0].split(".")
    return int(major), int(minor), int(patch)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One installed model: what ``tags`` and ``show`` tell of it, and what it costs."""

    name: str
    """With its tag."""
    digest: str
    size: int
    since: str = "0.0.0"
    """Oldest Ollama that can run it."""
    family: str
    families: list[str]
    parameter_size: str
    quantization_level: str
    context_length: int
    embedding_length: int
    capabilities: list[str]
    template: str = ""
    parameters: list[str] = field(default_factory=list)
    info: dict[str, Any] = field(default_factory=dict)
    projector: dict[str, Any] = field(default_factory=dict)
    layers: list[tuple[str, int]] = field(default_factory=list)
    """Digest and size in bytes, biggest first."""
    cost: Cost
    modified: str = "2025-09-20T08:15:30.123456789Z"
    """When it came to the board."""
    one_file: bool = False
    """Made for the engine that Ollama had before 0.30, which found pictures and text in one file."""

    @property
    def defaults(self) -> dict[str, Any]:
        """Options that hold where a request does not give them, as far as they are whole numbers."""
        rows = [row.split() for row in self.parameters]
        return {row[0]: int(row[1]) for row in rows if len(row) == 2 and row[1].isdecimal()}

    @property
    def sees(self) -> bool:
        """Can it take pictures?"""
        return "vision" in self.capabilities

    def tokens_of(self, size: tuple[int, int], era_c: bool) -> int:
        """Prompt tokens of a picture of ``size`` px; era C takes 1024 to 4096 for this family."""
        if self.cost.picture_tokens:
            return self.cost.picture_tokens
        width, height = resized(size, *TOKENS["C" if era_c else "B"])
        return int(width * height) // GRID**2

    def patches_of(self, size: tuple[int, int], era_c: bool) -> int:
        """What the encoder works on."""
        return self.cost.patches or 4 * self.tokens_of(size, era_c)


@cache
def library() -> dict[str, Model]:
    """All known models by name."""
    text = resources.files(__package__).joinpath("models.toml").read_text(encoding="utf-8")
    models = {
        name: Model(name=name, **{**table, "cost": Cost(**table["cost"])})
        for name, table in tomllib.loads(text).items()
    }
    layers = [(digest, len(data)) for digest, data in tiny.blobs().items()]
    models[tiny.NAME] = replace(
        models["llama3.2:1b"],
        name=tiny.NAME,
        digest=hashlib.sha256(tiny.manifest()).hexdigest(),
        size=sum(size for _, size in layers),
        parameter_size="1M",
        quantization_level="F16",
        layers=layers,
    )
    return models


def runnable(version: str) -> dict[str, Model]:
    """The models that an Ollama of this version can run, and that a board has from the start."""
    wanted = {name: m for name, m in library().items() if name != tiny.NAME}
    return {name: m for name, m in wanted.items() if version_tuple(version) >= version_tuple(m.since)}


def stamp() -> str:
    """Now, as Ollama writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "417Z"


def whole_name(name: str) -> str:
    """A name without a tag means ``:latest``."""
    return name if ":" in name.rsplit("/", 1)[-1] else f"{name}:latest"
