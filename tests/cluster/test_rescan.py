"""A sensor whose driver comes late is seen in the same session, and telemetry does not pause for it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from edgetui.cluster import rescan
from edgetui.cluster.core import Cluster
from edgetui.config import Board, Config
from edgetui.model import Sample, State, known
from edgetui.probes import Frame
from tests.probes.files import chip, write
from tests.probes.trees import pi5
from tests.servers import soon


async def test_a_fan_that_appears_is_read_and_no_second_is_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = {path: text for path, text in pi5().items() if "hwmon2" not in path}
    monkeypatch.setenv("R", str(write(tree, tmp_path / "root")))
    monkeypatch.setattr(rescan, "EVERY_S", 0.7)
    states = {"here": State(board="here")}
    links: list[str] = []
    samples: list[Sample] = []
    async with Cluster(Config(board=[Board(name="here", local=True)]), None, states) as cluster:
        keeper = cluster.keepers["here"]
        keeper.listeners.append(samples.append)
        keeper.link_listeners.append(lambda state: links.append(state.link))
        await soon(lambda: len(samples) > 3, 10, "some samples, with looks between them")
        assert not known(samples[-1].fan_rpm)
        write(chip(2, "pwmfan", fan1_input=3122, pwm1=125), tmp_path / "root")
        await soon(lambda: samples[-1].fan_rpm == 3122, 10, "the fan")
        assert set(links) == {"connecting", "up"}, "nobody calls the board late for it"
    gaps = [after.time - before.time for before, after in pairwise(samples)]
    assert max(gaps) < 2.5, "one tick at most"


def test_only_other_files_are_news() -> None:
    def hello(*lines: str) -> Frame:
        return Frame(seq=0, uptime="1", tick="hello", lines=lines)

    assert rescan.files(hello("pid=1", "stat=1 (sh)", "k0=/a", "f=/x 1")) == rescan.files(
        hello("pid=2", "stat=2 (sh)", "k0=/a", "f=/x 2")
    )
    assert rescan.files(hello("k0=/a")) != rescan.files(hello("k0=/a", "denied=/b"))
