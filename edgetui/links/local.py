"""A Link to this very machine: the same commands, without SSH."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from edgetui.errors import LinkDown, LinkError
from edgetui.links import Channel, Completed, Endpoint, Serve
from edgetui.links.listening import LocalPort
from edgetui.links.local_files import LocalFiles
from edgetui.links.output import Program, run_to_end
from edgetui.links.psutil_probe import PsutilProbe
from edgetui.links.tether import tethered
from edgetui.probes import BOOTSTRAP

KILL_S = 1.0
"""After so long a program that ignores TERM is killed."""
REACH_S = 5.0


class LocalChannel(asyncio.SubprocessProtocol):
    """A program in a process group of its own."""

    def __init__(self, on_data: Callable[[bytes], None], on_stderr: Callable[[bytes], None]) -> None:
        self._receivers = {1: on_data, 2: on_stderr}
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.SubprocessTransport | None = None
        self._status: int | None = None
        self._closed: asyncio.Future[str] = self._loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The program runs."""
        assert isinstance(transport, asyncio.SubprocessTransport)
        self._transport = transport

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """What it printed."""
        self._receivers[fd](data)

    def connection_lost(self, exc: Exception | None) -> None:
        """It has ended and all its output has been read."""
        assert self._transport is not None
        code = self._transport.get_returncode()
        self._status = code if code is not None and code >= 0 else None
        how = f"the program ended with status {code}"
        if code is not None and code < 0:
            how = f"the program was killed by {signal.Signals(-code).name}"
        self._transport.close()
        if not self._closed.done():
            self._closed.set_result(how)

    def write(self, data: bytes) -> None:
        """Send to its stdin; swallowed when it has ended."""
        stdin = self._transport.get_pipe_transport(0) if self._transport else None
        if isinstance(stdin, asyncio.WriteTransport) and not stdin.is_closing():
            stdin.write(data)

    def close(self) -> None:
        """EOF and TERM now, KILL a second later; to the whole process group."""
        if self._closed.done() or self._transport is None:
            return
        stdin = self._transport.get_pipe_transport(0)
        if isinstance(stdin, asyncio.WriteTransport):
            stdin.close()
        self._signal(signal.SIGTERM)
        self._loop.call_later(KILL_S, self._signal, signal.SIGKILL)

    def kill(self) -> None:
        """End it now, and let go of its pipes, which a child that left its group may hold open."""
        self._signal(signal.SIGKILL)
        if self._transport is not None:
            self._transport.close()

    @property
    def closed(self) -> asyncio.Future[str]:
        """Done when the program has ended; the result says how."""
        return self._closed

    @property
    def exit_status(self) -> int | None:
        """None: still running, or killed by a signal."""
        return self._status

    def _signal(self, number: signal.Signals) -> None:
        if not self._closed.done() and self._transport is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._transport.get_pid(), number)


class LocalLink:
    """The host as a board.

    Where there is a /proc, the probe's own text runs here as on a board: with it come zones, clocks, fans and
    throttle, of which psutil has little. Elsewhere psutil's figures are put into the same frames. Either way there
    is one decode path.
    """

    def __init__(self, *, proc: Path = Path("/proc/stat")) -> None:
        """``proc`` is what tells whether this host can run the probe's text."""
        self._has_proc = proc.exists()
        self._channels: set[LocalChannel] = set()
        self._lost: asyncio.Future[LinkError] = asyncio.get_running_loop().create_future()

    async def open(self, command: str, on_data: Callable[[bytes], None], *, stdin: bytes = b"") -> Channel:
        """Start a program whose stdin stays open; its stderr is dropped. See ``Link.open``."""
        if not self._has_proc and command == BOOTSTRAP and stdin.startswith(b"K="):
            return PsutilProbe(stdin, on_data)
        channel = await self._start(command, on_data, lambda _: None)
        channel.write(stdin)
        return channel

    async def run(self, command: str, *, timeout: float, limit: int = 1 << 20) -> Completed:
        """Run a command to its end. See ``Link.run``."""

        async def start(on_data: Callable[[bytes], None], on_stderr: Callable[[bytes], None]) -> Program:
            return await self._start(tethered(command), on_data, on_stderr)

        async with asyncio.timeout(timeout):
            return await run_to_end(start, limit)

    async def http(self, port: int) -> Endpoint:
        """The port itself."""
        return Endpoint(f"http://127.0.0.1:{port}", None)

    async def leave(self, port: int) -> None:
        """There is no road to take down."""

    async def reach(self, port: int) -> str:
        """Why the port cannot be connected to; empty where it can. See ``Link.reach``."""
        try:
            async with asyncio.timeout(REACH_S):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            return f"nothing answers on port {port} of this machine (connection refused)"
        except OSError as error:
            return f"port {port} of this machine cannot be reached: {error.strerror or 'no answer'}"
        writer.close()
        return ""

    @asynccontextmanager
    async def files(self) -> AsyncIterator[LocalFiles]:
        """Those of this machine. See ``Link.files``."""
        yield LocalFiles()

    async def listen(self, serve: Serve) -> LocalPort:
        """A port of this machine's loopback. See ``Link.listen``."""
        return await LocalPort.opened(serve)

    @property
    def lost(self) -> asyncio.Future[LinkError]:
        """Done when the link was closed: there is no cable to cut."""
        return self._lost

    async def close(self) -> None:
        """End every program."""
        if not self._lost.done():
            self._lost.set_result(LinkDown("the link was closed"))
        for channel in tuple(self._channels):
            channel.close()
        await self._ended(KILL_S)
        for channel in tuple(self._channels):
            channel.kill()
        await self._ended(KILL_S)  # a pipe that outlives its loop is never closed

    async def _ended(self, timeout: float) -> None:
        if ending := [channel.closed for channel in self._channels]:
            await asyncio.wait(ending, timeout=timeout)

    async def _start(
        self, command: str, on_data: Callable[[bytes], None], on_stderr: Callable[[bytes], None]
    ) -> LocalChannel:
        if self._lost.done():
            raise LinkDown("the link was closed")
        try:
            _, channel = await asyncio.get_running_loop().subprocess_exec(
                lambda: LocalChannel(on_data, on_stderr), "/bin/sh", "-c", command, start_new_session=True
            )
        except OSError as error:
            raise LinkError(
                f"this machine starts no program: {error.strerror}", "check its limits with: ulimit -a"
            ) from error
        self._channels.add(channel)
        channel.closed.add_done_callback(lambda _: self._channels.discard(channel))
        return channel
