"""How a connect fails, and that a dead board never holds up a living one."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import psutil
import pytest

from edgetui.config import Board
from edgetui.errors import LinkDown, LinkError, LinkRefused
from edgetui.links import dial, roads
from edgetui.links.local import LocalLink
from tests.links.conftest import Fleet
from tests.servers import Server, Sshd, free_port, make_key, need_sshd, serve

FAST = {"connect_timeout_s": 0.5, "login_timeout_s": 0.7}


@contextlib.contextmanager
def black_hole() -> Iterator[int]:
    """A port whose SYNs are dropped: nobody accepts, and its backlog is full."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


async def lock(key: Path, passphrase: str) -> None:
    """Encrypt a key file as ssh-keygen does."""
    keygen = await asyncio.create_subprocess_exec("ssh-keygen", "-q", "-p", "-N", passphrase, "-f", key)
    assert await keygen.wait() == 0


async def why(fleet: Fleet, server: Server, **board: object) -> LinkError:
    with pytest.raises((LinkDown, LinkRefused)) as caught:
        await fleet.roads(server.ssh(**FAST)).connect(server.board(**board))
    return caught.value


async def test_it_connects_and_is_lost_only_when_closed(server: Server, fleet: Fleet) -> None:
    link = await fleet.roads(server.ssh()).connect(server.board())
    assert not link.lost.done()
    start = time.monotonic()
    await link.close()
    assert time.monotonic() - start < 2
    assert isinstance(await link.lost, LinkDown)


async def test_gcm_is_taken_where_the_server_has_it(sshd: Sshd, fleet: Fleet) -> None:
    link = await fleet.roads(sshd.ssh()).connect(sshd.board())
    assert link._connection.get_extra_info("recv_cipher") == "aes128-gcm@openssh.com"
    await link.close()


class TestRefused:
    async def test_wrong_key(self, server: Server, fleet: Fleet, tmp_path: Path) -> None:
        key = tmp_path / "other"
        make_key(key)
        error = await why(fleet, server, key=key)
        assert isinstance(error, LinkRefused)
        assert f"does not let {server.user} in with the key {key}" in error.message
        assert "ssh-copy-id" in error.remedy

    async def test_wrong_user(self, sshd: Sshd, fleet: Fleet) -> None:
        error = await why(fleet, sshd, user="nobody-here")
        assert isinstance(error, LinkRefused)
        assert "does not let nobody-here in" in error.message

    async def test_missing_key_file(self, sshd: Sshd, fleet: Fleet, tmp_path: Path) -> None:
        error = await why(fleet, sshd, key=tmp_path / "gone")
        assert isinstance(error, LinkRefused)
        assert f"{tmp_path}/gone does not exist" in error.message

    async def test_a_file_that_is_no_key(self, sshd: Sshd, fleet: Fleet, tmp_path: Path) -> None:
        (tmp_path / "text").write_text("hello")
        assert "no usable private key" in (await why(fleet, sshd, key=tmp_path / "text")).message

    async def test_encrypted_key_without_an_agent_and_its_passphrase_is_told_to_nobody(
        self, sshd: Sshd, fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
        key = tmp_path / "locked"
        make_key(key)
        await lock(key, "geheim-1234")
        error = await why(fleet, sshd, key=key)
        assert isinstance(error, LinkRefused)
        assert error.remedy == f"unlock it once with: ssh-add {key}"
        assert "geheim" not in f"{error!r} {error.message}"

    async def test_an_ssh_config_that_cannot_be_understood(self, sshd: Sshd, fleet: Fleet, tmp_path: Path) -> None:
        config = tmp_path / "bad_config"
        config.write_text("Host *\n  Port many\n")
        with pytest.raises(LinkRefused, match="line 2"):
            await fleet.roads(sshd.ssh(config=config)).connect(sshd.board())

    async def test_what_was_mended_is_seen_at_the_next_try(self, sshd: Sshd, fleet: Fleet, tmp_path: Path) -> None:
        key = tmp_path / "k"
        make_key(key)
        fleet_roads = fleet.roads(sshd.ssh())
        with pytest.raises(LinkRefused):
            await fleet_roads.connect(sshd.board(key=key))
        key.write_bytes(sshd.key.read_bytes())
        os.utime(key, ns=(1, 1))
        await (await fleet_roads.connect(sshd.board(key=key))).close()


class TestDown:
    async def test_refused_port(self, sshd: Sshd, fleet: Fleet) -> None:
        error = await why(fleet, sshd, port=free_port())
        assert isinstance(error, LinkDown)
        assert "refuses the connection" in error.message

    async def test_black_hole(self, sshd: Sshd, fleet: Fleet) -> None:
        with black_hole() as port:
            error = await why(fleet, sshd, port=port)
        assert isinstance(error, LinkDown)
        assert "within 0.5 s" in error.message

    async def test_a_shorter_tcp_limit_is_kept(self, sshd: Sshd, fleet: Fleet) -> None:
        with black_hole() as port, pytest.raises(LinkDown, match=r"within 0\.2 s"):
            await fleet.roads(sshd.ssh()).connect(sshd.board(port=port), tcp_timeout_s=0.2)

    async def test_a_server_that_takes_the_connection_and_is_silent(self, sshd: Sshd, fleet: Fleet) -> None:
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            error = await why(fleet, sshd, port=silent.getsockname()[1])
        assert isinstance(error, LinkDown)
        assert "does not finish the login within 0.7 s" in error.message

    @pytest.mark.parametrize(
        "banner", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"220 ftp ready\r\n" * 2000, b"\0" * 9000]
    )
    async def test_no_ssh_server(self, sshd: Sshd, fleet: Fleet, banner: bytes) -> None:
        async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(ConnectionError):
                writer.write(banner)
                await writer.drain()
                writer.close()

        async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
            error = await why(fleet, sshd, port=server.sockets[0].getsockname()[1])
        assert isinstance(error, LinkDown)
        assert "SSH" in error.message + error.remedy

    async def test_unknown_name(self, sshd: Sshd, fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
        def unknown(*_: object) -> list[dial.Address]:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        monkeypatch.setattr(dial, "_ask", unknown)
        error = await why(fleet, sshd, host="no-such-board.invalid")
        assert isinstance(error, LinkDown)
        assert "no machine is known by the name no-such-board.invalid" in error.message

    async def test_a_name_server_that_does_not_answer(
        self, sshd: Sshd, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(dial, "_ask", lambda *_: time.sleep(1.5))
        start = time.monotonic()
        error = await why(fleet, sshd, host="slow.invalid")
        assert "name server did not answer" in error.message
        assert time.monotonic() - start < 1.4, "nobody waits for the thread"


class TestKeys:
    """Keys of ssh_config and of the agent."""

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

    async def test_the_agent_signs_for_an_encrypted_key(
        self, sshd: Sshd, fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        held = asyncssh.read_private_key(sshd.key)
        locked = tmp_path / "locked"
        shutil.copy(sshd.key, locked)
        await lock(locked, "geheim-1234")
        path = f"/tmp/edgetui-agent-{os.getpid()}-{time.monotonic_ns()}"
        agent = await asyncio.create_subprocess_exec("ssh-agent", "-D", "-a", path, stdout=asyncio.subprocess.PIPE)
        try:
            assert agent.stdout
            await agent.stdout.readline()
            monkeypatch.setenv("SSH_AUTH_SOCK", path)
            with pytest.raises(LinkRefused, match="the agent does not hold it"):
                await fleet.roads(sshd.ssh()).connect(sshd.board(key=locked))
            async with await asyncssh.connect_agent(path) as client:
                await client.add_keys([held])
            await (await fleet.roads(sshd.ssh()).connect(sshd.board(key=locked))).close()
        finally:
            agent.terminate()
            await agent.wait()
            Path(path).unlink(missing_ok=True)  # noqa: ASYNC240 - a test may block


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


async def test_dead_boards_never_hold_up_the_living(
    tmp_path: Path, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten dead boards first in the queue, two handshakes at once: with one phase this takes five TCP limits."""
    monkeypatch.setattr(roads, "HANDSHAKES", 2)
    async with contextlib.AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(serve(tmp_path / "all")) for _ in range(10)]
        holes = [stack.enter_context(black_hole()) for _ in range(10)]
        ways = fleet.roads(servers[0].ssh(*servers[1:], connect_timeout_s=3.0))
        dead = [asyncio.ensure_future(ways.connect(servers[0].board(f"d{p}", port=p))) for p in holes]
        await asyncio.sleep(0)
        start = time.monotonic()
        links = await asyncio.gather(*(ways.connect(s.board(f"b{s.port}")) for s in servers))
        assert time.monotonic() - start < 2.5
        assert not any(task.done() for task in dead)
        for task in dead:
            task.cancel()
        await asyncio.gather(*dead, return_exceptions=True)
        for link in links:
            await link.close()


async def test_dead_names_never_hold_up_the_living(
    tmp_path: Path, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = dial._ask

    def slow(host: str, port: int, family: int) -> list[dial.Address]:
        if host.endswith(".invalid"):
            time.sleep(1.5)
            raise socket.gaierror(socket.EAI_NONAME, "x")
        return real(host, port, family)

    monkeypatch.setattr(dial, "_ask", slow)
    async with serve(tmp_path / "s") as server:
        ways = fleet.roads(server.ssh())
        dead = [asyncio.ensure_future(ways.connect(server.board(f"d{i}", host=f"d{i}.invalid"))) for i in range(60)]
        await asyncio.sleep(0)
        start = time.monotonic()
        await (await ways.connect(server.board())).close()
        assert time.monotonic() - start < 1.2
        results = await asyncio.gather(*dead, return_exceptions=True)
        assert all(isinstance(r, LinkDown) for r in results)


async def test_sixty_reconnects_and_cancelled_connects_leak_nothing(tmp_path: Path, fleet: Fleet) -> None:
    async with serve(tmp_path / "s") as server:
        ways = fleet.roads(server.ssh())
        me = psutil.Process()
        for turn in range(63):
            if turn == 3:
                gc.collect()
                before, tasks = me.num_fds(), len(asyncio.all_tasks())
            link = await ways.connect(server.board())
            if turn % 3 == 0:
                server.connections[-1].abort()
                await link.lost
            else:
                await link.http(1)
            await link.close()
            connecting = asyncio.ensure_future(ways.connect(server.board()))
            await asyncio.sleep(turn * 0.0003)
            connecting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await (await connecting).close()
        for connection in server.connections:
            await connection.wait_closed()
        gc.collect()
        assert me.num_fds() <= before
        assert len(asyncio.all_tasks()) <= tasks


async def test_asyncssh_is_quiet_on_stderr(fleet: Fleet, sshd: Sshd, capfd: pytest.CaptureFixture[str]) -> None:
    fleet.roads(sshd.ssh())
    logging.getLogger("asyncssh").warning("this would tear the screen")
    assert capfd.readouterr().err == ""
    assert not logging.getLogger("asyncssh").isEnabledFor(logging.INFO)


async def test_a_local_board_needs_no_server_and_has_no_key(fleet: Fleet, tmp_path: Path) -> None:
    need_sshd()
    ways = fleet.roads(Sshd(tmp_path).ssh())
    link = await ways.connect(Board(name="here", local=True))
    assert isinstance(link, LocalLink)
    await link.close()
    with pytest.raises(LinkRefused, match="this machine"):
        await ways.accept(Board(name="here", local=True))
