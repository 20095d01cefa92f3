"""A Link over one asyncssh connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import asyncssh

from edgetui.errors import LinkDown, LinkError
from edgetui.links import Completed, Endpoint, Serve, short_way
from edgetui.links.causes import channel_refused, port_refused
from edgetui.links.forward import Forward
from edgetui.links.listening import RemotePort
from edgetui.links.opening import whole
from edgetui.links.output import Program, run_to_end
from edgetui.links.sftp import Sftp, SftpFiles
from edgetui.links.sockets import Sockets
from edgetui.links.tether import tethered

COMMANDS = 5
"""Commands at once: with the probe, three vendor tools and the journal as many as sshd's MaxSessions, 10."""
TRIES = 3
"""How often a command is tried for which the board gave no channel, or closed it before the command came: nothing
has run then. sshd counts a session that has just ended until its next round, against MaxSessions; dropbear closes
a new channel when another one's program ends in that moment."""
PAUSE_S = 0.03
REACH_S = 5.0
CLOSE_S = 1.5


class SshChannel(asyncssh.SSHClientSession[bytes]):
    """A program on the board. asyncssh hands its bytes over without a stream between: 10-20 % less CPU."""

    def __init__(
        self, on_data: Callable[[bytes], None], on_stderr: Callable[[bytes], None], *, leashed: bool
    ) -> None:
        """``leashed``: EOF is enough to end it, and a signal would end the leash alone."""
        self._on_data = on_data
        self._on_stderr = on_stderr
        self._leashed = leashed
        self._chan: asyncssh.SSHClientChannel[bytes] | None = None
        self._status: int | None = None
        self._how = ""
        self._closed: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def connection_made(self, chan: asyncssh.SSHClientChannel[bytes]) -> None:
        """The channel is open; the command starts."""
        self._chan = chan

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        """Unread stderr would share the window and block stdout: it is always taken."""
        (self._on_stderr if datatype == asyncssh.EXTENDED_DATA_STDERR else self._on_data)(data)

    def exit_status_received(self, status: int) -> None:
        """The command ended by itself."""
        self._status, self._how = status, f"the program ended with status {status}"

    def exit_signal_received(self, signal: str, core_dumped: bool, msg: str, lang: str) -> None:
        """The command was killed: it has no status."""
        self._how = f"the program was killed by SIG{signal[:10]}"

    def connection_lost(self, exc: Exception | None) -> None:
        """The channel is gone, with or without its connection."""
        self._chan = None
        if not self._closed.done():
            self._closed.set_result(self._how or ("the link was lost" if exc else "the channel was closed"))

    def write(self, data: bytes) -> None:
        """Send to its stdin; swallowed when the channel is gone."""
        if self._chan and not self._chan.is_closing():
            if short_way.may_send(self._chan, len(data)):
                short_way.send(self._chan, memoryview(data))
            else:
                self._chan.write(data)

    def close(self) -> None:
        """EOF ends what reads stdin, TERM what does not (sshd >= 7.9, no root logins); never waited for."""
        if self._chan and not self._chan.is_closing():
            self._chan.write_eof()
            if not self._leashed:
                self._chan.terminate()
            self._chan.close()

    @property
    def closed(self) -> asyncio.Future[str]:
        """Done when the channel is gone; the result says why."""
        return self._closed

    @property
    def exit_status(self) -> int | None:
        """None: still running, killed by a signal, or lost with the link."""
        return self._status


class SshLink:
    """One board over one connection; made by ``Roads.connect``."""

    def __init__(
        self,
        connection: asyncssh.SSHClientConnection,
        lost: asyncio.Future[LinkError],
        sockets: Sockets,
        sftp: Sftp,
    ) -> None:
        self._sftp = sftp
        self._connection = connection
        self._lost = lost
        self._sockets = sockets
        self._commands = asyncio.Semaphore(COMMANDS)
        self._channels: set[SshChannel] = set()
        self._endpoints: dict[int, Endpoint] = {}
        self._forwards: dict[int, Forward] = {}
        self._forwarding = asyncio.Lock()
        lost.add_done_callback(self._cut)

    async def open(self, command: str, on_data: Callable[[bytes], None], *, stdin: bytes = b"") -> SshChannel:
        """Start a program whose stdin stays open; its stderr is dropped. See ``Link.open``."""
        channel = await self._start(command, on_data, lambda _: None, leashed=False)
        if stdin:
            channel.write(stdin)
        return channel

    async def run(self, command: str, *, timeout: float, limit: int = 1 << 20) -> Completed:
        """Run a command to its end; where the time is over it is ended on the board too. See ``Link.run``."""

        async def start(on_data: Callable[[bytes], None], on_stderr: Callable[[bytes], None]) -> Program:
            return await self._start(tethered(command), on_data, on_stderr, leashed=True)

        async with asyncio.timeout(timeout), self._commands:
            return await run_to_end(start, limit)

    async def http(self, port: int) -> Endpoint:
        """A private unix socket that leads to the port; no TCP port is opened on the host. See ``Link.http``."""
        async with self._forwarding:
            if self._lost.done():
                raise self._gone()
            if port not in self._endpoints:
                path, forward = self._sockets.path(), Forward(self._connection, port)
                try:
                    await forward.listen(path)
                except OSError as error:
                    raise LinkError(
                        f"the private socket {path} cannot be made: {error.strerror}",
                        "check the rights and the space of that folder",
                    ) from error
                self._forwards[port] = forward
                self._endpoints[port] = Endpoint(f"http://127.0.0.1:{port}", str(path))
            return self._endpoints[port]

    async def leave(self, port: int) -> None:
        """See ``Link.leave``."""
        async with self._forwarding:
            self._endpoints.pop(port, None)
            if (forward := self._forwards.pop(port, None)) is not None:
                await forward.close()

    async def reach(self, port: int) -> str:
        """Why the port cannot be connected to; a forward only says that the server hung up. See ``Link.reach``."""
        if self._lost.done():
            return self._lost.result().message
        attempt = self._connection.create_connection(
            asyncssh.SSHTCPSession[bytes], "127.0.0.1", port, encoding=None
        )
        try:
            async with asyncio.timeout(REACH_S):
                channel, _ = await whole(attempt)
        except asyncssh.ChannelOpenError as error:
            return port_refused(error, port)
        except TimeoutError:
            return f"no answer from port {port} of the board within {REACH_S:g} s"
        channel.close()
        return ""

    def files(self) -> AbstractAsyncContextManager[SftpFiles]:
        """Over a second connection. See ``Link.files``."""
        if self._lost.done():
            raise self._gone()
        return self._sftp.files()

    async def listen(self, serve: Serve) -> RemotePort:
        """A remote forward whose connections end here. See ``Link.listen``."""
        if self._lost.done():
            raise self._gone()
        return await RemotePort.opened(self._connection, serve)

    @property
    def lost(self) -> asyncio.Future[LinkError]:
        """Done when the link is gone; the result says why."""
        return self._lost

    async def close(self) -> None:
        """End programs, sockets and connection within 2 s."""
        for channel in tuple(self._channels):
            channel.close()
        self._sftp.close()
        self._connection.close()
        try:
            async with asyncio.timeout(CLOSE_S):
                await self._connection.wait_closed()
        except TimeoutError:
            self._connection.abort()
        for forward in self._forwards.values():
            await forward.close()

    async def _start(
        self,
        command: str,
        on_data: Callable[[bytes], None],
        on_stderr: Callable[[bytes], None],
        *,
        leashed: bool,
    ) -> SshChannel:
        tries = 0
        while True:
            if self._lost.done():
                raise self._gone()
            tries += 1
            opening = self._connection.create_session(
                lambda: SshChannel(on_data, on_stderr, leashed=leashed),
                command,
                encoding=None,
                request_pty=False,
                x11_forwarding=False,
            )
            try:
                _, channel = await whole(opening)
                break
            except (asyncssh.Error, OSError) as error:
                if not isinstance(error, asyncssh.ChannelOpenError) or tries == TRIES:
                    raise (self._gone() if self._lost.done() else channel_refused(error)) from error
            await asyncio.sleep(tries * PAUSE_S)
        assert isinstance(channel, SshChannel)
        self._channels.add(channel)
        channel.closed.add_done_callback(lambda _: self._channels.discard(channel))
        return channel

    def _gone(self) -> LinkError:
        why = self._lost.result()
        return LinkDown(why.message, why.remedy)

    def _cut(self, _lost: asyncio.Future[LinkError]) -> None:
        self._sftp.close()
        for forward in self._forwards.values():
            forward.cut()
