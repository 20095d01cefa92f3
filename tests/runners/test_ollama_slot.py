"""When a slot counts as free again."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgetui.runners import ollama_slot
from edgetui.runners.ollama_slot import until_free
from tests.runners.fake import LOADED, board, ps, recordings, replay, request, whole

FULL = "server busy, please try again.  maximum pending requests exceeded"


async def test_a_queue_that_is_full_is_no_free_slot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ollama_slot, "BUSY_S", 0.01)
    async with board(tmp_path) as pi:
        pi.routes["/api/ps"] = whole(ps())
        pi.chat = [whole({"error": FULL}, 503), whole({"error": FULL}, 503), LOADED]
        await until_free(pi, request())
    asked = [(call.json["stream"], call.json["options"]["num_predict"]) for call in pi.chats()]
    assert asked == [(False, 1)] * 3


async def test_a_model_that_is_gone_is_at_no_work(tmp_path: Path) -> None:
    async with board(tmp_path) as pi:
        pi.routes["/api/ps"] = replay(recordings("0.24.0")["ps-empty"])
        await until_free(pi, request())
    assert pi.chats() == []
