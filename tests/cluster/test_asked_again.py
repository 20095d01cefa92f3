"""An error of the runtime that does not last costs no answer: it is asked once more, and said so."""

import hashlib
from collections.abc import AsyncGenerator, Iterator
from types import SimpleNamespace
from typing import ClassVar

import pytest

from edgetui.links import Link
from edgetui.model import Protocol, Request
from edgetui.runners import TRANSIENT, Event, Finished
from edgetui.runners.ollama import OllamaRunner
from edgetui.runners.ollama_errors import refused
from tests.cluster.fleet import fleet
from tests.simulated import Simulated, simulated

LOST = refused(500, b'{"error":"{\\"error\\":{\\"message\\":\\"got exception: Chunk not found\\"}}"}', "moondream")


class Flaky(OllamaRunner):
    """The real one, whose first answers are llama-server's error."""

    asked: ClassVar[list[Request]] = []
    fails: ClassVar[int] = 1

    async def run(self, request: Request, link: Link) -> AsyncGenerator[Event, None]:
        self.asked.append(request)
        if len(self.asked) <= self.fails:
            yield Finished(outcome=LOST.outcome, reason=LOST.reason, marks=(TRANSIENT,))
            return
        async for event in super().run(request, link):
            yield event


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    with simulated(tmp_path_factory.mktemp("sim"), speed=100, boards=3) as running:
        yield running


@pytest.fixture
def flaky(monkeypatch: pytest.MonkeyPatch) -> type[Flaky]:
    monkeypatch.setattr(Flaky, "asked", [])
    monkeypatch.setattr("edgetui.cluster.core.runners", lambda: SimpleNamespace(found={"ollama": Flaky}, broken={}))
    return Flaky


async def test_it_is_asked_once_more_with_other_bits_and_says_why(sim: Simulated, flaky: type[Flaky]) -> None:
    async with fleet(sim, "pi5") as running:
        run = await running.fire("pi5")
        reply = (await running.until_done(run))["pi5"]
        first, second = flaky.asked
        assert (reply.outcome, reply.reason, reply.marks.count("retried")) == ("ok", "", 1)
        assert TRANSIENT not in reply.marks
        assert "Chunk not found" in reply.retried
        assert reply.to_json()["retried"] == reply.retried
        assert first.image != second.image
        assert run.replies[0].request.image is run.order.items[0].image, "what was sent is not kept by its cell"
        (stored,) = await running.store.replies(run.id)
        assert stored["retried"] == reply.retried
        assert stored["sent_sha256"] == hashlib.sha256(second.image).hexdigest() != stored["image_sha256"]
        assert stored["sent_bytes"] == len(second.image)


async def test_it_is_not_asked_a_third_time(
    sim: Simulated, flaky: type[Flaky], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Flaky, "fails", 9)
    async with fleet(sim, "pi5") as running:
        run = await running.fire("pi5", protocol=Protocol(nonce=False))
        reply = (await running.until_done(run))["pi5"]
        assert len(flaky.asked) == 2
        assert reply.outcome == "error"
        assert {TRANSIENT, "retried"} <= set(reply.marks)
