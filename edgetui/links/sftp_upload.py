"""A file on its way into SFTP's WRITE requests, copied as seldom as may be.

asyncssh copies every byte a dozen times before it is on the wire, and sends each packet of 32 KB by a call of its
own: half of what an upload costs the host. Here a request is read into its place, sealed into packets and handed
over in one piece. What asks for more than AES-GCM on a quiet connection (another cipher, new keys just then, a full
window) takes asyncssh's own way, request by request.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Callable
from typing import BinaryIO, TypeAlias

import asyncssh
from asyncssh.constants import FXP_WRITE
from asyncssh.packet import Byte, String, UInt32, UInt64

from edgetui.links import short_way
from edgetui.links.files import CHUNK

Answer: TypeAlias = "asyncio.Future[tuple[int, asyncssh.packet.SSHPacket]]"
IN_FLIGHT = 3 << 19
"""Bytes that wait for the board's answer: below OpenSSH's window of 2 MiB, so that both sides always have work."""
READ = 2 << 20
"""Bytes that are read by one call of a thread: half as many cost a tenth of the host's work for it."""


class Upload:
    """One open file of a board, written from ``offset`` on."""

    def __init__(self, target: asyncssh.SFTPClientFile, step: int, offset: int) -> None:
        """``step``: bytes a request, as the server takes them."""
        assert target._handle is not None
        assert target._handler._writer is not None
        self._handler = target._handler
        self._channel = target._handler._writer.channel
        self._handle = String(target._handle)
        self._head = 4 + 1 + 4 + len(self._handle) + 8 + 4
        self._step = step
        self._offset = offset
        room = range(0, READ, step)
        self._requests = [memoryview(bytearray(self._head + step)) for _ in room]
        """Used again and again: fresh ones would cost more in page faults than all the copying."""
        self._flying: deque[tuple[Answer, int]] = deque()

    async def send(self, source: BinaryIO, told: Callable[[int], None]) -> None:
        """All the rest of ``source``; ``told`` gets bytes as they are written. Raises asyncssh.Error, OSError."""
        try:
            while sizes := await self._read(source):
                for request, size in zip(self._requests, sizes, strict=False):
                    while len(self._flying) * self._step >= IN_FLIGHT:
                        await self._landed(told)
                    self._flying.append((self._sent(request[: self._head + size]), size))
            while self._flying:
                await self._landed(told)
        finally:
            for answer, _ in self._flying:
                answer.cancel()

    async def _read(self, source: BinaryIO) -> list[int]:
        """Fill the requests but for their heads; how many bytes each got. A small file is not worth a thread."""

        def read() -> list[int]:
            got = (source.readinto(request[self._head :]) for request in self._requests)  # type: ignore[attr-defined]
            return [size for size in got if size]

        if os.fstat(source.fileno()).st_size < CHUNK:
            return read()
        return await asyncio.to_thread(read)

    def _sent(self, request: memoryview) -> Answer:
        handler, size = self._handler, len(request) - self._head
        answer: Answer = asyncio.get_running_loop().create_future()
        where, self._offset = UInt64(self._offset), self._offset + size
        if handler._writer is None or not short_way.may_send(self._channel, len(request)):
            data = bytes(request[self._head :])
            handler._send_request(FXP_WRITE, (self._handle, where, String(data)), answer)
            return answer
        number = handler._next_pktid
        handler._next_pktid = (number + 1) & 0xFFFFFFFF
        handler._requests[number] = answer
        words = UInt32(len(request) - 4), Byte(FXP_WRITE), UInt32(number), self._handle, where, UInt32(size)
        request[: self._head] = b"".join(words)
        short_way.send(self._channel, request)
        return answer

    async def _landed(self, told: Callable[[int], None]) -> None:
        answer, size = self._flying.popleft()
        kind, packet = await answer
        self._handler._packet_handlers[kind](self._handler, packet)
        told(size)
