"""Whole boards for tests: a tree, the real probe over it, its frames and decoder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from edgetui.model import Sample
from edgetui.probes import Decoded, Decoder, Frame, Output, greet
from tests.probes.files import Tree, write
from tests.probes.shells import frames, run

NOW = 1_700_000_000.0


def read(tree: Tree, *later: Tree, ticks: str = "s") -> list[Frame]:
    """Hello and a frame of the tree, then one frame more for each later state of it (keys are the first one's)."""
    found: list[Frame] = []
    for state in (tree, *(tree | change for change in later)):
        with TemporaryDirectory() as folder:
            hello, frame = frames(run("dash", write(state, Path(folder)), f"{ticks}\n".encode()))
        found += [frame] if found else [hello, frame]
    return found


def said(**texts: str) -> dict[str, Output]:
    """Answers of vendor commands, a second old; ``_`` in a name stands for ``-`` where the name has one."""
    return {name: Output(text, 0, NOW - 1) for name, text in texts.items()}


def decode(tree: Tree, *later: Tree, outputs: Mapping[str, Output] | None = None) -> Sample:
    """The Sample of the last state."""
    hello, *ticks = read(tree, *later)
    return follow(greet(hello), ticks, outputs or {}).sample


def follow(decoder: Decoder, ticks: list[Frame], outputs: Mapping[str, Output]) -> Decoded:
    """Frames one after another, a second apart."""
    decoded: Decoded | None = None
    for frame in ticks:
        decoded = decoder.decode(frame, decoded, outputs, NOW)
    assert decoded is not None
    return decoded
