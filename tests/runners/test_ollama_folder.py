"""Names and folders of models: nothing outside a folder is ever read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edgetui.errors import CommandError, UsageError
from edgetui.runners.ollama_folder import held, parse_manifest, parse_name
from edgetui.sim.ollama import tiny


@pytest.mark.parametrize(
    ("text", "short", "path"),
    [
        ("moondream", "moondream:latest", "registry.ollama.ai/library/moondream/latest"),
        ("qwen2.5vl:3b", "qwen2.5vl:3b", "registry.ollama.ai/library/qwen2.5vl/3b"),
        ("me/mine:q4", "me/mine:q4", "registry.ollama.ai/me/mine/q4"),
        ("hf.co/org/repo:Q8_0", "hf.co/org/repo:Q8_0", "hf.co/org/repo/Q8_0"),
        ("http://10.0.0.5:5000/library/x", "10.0.0.5:5000/library/x:latest", "10.0.0.5:5000/library/x/latest"),
    ],
)
def test_names(text: str, short: str, path: str) -> None:
    name = parse_name(text)
    assert (str(name), name.manifest) == (short, f"manifests/{path}")


@pytest.mark.parametrize(
    "text", ["", "../x", "a/../../etc/passwd", "a b", "x:..", "x:", "a/b/c/d:e", "x\x1b[2J", "../../h/n/m:t"]
)
def test_what_is_no_name(text: str) -> None:
    with pytest.raises(UsageError, match="is no name of a model"):
        parse_name(text)


def test_the_first_folder_that_has_it_whole(tmp_path: Path) -> None:
    torn, whole = tmp_path / "torn", tmp_path / "whole"
    for folder in (torn, whole):
        tiny.write(folder)
    biggest = max((torn / "blobs").iterdir(), key=lambda path: path.stat().st_size)
    biggest.write_bytes(biggest.read_bytes()[:-1])
    found = held(parse_name("edge-tiny"), (tmp_path / "nowhere", torn, whole))
    assert found is not None
    assert found[0] == whole
    assert found[1].size == sum(map(len, tiny.blobs().values()))
    assert held(parse_name("edge-tiny"), (torn,)) is None


@pytest.mark.parametrize(
    "change",
    [
        {"layers": [{"digest": "sha256:../../etc/passwd", "size": 1}]},
        {"layers": [{"digest": f"sha256:{'a' * 64}", "size": -1}]},
        {"layers": "none"},
        {"layers": [], "config": None},
    ],
)
def test_a_manifest_that_lies_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(CommandError, match="manifest cannot be read"):
        parse_manifest(json.dumps(json.loads(tiny.manifest()) | change).encode())
