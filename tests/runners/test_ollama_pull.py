"""Recorded pulls of a real server: how each ends in words; and errors that others have reported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edgetui.model.transfer import Transfer
from edgetui.runners.ollama_pull import PullFailed, _read, explained

RECORDED = Path(__file__).parents[1] / "golden" / "ollama" / "pull-0.24.0.jsonl"
EXCHANGES = {each["name"]: each for each in map(json.loads, RECORDED.read_text().splitlines())}


def told(name: str) -> Transfer:
    """The recorded lines, folded. Raises PullFailed."""
    now = Transfer(board="b", model="m").at("asking", 0.0)
    for ms, text in EXCHANGES[name]["lines"]:
        line = _read(text.encode())
        if line is not None and line.digest:
            now = now.loaded(line.digest, line.total, line.completed, ms / 1000)
        elif line is not None and line.status != "pulling manifest":
            now = now.whole(ms / 1000)
    return now


@pytest.mark.parametrize("name", ["pull-resumed", "pull-again", "pull-after-disk-full"])
def test_recorded_successes(name: str) -> None:
    now = told(name)
    assert now.share == 1.0
    assert len(now.layers) == 4


def test_a_recorded_resume_fetches_less_than_the_whole() -> None:
    now = told("pull-resumed")
    assert 0 < now.fetched_bytes < now.total_bytes
    assert told("pull-again").fetched_bytes == 0


@pytest.mark.parametrize(
    ("name", "ending"),
    [("pull-missing", "not-found"), ("pull-corrupt", "corrupt"), ("pull-disk-full", "no-space")],
)
def test_recorded_failures(name: str, ending: str) -> None:
    with pytest.raises(PullFailed) as failed:
        told(name)
    assert failed.value.ending == ending
    assert "pull" in failed.value.reason or "look" in failed.value.reason


GET = 'pull model manifest: Get "https://registry.ollama.ai/v2/library/x/manifests/y": '


@pytest.mark.parametrize(
    ("words", "ending"),
    [
        (GET + "dial tcp: lookup registry.ollama.ai: i/o timeout", "no-internet"),
        (GET + "dial tcp: lookup registry.ollama.ai on 127.0.0.53:53: server misbehaving", "no-internet"),
        (GET + "dial tcp 104.21.75.227:443: i/o timeout", "no-internet"),
        ("max retries exceeded: unexpected EOF", "no-internet"),
        ("pull model manifest: 412: \n\nThe model … requires a newer version of Ollama.\n", "too-old"),
        ("EOF", "error"),
        ("insecure protocol http", "error"),
        ("context canceled", "cancelled"),
        ("a thing nobody has seen \x1b[2J", "error"),
    ],
)
def test_every_failure_has_its_word_and_is_clean(words: str, ending: str) -> None:
    failed = explained(words)
    assert failed.ending == ending
    assert failed.reason.isprintable()
