"""A script task on simulated boards: they have no such processor, and say so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from edgetui.cluster.live import make_run
from edgetui.cluster.orders import chosen_items, make_order
from edgetui.config import load
from edgetui.errors import TaskError
from edgetui.tasks import find, load_tasks
from tests.cluster.fleet import fleet
from tests.simulated import Simulated, simulated


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    with simulated(tmp_path_factory.mktemp("sim"), speed=20) as running:
        yield running


async def test_simulated_boards_run_no_scripts(sim: Simulated) -> None:
    config, task = load(sim.config, {}), find(load_tasks(), "speedometer")
    async with fleet(sim, "pi5", "rtx3060") as boards:
        order = make_order(config, task, chosen_items(task), models=(), boards=("pi5", "rtx3060"))
        assert order.models == ("default",)
        run = make_run([order], {"pi5": 11434, "rtx3060": 11434})
        await boards.cluster.submit(run)
        replies = await boards.until_done(run)
    for reply in replies.values():
        assert (reply.outcome, reply.reason) == ("unsupported", "simulated boards run no scripts")
        assert reply.sim_speed == 20
        assert not reply.figures, "no figure of the host stands under the name of a board"


def test_a_model_is_no_variant(sim: Simulated) -> None:
    task = find(load_tasks(), "speedometer")
    with pytest.raises(TaskError, match="no variant 'moondream'"):
        make_order(load(sim.config, {}), task, (), models=("moondream",), boards=("pi5",))
