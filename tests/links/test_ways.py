"""Roads that lead through something: options of ssh_config, an agent, a jump host."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import asyncssh
import pytest

from edgetui.config import Board
from edgetui.errors import LinkDown, LinkRefused
from tests.links.conftest import Fleet, lock
from tests.servers import Sshd, free_port, make_key, serve


class TestConfig:
    """What ssh_config says."""

    async def test_options_of_ssh_config_are_honoured(self, sshd: Sshd, fleet: Fleet, tmp_path: Path) -> None:
        config = tmp_path / "config"
        config.write_text(
            f"Host nick\n HostName 127.0.0.1\n Port {sshd.port}\n User {sshd.user}\n"
            f" IdentityFile {tmp_path}/missing\n IdentityFile {sshd.key}\n IdentitiesOnly yes\n"
            " RequestTTY force\n RemoteCommand false\n ForwardAgent yes\n Ciphers aes256-ctr\n"
        )
        link = await fleet.roads(sshd.ssh(config=config)).connect(Board(name="b", host="nick"))
        assert (await link.run("tty || echo none", timeout=5)).stdout.split()[-1] == "none"
        assert link._connection.get_extra_info("recv_cipher") == "aes256-ctr"
        await link.close()

    async def test_proxy_command(self, sshd: Sshd, fleet: Fleet, tmp_path: Path) -> None:
        relay = tmp_path / "relay.py"
        relay.write_text(
            "import os, socket, sys, threading\n"
            "s = socket.create_connection((sys.argv[1], int(sys.argv[2])))\n"
            "def up():\n"
            "    while d := os.read(0, 65536): s.sendall(d)\n"
            "threading.Thread(target=up, daemon=True).start()\n"
            "while d := s.recv(65536): os.write(1, d)\n"
        )
        config = tmp_path / "config"
        config.write_text(f"Host *\n ProxyCommand {sys.executable} {relay} %h {sshd.port}\n")
        link = await fleet.roads(sshd.ssh(config=config)).connect(sshd.board())
        assert (await link.run("echo through", timeout=5)).stdout == "through\n"
        await link.close()


class TestAgent:
    """A real ssh-agent with one key, which the server takes."""

    @pytest.fixture
    async def agent(self, sshd: Sshd, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
        folder = tempfile.mkdtemp(prefix="edgetui-agent-")
        path = f"{folder}/s"
        process = await asyncio.create_subprocess_exec(
            "ssh-agent", "-D", "-a", path, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout
        await process.stdout.readline()
        monkeypatch.setenv("SSH_AUTH_SOCK", path)
        yield path
        process.terminate()
        await process.wait()
        shutil.rmtree(folder)

    async def add(self, path: str, key: Path) -> None:
        async with await asyncssh.connect_agent(path) as client:
            await client.add_keys([asyncssh.read_private_key(key)])

    async def test_it_signs_for_an_encrypted_key(
        self, sshd: Sshd, fleet: Fleet, agent: str, tmp_path: Path
    ) -> None:
        locked = tmp_path / "locked"
        shutil.copy(sshd.key, locked)
        await lock(locked, "geheim-1234")
        with pytest.raises(LinkRefused, match=f"the key {locked} .* the agent does not hold it"):
            await fleet.roads(sshd.ssh()).connect(sshd.board(key=locked))
        await self.add(agent, sshd.key)
        await (await fleet.roads(sshd.ssh()).connect(sshd.board(key=locked))).close()

    async def test_it_is_asked_where_no_key_is_configured(
        self, sshd: Sshd, fleet: Fleet, agent: str, tmp_path: Path
    ) -> None:
        await self.add(agent, sshd.key)
        config = tmp_path / "config"
        config.write_text(f"Host *\n IdentityFile {tmp_path}/none\n")
        await (await fleet.roads(sshd.ssh(config=config)).connect(sshd.board(key=None))).close()

    async def test_identities_only_keeps_its_other_keys_back(
        self, sshd: Sshd, fleet: Fleet, agent: str, tmp_path: Path
    ) -> None:
        await self.add(agent, sshd.key)
        other = tmp_path / "other"
        make_key(other)
        for named in (other, tmp_path / "none"):
            config = tmp_path / "config"
            config.write_text(f"Host *\n IdentityFile {named}\n IdentitiesOnly yes\n")
            with pytest.raises(LinkRefused, match="does not let"):
                await fleet.roads(sshd.ssh(config=config)).connect(sshd.board(key=None))


class TestJump:
    async def test_boards_share_one_connection_to_the_jump_host(self, tmp_path: Path, fleet: Fleet) -> None:
        async with serve(tmp_path / "b") as board, serve(tmp_path / "j") as jump:
            config = tmp_path / "config"
            config.write_text(f"Host gate\n HostName 127.0.0.1\n Port {jump.port}\n IdentityFile {jump.key}\n")
            ways = fleet.roads(board.ssh(jump, config=config))
            links = await asyncio.gather(*(ways.connect(board.board(f"b{i}", jump="gate")) for i in range(12)))
            assert len(board.connections) == 12
            assert len(jump.connections) == 1
            jump.connections[0].abort()
            lost = await asyncio.wait_for(asyncio.gather(*(link.lost for link in links)), 3)
            assert all(isinstance(error, LinkDown) for error in lost)
            again = await ways.connect(board.board("b0", jump="gate"))
            assert len(jump.connections) == 2, "a lost jump host is connected to anew"
            for link in (*links, again):
                await link.close()

    async def test_an_unknown_key_of_the_jump_host_is_accepted_before_the_boards(
        self, tmp_path: Path, fleet: Fleet
    ) -> None:
        async with serve(tmp_path / "b") as board, serve(tmp_path / "j") as jump:
            config = tmp_path / "config"
            config.write_text(f"Host *\n IdentityFile {jump.key}\n")
            hosts = tmp_path / "hosts"
            ways = fleet.roads(board.ssh(config=config, known_hosts=hosts))
            entry = board.board(jump=f"me@127.0.0.1:{jump.port}")
            for server in (jump, board):
                with pytest.raises(LinkRefused) as caught:
                    await ways.connect(entry)
                assert caught.value.fingerprint == server.host_key.get_fingerprint()
                assert str(server.port) in caught.value.message
                await ways.accept(entry, caught.value.fingerprint)
            await (await ways.connect(entry)).close()

    async def test_what_the_jump_host_cannot_reach_is_down(self, tmp_path: Path, fleet: Fleet) -> None:
        async with serve(tmp_path / "j") as jump:
            config = tmp_path / "config"
            config.write_text(f"Host *\n IdentityFile {jump.key}\n")
            ways = fleet.roads(jump.ssh(config=config))
            dead = jump.board(port=free_port(), jump=f"127.0.0.1:{jump.port}")
            with pytest.raises(LinkDown, match="jump host cannot reach"):
                await ways.connect(dead)
