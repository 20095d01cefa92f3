"""A short way past asyncssh for the packets of which a fleet has thousands: data of open channels, under AES-GCM.

asyncssh copies every byte a dozen times between the wire and its owner, and makes words for a log that nobody
reads. What asks for more (another cipher, compression, new keys just then, a full window, any other packet) takes
asyncssh's own way. RFC 4254, 5.2 is the packet, RFC 5647, 7 how it is sealed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress

import asyncssh
from asyncssh.channel import SSHChannel
from asyncssh.constants import MSG_CHANNEL_DATA
from asyncssh.encryption import GCMEncryption
from asyncssh.packet import Byte, UInt32
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

LENGTH = 4
"""Bytes before a packet that say how long it is."""
HEAD = 1 + 1 + 4 + 4
"""Bytes of a packet before its data: length of padding, type, channel, length of data."""
TAG = 16
"""Bytes of the seal behind it."""
BLOCK = 16
"""Of AES: a packet's length is a multiple of it."""
EXTRA = LENGTH + HEAD + 4 + BLOCK + TAG
"""The most that a packet is longer than its data."""
LONGEST = 16_384
"""Bytes of a packet that may come in this way."""


def _noises() -> Iterator[bytes]:
    """Paddings: a call of the kernel for each packet would cost more than to seal it."""
    while True:
        drawn = os.urandom(4096)
        yield from (drawn[at : at + 2 * BLOCK] for at in range(0, len(drawn), 2 * BLOCK))


_noise = _noises().__next__


def may_send(channel: SSHChannel[bytes], size: int) -> bool:
    """May so many bytes go out this way now?"""
    connection = channel._conn
    return (
        connection is not None
        and connection._transport is not None
        and isinstance(connection._send_encryption, GCMEncryption)
        and connection._compressor is None
        and connection._kex_complete
        and connection._rekey_bytes_sent + 2 * size < connection._rekey_bytes
        and time.monotonic() < connection._rekey_time
        and channel._send_state == "open"
        and channel._send_window >= size
    )


def send(channel: SSHChannel[bytes], data: memoryview) -> None:
    """Send what ``may_send`` has allowed, in as many packets as it takes, all by one call."""
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
        padding = -(HEAD + len(piece)) % BLOCK
        padding += BLOCK if padding < 4 else 0
        head = Byte(padding) + Byte(MSG_CHANNEL_DATA) + begins + UInt32(len(piece))
        packet = b"".join((head, piece, _noise()[:padding]))
        end = at + LENGTH + len(packet) + TAG
        wire[at : at + LENGTH] = length = UInt32(len(packet))
        seal(cipher._iv, packet, length, wire[at + LENGTH : end])
        cipher._update_iv()
        connection._send_seq = (connection._send_seq + 1) & 0xFFFFFFFF
        connection._rekey_bytes_sent += len(packet)
        at = end
    channel._send_window -= len(data)
    with suppress(ConnectionError):  # a jump host has just closed the way there: asyncssh tells soon
        connection._transport.write(wire[:at])


def took(connection: asyncssh.SSHClientConnection) -> bool:
    """Did a whole packet of data for an open channel lie at the front of what came, and has it been handed on?

    For a connection that waits for a packet's begin. Where it says no, nothing has changed.
    """
    came, encryption = connection._inpbuf, connection._recv_encryption
    end = LENGTH + int.from_bytes(came[:LENGTH], "big") + TAG
    if (
        not LENGTH + HEAD + TAG < end <= min(len(came), LONGEST)
        or not isinstance(encryption, GCMEncryption)
        or not connection._auth_complete
        or connection._decompressor is not None
    ):
        return False
    cipher = encryption._cipher
    try:
        packet = AESGCM(cipher._key).decrypt(cipher._iv, came[LENGTH:end], came[:LENGTH])
    except InvalidTag:
        return False
    data = packet[HEAD : len(packet) - packet[0]]
    channel = connection._channels.get(int.from_bytes(packet[2:6], "big"))
    if (
        packet[1] != MSG_CHANNEL_DATA
        or int.from_bytes(packet[6:HEAD], "big") != len(data)
        or channel is None
        or channel._recv_state != "open"
        or len(data) > channel._recv_window
    ):
        return False
    cipher._update_iv()
    connection._recv_seq = (connection._recv_seq + 1) & 0xFFFFFFFF
    connection._auth_final = True
    connection._inpbuf = came[end:]
    channel._accept_data(data)
    return True
