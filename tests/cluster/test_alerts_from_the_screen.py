"""What the screen asks of alerts through a Background in its own thread, and what the Store then tells."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgetui.cluster.background import Background
from edgetui.config import AlertRule, AlertsSection, Board, Config, StoreSection
from edgetui.model import Event
from tests.servers import eventually


@pytest.fixture
def background(tmp_path: Path) -> Iterator[Background]:
    """A board that nobody listens for, and a rule that says so at once."""
    config = Config(
        board=(Board(name="gone", host="127.0.0.1", port=1),),
        alerts=AlertsSection(defaults=False),
        alert=(AlertRule(name="away", metric="link_down", above=0.0),),
        store=StoreSection(path=tmp_path / "edgetui.db"),
    )
    running = Background(config)
    running.start()
    eventually(lambda: bool(running.alerts), what="the alert")
    yield running
    running.close()


def stored(background: Background, query: str) -> list[Event]:
    return background.search(query, 0.0, time.time() + 60, 100).result(5)


def test_an_alert_is_acknowledged_and_silenced_and_the_store_tells_of_it(background: Background) -> None:
    (alert,) = background.alerts
    assert alert.is_open(time.time())
    assert alert.told
    until = time.time() + 3600
    background.silence(alert, until)
    background.acknowledge(alert)
    eventually(lambda: background.alerts[0].acknowledged, what="acknowledged")
    assert background.alerts[0].silenced_until == until
    assert not background.alerts[0].is_open(until + 1)
    eventually(lambda: len(stored(background, "alert")) == 3, what="three events in the Store")
    told = stored(background, "alert away")
    assert [e.detail["action"] for e in told] == ["acknowledged", "silenced", "raised"]
    assert [e.detail["quiet"] for e in told] == [True, True, False]
    assert {e.detail["simulated"] for e in told} == {None}


def test_the_same_failure_again_is_one_event(background: Background) -> None:
    since = background.states["gone"].since
    eventually(lambda: background.states["gone"].attempts >= 3, what="a third try")
    assert background.states["gone"].since == since > 0  # the screen says for how long it is away
    background.acknowledge(background.alerts[0])
    eventually(lambda: bool(stored(background, "acknowledged")), what="all that was before in the Store")
    assert len(stored(background, "gone link")) == 1
