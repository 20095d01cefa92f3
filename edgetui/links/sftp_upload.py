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
from asyncssh.channel import SSHChannel
from asyncssh.constants import FXP_WRITE, MSG_CHANNEL_DATA
from asyncssh.encryption import GCMEncryption
from asyncssh.packet import Byte, String, UInt32, UInt64
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from edgetui.links.files import CHUNK

Answer: TypeAlias = "asyncio.Future[tuple[int, asyncssh.packet.SSHPacket]]"
IN_FLIGHT = 3 << 19
"""Bytes that wait for the board's answer: below OpenSSH's window of 2 MiB, so that both sides always have work."""
READ = 2 << 20
"""Bytes that are read by one call of a thread: half as many cost a tenth of the host's work for it."""
OVERHEAD = 1 + 1 + 4 + 4
"""Bytes of a packet before its data: length of padding, type, channel, length of data."""
BLOCK = 16
"""Of AES: a packet's length is a multiple of it."""
TAG = 16
EXTRA = 4 + OVERHEAD + 4 + BLOCK + TAG
"""The most that a packet is longer than its data."""


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
        if handler._writer is None or not _quick(self._channel, len(request)):
            data = bytes(request[self._head :])
            handler._send_request(FXP_WRITE, (self._handle, where, String(data)), answer)
            return answer
        number = handler._next_pktid
        handler._next_pktid = (number + 1) & 0xFFFFFFFF
        handler._requests[number] = answer
        words = UInt32(len(request) - 4), Byte(FXP_WRITE), UInt32(number), self._handle, where, UInt32(size)
        request[: self._head] = b"".join(words)
        _ship(self._channel, request)
        return answer

    async def _landed(self, told: Callable[[int], None]) -> None:
        answer, size = self._flying.popleft()
        kind, packet = await answer
        self._handler._packet_handlers[kind](self._handler, packet)
        told(size)


def _quick(channel: SSHChannel[bytes], size: int) -> bool:
    """May so many bytes go past asyncssh now?"""
    connection = channel._conn
    return (
        connection is not None
        and connection._transport is not None
        and isinstance(connection._send_encryption, GCMEncryption)
        and connection._compressor is None
        and connection._kex_complete
        and connection._rekey_bytes_sent + 2 * size < connection._rekey_bytes
        and channel._send_state == "open"
        and channel._send_window >= size
    )


def _ship(channel: SSHChannel[bytes], data: memoryview) -> None:
    """Send it as packets of the channel, all by one call: RFC 4254, 5.2, sealed as RFC 5647, 7 has it."""
    connection, number = channel._conn, channel._send_chan
    assert connection is not None
    assert number is not None
    assert connection._transport is not None
    assert isinstance(connection._send_encryption, GCMEncryption)
    cipher = connection._send_encryption._cipher
    seal, most, begins = AESGCM(cipher._key).encrypt_into, channel._send_pktsize, UInt32(number)
    wire, at = memoryview(bytearray(len(data) + EXTRA * -(-len(data) // most))), 0
    for start in range(0, len(data), most):
        piece = data[start : start + most]
        padding = -(OVERHEAD + len(piece)) % BLOCK
        padding += BLOCK if padding < 4 else 0
        head = Byte(padding) + Byte(MSG_CHANNEL_DATA) + begins + UInt32(len(piece))
        packet = b"".join((head, piece, os.urandom(padding)))
        end = at + 4 + len(packet) + TAG
        wire[at : at + 4] = length = UInt32(len(packet))
        seal(cipher._iv, packet, length, wire[at + 4 : end])
        cipher._update_iv()
        connection._send_seq = (connection._send_seq + 1) & 0xFFFFFFFF
        connection._rekey_bytes_sent += len(packet)
        at = end
    channel._send_window -= len(data)
    connection._transport.write(wire[:at])
