"""What a cut cable leaves on a board whose sh cannot wait with a limit is ended by the next link."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest

from edgetui.cluster.core import Cluster
from edgetui.cluster.orphan import Orphan, end, in_danger
from edgetui.config import Config
from edgetui.links.local import LocalLink
from edgetui.model import State
from edgetui.probes import Frame
from tests.links.cable import Cable, FarSshd
from tests.links.cable import cable as cable  # a fixture
from tests.servers import running, soon

BOOT = "f=/proc/sys/kernel/random/boot_id b"
STAT = "stat=77 (a) b) c) S 1 " + " ".join(map(str, range(5, 53)))


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (("pid=77", STAT, "timeout=none", BOOT), Orphan(77, 22, "b")),
        (("pid=77", STAT, "timeout=-t15", BOOT), None),
        (("pid=77", STAT, "timeout=none"), None),
        (("pid=7;x", STAT, "timeout=none", BOOT), None),
        (("pid=77", "stat=77 (sh) S", "timeout=none", BOOT), None),
        (("pid=77", STAT.replace(" 22 ", " $x "), "timeout=none", BOOT), None),
    ],
)
def test_only_a_probe_without_a_limit_of_its_own_is_remembered(
    lines: tuple[str, ...], found: Orphan | None
) -> None:
    assert in_danger(Frame(seq=0, uptime="1", tick="hello", lines=lines)) == found


async def test_another_process_with_its_number_is_left_alone() -> None:
    link, me = LocalLink(), psutil.Process()
    child = await link.open("cat", lambda _: None)
    await soon(lambda: any(p.name() == "cat" for p in me.children(recursive=True)), 10, "the program")
    (cat,) = (p for p in me.children(recursive=True) if p.name() == "cat")
    with open(f"/proc/{cat.pid}/stat") as stat:  # noqa: ASYNC230 - a test may block
        started = int(stat.read().rpartition(")")[2].split()[19])
    await end(Orphan(cat.pid, started + 1, "b"), link)
    assert cat.is_running()
    await end(Orphan(cat.pid, started, "b"), link)
    assert "143" in await child.closed, "killed by TERM"
    await link.close()


async def test_the_next_link_ends_what_a_cut_cable_left(cable: Cable, tmp_path: Path) -> None:
    if "dash" not in os.path.realpath("/bin/sh"):  # noqa: ASYNC240 - a test may block
        pytest.skip("sh is not dash here: its probe ends by itself")
    with FarSshd(tmp_path, cable) as board:
        config = Config(
            board=[board.board()], ssh=board.ssh(keepalive_s=0.3, connect_timeout_s=0.5), guard={"enabled": False}
        )
        states = {"bench": State(board="bench")}
        async with Cluster(config, None, states) as cluster:
            await soon(lambda: states["bench"].link == "up", 10, "the link")
            link = cluster.keepers["bench"].link
            assert link is not None
            await link.open("exec sh -c 'read -r l; : a-tool-of-a-vendor'", lambda _: None)  # waits as they do
            old = set(board.sessions())
            cable.set("down")
            await soon(lambda: states["bench"].link == "down", 10, "the loss")
            left = [process for process in old if process.is_running()]
            assert left
            assert running("a-tool-of-a-vendor")
            cable.set("up")
            await soon(lambda: states["bench"].link == "up", 10, "the link again")
            await soon(lambda: not any(p.is_running() for p in left), 5, "the end of the old probe and its server")
            assert not running("a-tool-of-a-vendor")
            assert states["bench"].link == "up"
