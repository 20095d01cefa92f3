"""Memory that is asked back: by digest, waited for, and said where it does not come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from edgetui.runners import ollama_unload
from edgetui.runners.ollama_unload import given_back
from tests.runners.fake import Answer, Call, FakeBoard, board, ps, recordings, replay, whole


@pytest.fixture
async def pi(tmp_path: Path) -> AsyncIterator[FakeBoard]:
    async with board(tmp_path) as made:
        made.routes["/api/generate"] = replay(recordings("0.32.15")["unload"])
        yield made


def in_turn(*answers: Answer) -> Answer:
    """The last one stays."""
    left = list(answers)

    async def answer(call: Call, out: asyncio.StreamWriter) -> None:
        await (left.pop(0) if len(left) > 1 else left[0])(call, out)

    return answer


def asked(pi: FakeBoard) -> list[dict[str, object]]:
    return [call.json for call in pi.calls if call.path == "/api/generate"]


async def test_it_is_waited_until_the_digest_is_listed_no_more(pi: FakeBoard) -> None:
    pi.routes["/api/ps"] = in_turn(whole(ps()), whole(ps()), whole({"models": []}))
    assert await given_back(pi, 11434, ["moondream"]) == ""
    assert [(call["model"], call["keep_alive"]) for call in asked(pi)] == [("moondream:latest", 0)] * 2


async def test_an_older_version_of_the_name_and_other_models_are_let_be(pi: FakeBoard) -> None:
    pi.routes["/api/ps"] = whole(ps(digest="0" * 64))
    assert await given_back(pi, 11434, ["moondream"]) == ""
    pi.routes["/api/ps"] = whole(ps())
    assert await given_back(pi, 11434, ["qwen2.5vl:3b"]) == ""
    assert asked(pi) == []


async def test_one_that_somebody_uses_stays_and_that_is_said(
    pi: FakeBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ollama_unload, "GONE_S", 0.3)
    assert "somebody else uses it" in await given_back(pi, 11434, ["moondream"])


async def test_a_server_that_does_not_answer_is_said(pi: FakeBoard) -> None:
    pi.routes["/api/ps"] = whole(b"<html>", 502, "text/html")
    assert "does not give its loaded models" in await given_back(pi, 11434, ["moondream"])
