"""A port of the board's loopback that is served from here, through a real sshd."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from edgetui.errors import LinkError
from edgetui.links import Reader, Writer
from edgetui.links.roads import Roads
from tests.servers import Sshd


async def shout(reader: Reader, writer: Writer) -> None:
    """Says back what came, louder."""
    writer.write((await reader.readuntil(b"\n")).upper())
    await writer.drain()
    writer.close()


async def test_a_program_on_the_board_reaches_us(tmp_path: Path) -> None:
    with Sshd(tmp_path) as sshd:
        roads = Roads(sshd.ssh())
        link = await roads.connect(sshd.board())
        listener = await link.listen(shout)
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        writer.write(b"hello\n")
        assert await reader.read() == b"HELLO\n"
        writer.close()
        listener.close()
        await link.run("true", timeout=5)  # sshd has handled the end of the forward
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", listener.port)).close()
        await link.close()
        await roads.close()


async def test_a_board_that_forbids_it_says_what_to_change(tmp_path: Path) -> None:
    with Sshd(tmp_path, "AllowTcpForwarding no") as sshd:
        roads = Roads(sshd.ssh())
        link = await roads.connect(sshd.board())
        with pytest.raises(LinkError, match="opens no port for us") as refused:
            await link.listen(shout)
        assert "AllowTcpForwarding yes" in refused.value.remedy
        await link.close()
        await roads.close()
