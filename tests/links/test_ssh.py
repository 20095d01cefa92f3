"""An open link: programs, commands and the private road to a port."""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
from pathlib import Path
from typing import Any

import asyncssh
import httpx
import psutil
import pytest

from edgetui.errors import LinkDown, LinkError
from edgetui.links import Link
from edgetui.links.roads import Roads
from edgetui.links.ssh import SshLink
from tests.links.conftest import Fleet, session
from tests.servers import Sshd, free_port, running, serve, soon


class TestOpen:
    async def test_bytes_go_there_and_back_unchanged(self, link: Link) -> None:
        got = bytearray()
        channel = await link.open("cat", got.extend, stdin=b"first\xff\xfe\n")
        channel.write(b"second\x00\x1b[0m")
        await soon(lambda: got == b"first\xff\xfe\nsecond\x00\x1b[0m")
        assert not link.lost.done(), "invalid UTF-8 does not close the connection"
        channel.close()
        assert await asyncio.wait_for(channel.closed, 5)
        channel.write(b"swallowed")
        channel.close()

    async def test_there_is_no_terminal_and_stderr_is_dropped(self, link: Link) -> None:
        got = bytearray()
        channel = await link.open("tty; echo noise >&2; head -c 5000000 /dev/zero >&2; echo end", got.extend)
        await asyncio.wait_for(channel.closed, 20)
        assert got == b"not a tty\nend\n", "5 MB on stderr block nothing"

    async def test_how_a_program_ended_is_told(self, sshd: Sshd, fleet: Fleet) -> None:
        link = await fleet.roads(sshd.ssh()).connect(sshd.board())
        ended = await link.open("exit 3", lambda _: None)
        assert await ended.closed == "the program ended with status 3"
        killed = await link.open("kill -KILL $$", lambda _: None)
        assert await killed.closed == "the program was killed by SIGKILL"
        await link.close()

    async def test_cancelled_opens_leak_no_channel(self, sshd: Sshd, fleet: Fleet) -> None:
        """Ten leaked ones would fill MaxSessions and every later command would fail."""
        link = await fleet.roads(sshd.ssh()).connect(sshd.board())
        assert isinstance(link, SshLink)
        for turn in range(20):
            opening = asyncio.ensure_future(link.open("cat", lambda _: None))
            await asyncio.sleep(turn * 0.0005)
            opening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                (await opening).close()
        await soon(lambda: not link._connection._channels, what="the end of every channel")
        assert (await link.run("echo fine", timeout=5)).stdout == "fine\n"
        await link.close()

    async def test_what_the_board_refuses_is_said(self, tmp_path: Path, fleet: Fleet) -> None:
        with Sshd(tmp_path, "MaxSessions 1") as server:
            link = await fleet.roads(server.ssh()).connect(server.board())
            await link.open("cat", lambda _: None)
            with pytest.raises(LinkError, match="opens no channel") as caught:
                await link.open("cat", lambda _: None)
            assert "MaxSessions" in caught.value.remedy
            assert not isinstance(caught.value, LinkDown), "the link itself is well"
            await link.close()

    @pytest.mark.parametrize(("closed", "runs"), [(2, True), (3, False)])
    async def test_a_channel_that_is_closed_before_its_command_came_is_opened_anew(
        self, tmp_path: Path, fleet: Fleet, closed: int, runs: bool
    ) -> None:
        """So does dropbear with a channel that is opened while another one's program ends."""
        opened: list[asyncssh.SSHServerSession[bytes]] = []

        class Hasty(asyncssh.SSHServerSession[bytes]):
            def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
                opened.append(self)
                self._chan = chan
                if len(opened) <= closed:
                    chan.close()

            def exec_requested(self, command: str) -> bool:
                return True

            def session_started(self) -> None:
                self._chan.write(b"it ran\n")
                self._chan.exit(0)

        class Board(asyncssh.SSHServer):
            def session_requested(self) -> asyncssh.SSHServerSession[bytes]:
                return Hasty()

        async with serve(tmp_path / "s", server_factory=Board, process_factory=None) as board:
            link = await fleet.roads(board.ssh()).connect(board.board())
            if runs:
                assert (await link.run("x", timeout=5)).stdout == "it ran\n"
            else:
                with pytest.raises(LinkError, match="opens no channel"):
                    await link.run("x", timeout=5)
            assert len(opened) == 3
            await link.close()


class TestRun:
    async def test_output_and_status(self, link: Link) -> None:
        done = await link.run("echo out; echo 'it is \"err\"' >&2; exit 7", timeout=5)
        assert (done.exit_status, done.stdout, done.stderr) == (7, "out\n", 'it is "err"\n')

    async def test_stdin_is_empty(self, link: Link) -> None:
        assert (await link.run("cat; echo end", timeout=5)).stdout == "end\n"

    async def test_output_is_cut_and_replaced_where_it_is_no_text(self, link: Link) -> None:
        done = await link.run("printf 'a\\377b'; head -c 3000000 /dev/zero | tr '\\0' x", timeout=20, limit=1000)
        assert done.stdout.startswith("a\ufffdbxxx")
        assert len(done.stdout) == 1000
        assert done.exit_status == 0

    @pytest.mark.parametrize("ignores", ["", "trap '' TERM; "])
    async def test_what_takes_too_long_is_ended_on_the_board_too(
        self, link: Link, unique: str, ignores: str
    ) -> None:
        with pytest.raises(TimeoutError):
            await link.run(f"{ignores}sleep {unique}; echo never", timeout=0.5)
        await soon(lambda: not running(unique), 4, "the end of the command")
        assert (await link.run("echo fine", timeout=5)).stdout == "fine\n"

    async def test_a_cancelled_command_is_ended_on_the_board_too(self, link: Link, unique: str) -> None:
        task = asyncio.ensure_future(link.run(f"sleep {unique}", timeout=60))
        await soon(lambda: bool(running(unique)), what="the start of the command")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await soon(lambda: not running(unique), 4, "the end of the command")

    async def test_many_at_once_wait_for_each_other(self, sshd: Sshd, fleet: Fleet) -> None:
        """With MaxSessions 10, thirty of them at once would be refused."""
        link = await fleet.roads(sshd.ssh()).connect(sshd.board())
        results = await asyncio.gather(*(link.run(f"echo {n}", timeout=20) for n in range(30)))
        assert [r.stdout for r in results] == [f"{n}\n" for n in range(30)]
        await link.close()

    async def test_a_command_whose_link_is_lost_is_never_taken_for_a_success(
        self, sshd: Sshd, fleet: Fleet, unique: str
    ) -> None:
        link = await fleet.roads(sshd.ssh()).connect(sshd.board())
        task = asyncio.ensure_future(link.run(f"echo part; sleep {unique}", timeout=60))
        await soon(lambda: bool(running(unique)), what="the start of the command")
        session(sshd).kill()
        done = await asyncio.wait_for(task, 5)
        assert done.exit_status is None
        assert done.stdout in ("part\n", "")
        with pytest.raises(LinkDown):
            await link.run("true", timeout=5)
        await soon(lambda: not running(unique), 4, "the end of the command")


class TestHttp:
    async def test_a_private_socket_leads_to_the_boards_loopback(
        self, link: Link, web: int, tmp_path: Path
    ) -> None:
        before = listening()
        endpoint = await link.http(web)
        assert endpoint is await link.http(web)
        assert endpoint.uds
        socket = Path(endpoint.uds)
        assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
        assert tmp_path in socket.parents
        assert listening() == before, "no TCP port is opened on the host"
        async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=endpoint.uds)) as client:
            answers = await asyncio.gather(*(client.get(f"{endpoint.url}/") for _ in range(5)))
        assert {a.text for a in answers} == {f"127.0.0.1:{web}"}
        await link.close()
        assert not socket.exists()  # noqa: ASYNC240 - a test may block
        with pytest.raises(LinkDown):
            await link.http(web)

    async def test_a_road_that_is_left_is_gone_and_can_be_made_anew(self, link: Link, web: int) -> None:
        """Runners come and go with their ports: a campaign would fill the host's file descriptors."""
        open_then, fds = [], psutil.Process().num_fds
        for _ in range(3):
            endpoint = await link.http(web)
            assert endpoint.uds
            async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=endpoint.uds)) as client:
                assert (await client.get(f"{endpoint.url}/")).text == f"127.0.0.1:{web}"
                await link.leave(web)
                with pytest.raises(httpx.ConnectError):
                    await client.get(f"{endpoint.url}/")
            await link.leave(web)
            open_then.append(fds())
            await soon(lambda: fds() <= open_then[0], what="the end of every socket")

    async def test_a_lost_link_takes_its_socket_with_it(self, sshd: Sshd, fleet: Fleet, web: int) -> None:
        link = await fleet.roads(sshd.ssh()).connect(sshd.board())
        endpoint = await link.http(web)
        session(sshd).kill()
        await asyncio.wait_for(link.lost, 3)
        assert endpoint.uds
        await soon(lambda: not os.path.exists(endpoint.uds or ""))
        await link.close()

    @pytest.mark.parametrize("lost", [False, True], ids=["closed", "lost"])
    async def test_a_link_that_ends_in_mid_question_keeps_no_connection_open(
        self, tmp_path: Path, fleet: Fleet, lost: bool
    ) -> None:
        """One question waits for its channel, one for its answer; the clients never close theirs."""
        asked = asyncio.Event()

        class Board(asyncssh.SSHServer):
            def connection_requested(self, *_: object) -> Any:
                if asked.is_set():
                    return asyncio.Event().wait()  # never answered
                asked.set()
                return True

        async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        async with (
            await asyncio.start_server(never, "127.0.0.1", 0) as mute,
            serve(tmp_path / "s", server_factory=Board) as board,
        ):
            link = await fleet.roads(board.ssh()).connect(board.board())
            endpoint = await link.http(mute.sockets[0].getsockname()[1])
            before = psutil.Process().num_fds()
            clients = []
            for question in (b"first", b"second"):
                clients.append(await asyncio.open_unix_connection(endpoint.uds))
                clients[-1][1].write(question)
                await asyncio.wait_for(asked.wait(), 5)
            assert isinstance(link, SshLink)
            (forward,) = link._forwards.values()
            await soon(lambda: len(forward.near) == 2)
            if lost:
                link._connection.abort()
                await link.lost
            await asyncio.wait_for(link.close(), 2)
            assert not forward.near
            for reader, writer in clients:
                with contextlib.suppress(ConnectionError):
                    assert await asyncio.wait_for(reader.read(), 1) == b"", "the client sees the end"
                writer.close()
                with contextlib.suppress(ConnectionError):
                    await writer.wait_closed()
            await soon(lambda: psutil.Process().num_fds() < before, what="the end of every socket")

    async def test_both_directions_of_a_large_body_arrive_whole_and_a_half_close_is_passed_on(
        self, link: Link
    ) -> None:
        """More than any window and buffer, to a reader that waits for the end before it answers."""

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(await reader.read())
            await writer.drain()
            writer.close()

        body = os.urandom(6_000_000)
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            endpoint = await link.http(server.sockets[0].getsockname()[1])
            reader, writer = await asyncio.open_unix_connection(endpoint.uds)
            writer.write(body)
            writer.write_eof()
            assert await asyncio.wait_for(reader.read(), 20) == body
            writer.close()
            await writer.wait_closed()

    async def test_a_long_runtime_folder_does_not_break_it(self, sshd: Sshd, web: int, tmp_path: Path) -> None:
        ways = Roads(sshd.ssh(), runtime_dir=tmp_path / ("x" * 90))
        link = await ways.connect(sshd.board())
        endpoint = await link.http(web)
        assert endpoint.uds
        assert len(os.fsencode(endpoint.uds)) < 104
        assert stat.S_IMODE(Path(endpoint.uds).parent.stat().st_mode) == 0o700
        await link.close()
        await ways.close()
        assert not Path(endpoint.uds).parent.exists()

    async def test_the_true_reason_of_a_port_that_cannot_be_reached(
        self, link: Link, web: int, tmp_path: Path, fleet: Fleet
    ) -> None:
        assert await link.reach(web) == ""
        port = free_port()
        assert await link.reach(port) == f"nothing answers on port {port} of the board (connection refused)"
        with Sshd(tmp_path, "AllowTcpForwarding no") as server:
            strict = await fleet.roads(server.ssh()).connect(server.board())
            assert "AllowTcpForwarding" in await strict.reach(web)
            await strict.close()


def listening() -> set[tuple[str, int]]:
    """TCP ports that this process listens on."""
    return {tuple(c.laddr) for c in psutil.Process().net_connections("tcp") if c.status == psutil.CONN_LISTEN}
