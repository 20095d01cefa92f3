"""The short way past asyncssh: the same bytes, in the same order, whatever the server is set to. Real sshd."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from edgetui.links import short_way
from edgetui.links.roads import Roads
from edgetui.links.ssh import SshLink
from tests.links.conftest import Fleet
from tests.servers import Sshd, free_port, serve, soon


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many packets came and went which way."""
    counted: Counter[str] = Counter()

    def count(way: str, asked: Callable[..., bool]) -> Callable[..., bool]:
        def counting(*args: Any) -> bool:
            answer = asked(*args)
            counted[f"{way} {'short' if answer else 'long'}"] += 1
            return answer

        return counting

    monkeypatch.setattr(short_way, "took", count("in", short_way.took))
    monkeypatch.setattr(short_way, "may_send", count("out", short_way.may_send))
    return counted


def messages() -> list[bytes]:
    """Three megabytes in pieces from a byte to some packets."""
    sizes = random.Random(7)
    return [os.urandom(sizes.choice((1, 5, 31, 700, 9_000, 16_000, 40_000))) for _ in range(320)]


async def echoed(link: Any, said: list[bytes]) -> bytes:
    """What ``cat`` on the board makes of it: each piece by itself at first, then many on their way at once."""
    heard, sent = bytearray(), 0
    channel = await link.open("cat", heard.extend)

    def is_back() -> bool:
        return len(heard) >= sent

    def half_is_back() -> bool:
        return 2 * len(heard) >= sent

    for number, piece in enumerate(said, 1):
        channel.write(piece)
        sent += len(piece)
        await soon(is_back if 2 * number < len(said) else half_is_back)
    await soon(is_back, 20)
    channel.close()
    return bytes(heard)


@pytest.mark.parametrize(
    ("line", "short"),
    [
        ("", True),
        ("Ciphers aes256-gcm@openssh.com", True),
        ("RekeyLimit 256K", True),
        ("Ciphers chacha20-poly1305@openssh.com", False),
        ("Ciphers aes128-ctr", False),
    ],
)
async def test_every_byte_comes_back_in_its_place(
    tmp_path: Path, fleet: Fleet, ways: Counter[str], line: str, short: bool
) -> None:
    said = messages()
    with Sshd(tmp_path, *([line] if line else [])) as server:
        link = await fleet.roads(server.ssh()).connect(server.board())
        assert await echoed(link, said) == b"".join(said)
        await link.close()
    assert (ways["out short"] > 100, ways["in short"] > 100) == (short, short)
    assert short or not ways["out short"] + ways["in short"]


async def test_nothing_goes_past_asyncssh_while_keys_are_exchanged(
    tmp_path: Path, fleet: Fleet, ways: Counter[str]
) -> None:
    said = [os.urandom(10_000) for _ in range(30)]
    with Sshd(tmp_path) as server:
        link = await fleet.roads(server.ssh()).connect(server.board())
        assert isinstance(link, SshLink)
        link._connection._rekey_bytes = 100_000
        heard = bytearray()
        channel = await link.open("cat", heard.extend)
        for piece in said:
            channel.write(piece)
        await soon(lambda: len(heard) >= 300_000)
        await link.close()
    assert heard == b"".join(said)
    assert ways["out short"] < 10 < ways["out long"], "the rest waits for the new keys"


async def test_a_window_is_never_overrun(tmp_path: Path, fleet: Fleet, ways: Counter[str]) -> None:
    """asyncssh's server hangs up on who does."""
    said = os.urandom(300_000)
    async with serve(tmp_path / "s", window=50_000, process=_back) as server:
        link = await fleet.roads(server.ssh()).connect(server.board())
        heard = bytearray()
        channel = await link.open("echo", heard.extend)
        for start in range(0, len(said), 10_000):
            channel.write(said[start : start + 10_000])
        await soon(lambda: len(heard) >= len(said), 20)
        await link.close()
    assert heard == said
    assert ways["out short"]
    assert ways["out long"]


async def _back(process: asyncssh.SSHServerProcess[bytes]) -> None:
    while data := await process.stdin.read(8192):
        process.stdout.write(data)


async def test_a_byte_that_changed_on_the_way_is_never_handed_on(tmp_path: Path, fleet: Fleet) -> None:
    """AES-GCM seals every packet: the link ends, and says why."""
    flips = asyncio.Event()
    with Sshd(tmp_path) as server:

        async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, flipped: bool) -> None:
            while data := await reader.read(65536):
                if flipped and flips.is_set():
                    data = data[:-20] + bytes([data[-20] ^ 1]) + data[-19:]
                writer.write(data)
            writer.close()

        async def wire(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            their_reader, their_writer = await asyncio.open_connection(server.host, server.port)
            async with asyncio.TaskGroup() as group:
                group.create_task(pass_on(reader, their_writer, flipped=False))
                group.create_task(pass_on(their_reader, writer, flipped=True))

        ssh, port = server.ssh(), free_port()
        known = server.known_hosts.read_text()
        server.known_hosts.write_text(known.replace(f":{server.port} ", f":{port} "))
        async with await asyncio.start_server(wire, server.host, port):
            roads: Roads = fleet.roads(ssh)
            link = await roads.connect(server.board(port=port))
            heard = bytearray()
            channel = await link.open("cat", heard.extend)
            channel.write(b"whole\n")
            await soon(lambda: heard == b"whole\n")
            flips.set()
            channel.write(b"changed\n")
            lost = await asyncio.wait_for(link.lost, 5)
            await link.close()
    assert heard == b"whole\n"
    assert "MAC" in lost.message


async def test_what_a_receiver_raises_ends_its_own_link_alone(tmp_path: Path, fleet: Fleet) -> None:
    """Behind one jump host, where one connection lies inside another."""
    with Sshd(tmp_path) as jump, Sshd(tmp_path) as far, Sshd(tmp_path) as beside:
        ssh = jump.ssh()
        far.ssh(), beside.ssh()
        jump.known_hosts.write_text("".join(f"{s.known_hosts.read_text()}\n" for s in (jump, far, beside)))
        config = tmp_path / "own_config"
        config.write_text(f"Host *\n IdentityFile {jump.key}\n")
        roads = fleet.roads(ssh.model_copy(update={"config": config}))
        way = {"jump": f"{jump.user}@{jump.host}:{jump.port}"}
        broken, whole = [await roads.connect(s.board(s.folder.name, **way)) for s in (far, beside)]

        def fail(_: bytes) -> None:
            raise ZeroDivisionError

        heard = bytearray()
        channel = await whole.open("cat", heard.extend)
        (await broken.open("cat", fail)).write(b"line\n")
        await asyncio.wait_for(broken.lost, 5)
        channel.write(b"line\n")
        await soon(lambda: heard == b"line\n")
        assert not whole.lost.done()
        await broken.close()
        await whole.close()
