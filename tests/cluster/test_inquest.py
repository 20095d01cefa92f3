"""Finding out ends in time, whatever the board does."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from edgetui.cluster.inquest import Inquest
from edgetui.cluster.live import LiveReply
from edgetui.errors import LinkDown
from edgetui.links import Completed
from edgetui.model import NA, Reply, Request, State

REQUEST = Request(run="r", board="b", task="t", kind="vqa", item="i", model="m", prompt="?")
BROKEN = Reply(request=REQUEST, outcome="aborted-by-runtime", reason="Ollama broke off")


class Stubborn:
    """A link that is there and does nothing right."""

    def __init__(self, error: Exception) -> None:
        self.lost: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._error = error

    async def run(self, _command: str, **_: object) -> Completed:
        raise self._error


def inquest(link: object, monkeypatch: pytest.MonkeyPatch, *, given_up: bool = False) -> Inquest:
    monkeypatch.setattr("edgetui.cluster.inquest.RETURN_S", 0.2)
    monkeypatch.setattr("edgetui.cluster.inquest.LOOK_S", 0.05)
    keeper: Any = SimpleNamespace(link=link, state=State(board="b", link="down"))
    return Inquest(keeper, asyncio.Event(), lambda _: given_up)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (LinkDown("it refuses one more channel"), "runs no command: it refuses one more channel"),
        (TimeoutError(), "gave no answer within"),
    ],
)
async def test_a_board_that_does_not_answer(error: Exception, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cell = LiveReply(REQUEST, fired=0.0)
    async with asyncio.timeout(5):
        found = await inquest(Stubborn(error), monkeypatch).held(cell, BROKEN, "boot", began=0.0)
    assert isinstance(found.killed_by, NA)
    assert words in found.evidence
    assert found.reason.endswith("; Ollama broke off")
    assert cell.held == ""


async def test_a_board_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    async with asyncio.timeout(5):
        found = await inquest(None, monkeypatch).held(LiveReply(REQUEST, fired=0.0), BROKEN, "boot", began=0.0)
    assert "was not there again within 0.2 s: its power or the link failed" in found.evidence


async def test_nobody_waits_for_what_was_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = inquest(None, monkeypatch, given_up=True)
    assert await asked.held(LiveReply(REQUEST, fired=0.0), BROKEN, "boot", began=0.0) == BROKEN
    asked = inquest(None, monkeypatch)
    assert await asked.held(LiveReply(REQUEST, fired=0.0), BROKEN, "boot", began=None) == BROKEN
