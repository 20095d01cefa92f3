"""How a connect fails, and that a dead board never holds up a living one."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import psutil
import pytest
from asyncssh.connection import SSHConnection
from asyncssh.constants import MSG_IGNORE

from edgetui.errors import LinkDown, LinkError, LinkRefused
from edgetui.links import dial, roads
from tests.links.conftest import Fleet, lock
from tests.servers import Server, Sshd, free_port, make_key, serve, soon

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


@pytest.mark.parametrize(("ciphers", "ignores"), [("", False), ("aes128-cbc", True)])
async def test_ignore_packets_are_sent_only_where_they_protect_a_cipher(
    tmp_path: Path, fleet: Fleet, ciphers: str, ignores: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They double what a tick costs; behind CBC they hide the next IV."""
    got: list[object] = []

    def take(receiver: SSHConnection, *_: object) -> bool:
        got.append(receiver)
        return True

    monkeypatch.setitem(SSHConnection._packet_handlers, MSG_IGNORE, take)
    config = tmp_path / "own_config"
    config.write_text(f"Host *\n Ciphers {ciphers}\n" if ciphers else "")
    async with serve(tmp_path / "s", encryption_algs=["aes128-gcm@openssh.com", "aes128-cbc"]) as server:
        link = await fleet.roads(server.ssh(config=config)).connect(server.board())
        heard = bytearray()
        channel = await link.open("echo", heard.extend, stdin=b"line\n")
        await soon(lambda: heard == b"line\n")
        channel.close()
        await link.close()
    assert any(isinstance(r, asyncssh.SSHServerConnection) for r in got) is ignores


async def test_a_final_match_and_canonical_names_in_ssh_config_change_no_verified_key(
    tmp_path: Path, fleet: Fleet
) -> None:
    """Both make asyncssh read its options anew in the middle of a connect."""
    config = tmp_path / "own_config"
    config.write_text("CanonicalizeHostname yes\nCanonicalDomains invalid\nMatch final\n Compression yes\n")
    async with serve(tmp_path / "s") as server:
        roads = fleet.roads(server.ssh(config=config))
        await (await roads.connect(server.board())).close()
        (tmp_path / "s" / "known_hosts").write_text("")
        with pytest.raises(LinkRefused, match="not known"):
            await roads.connect(server.board())
