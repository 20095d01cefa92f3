"""Every way to lose a link, and what stays on the board: nothing."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edgetui.errors import LinkDown
from tests.links.cable import Cable, FarSshd
from tests.links.cable import cable as cable  # a fixture
from tests.links.conftest import Fleet, session
from tests.servers import Server, Sshd, running, soon


class TestLoss:
    async def test_a_killed_session_is_noticed_within_a_second(self, sshd: Sshd, fleet: Fleet) -> None:
        link = await fleet.roads(sshd.ssh()).connect(sshd.board())
        channel = await link.open("cat", lambda _: None)
        session(sshd).kill()
        lost = await asyncio.wait_for(link.lost, 1)
        assert isinstance(lost, LinkDown)
        assert "connection" in lost.message
        assert await channel.closed
        with pytest.raises(LinkDown) as caught:
            await link.open("cat", lambda _: None)
        assert caught.value.message == lost.message
        await link.close()

    async def test_a_stopped_sshd_is_noticed_by_keepalive(self, sshd: Sshd, fleet: Fleet) -> None:
        """Its kernel still acknowledges every byte: TCP never notices."""
        link = await fleet.roads(sshd.ssh(keepalive_s=0.2)).connect(sshd.board())
        stopped = session(sshd)
        stopped.suspend()
        start = time.monotonic()
        lost = await asyncio.wait_for(link.lost, 3)
        assert 0.3 < time.monotonic() - start < 2
        assert "has not answered for 0.6 s" in lost.message
        start = time.monotonic()
        await link.close()
        assert time.monotonic() - start < 2

    async def test_closing_is_bounded_when_the_other_side_is_stopped(self, sshd: Sshd, fleet: Fleet) -> None:
        link = await fleet.roads(sshd.ssh()).connect(sshd.board())
        await link.open("cat", lambda _: None)
        await link.http(1)
        session(sshd).suspend()
        start = time.monotonic()
        await link.close()
        assert time.monotonic() - start < 2
        assert link.lost.done()

    async def test_a_link_that_answers_is_kept(self, sshd: Sshd, fleet: Fleet) -> None:
        link = await fleet.roads(sshd.ssh(keepalive_s=0.1)).connect(sshd.board())
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(link.lost), 1)
        await link.close()


CLIENT = """
import asyncio, sys
from pathlib import Path
from edgetui.config import Board, Ssh
from edgetui.links.roads import Roads

async def main():
    config, known, port, user, key, home, number = sys.argv[1:]
    roads = Roads(Ssh(config=Path(config), known_hosts=Path(known)), runtime_dir=Path(home))
    link = await roads.connect(Board(name="b", host="127.0.0.1", port=int(port), user=user, key=Path(key)))
    await link.open(f"exec 9<&0; while read -r l; do :; done; : {number}", lambda _: None)
    await link.open("exec sh -c 'while read -r l; do echo $l; done; : " + number + "'", lambda _: None)
    running = asyncio.ensure_future(link.run(f"sleep {number}", timeout=600))
    print("ready", flush=True)
    await running

asyncio.run(main())
"""


async def test_nothing_stays_on_the_board_when_we_are_killed(server: Server, tmp_path: Path, unique: str) -> None:
    ssh = server.ssh()
    home = server.folder / "home"
    before = sorted(home.rglob("*"))
    client = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CLIENT, str(ssh.config), str(ssh.known_hosts), str(server.port), server.user,
        str(server.key), str(tmp_path / "r"), unique, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert client.stdout
    assert await asyncio.wait_for(client.stdout.readline(), 20) == b"ready\n"
    await soon(lambda: bool(running(f"sleep {unique}")), what="the start of the programs")
    client.kill()
    await client.wait()
    await soon(lambda: not running(unique), 15, "the end of our programs on the board")
    assert sorted(home.rglob("*")) == before, "no file was written"


async def test_a_cut_cable_is_noticed_and_the_link_comes_back(cable: Cable, tmp_path: Path, fleet: Fleet) -> None:
    with FarSshd(tmp_path, cable) as board:
        ways = fleet.roads(board.ssh(keepalive_s=0.3, connect_timeout_s=0.5))
        link = await ways.connect(board.board())
        cable.set("down")
        lost = await asyncio.wait_for(link.lost, 5)
        assert "has not answered for 0.9 s" in lost.message
        with pytest.raises(LinkDown):
            await ways.connect(board.board())
        await link.close()
        cable.set("up")
        deadline = time.monotonic() + 5
        while True:
            try:
                link = await ways.connect(board.board())
                break
            except LinkDown:
                assert time.monotonic() < deadline, "the link did not come back within 5 s"
        assert (await link.run("echo back", timeout=5)).stdout == "back\n"
        await link.close()
