"""The host as a board: the same contract without SSH, and the same frames with or without a /proc."""

from __future__ import annotations

import asyncio
import platform
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from edgetui.config import Board, Ssh
from edgetui.errors import LinkDown, LinkRefused
from edgetui.links.local import LocalLink
from edgetui.model import known
from edgetui.probes import BOOTSTRAP, Frame, FrameReader, greet, program
from tests.links.conftest import Fleet
from tests.servers import free_port, running, soon


@pytest.fixture
async def here() -> AsyncIterator[LocalLink]:
    link = LocalLink()
    yield link
    await link.close()


async def test_run(here: LocalLink) -> None:
    done = await here.run("echo out; cat; echo err >&2; exit 3", timeout=5)
    assert (done.exit_status, done.stdout, done.stderr) == (3, "out\n", "err\n")


async def test_what_takes_too_long_is_ended(here: LocalLink, unique: str) -> None:
    with pytest.raises(TimeoutError):
        await here.run(f"sleep {unique} | cat", timeout=0.3)
    await soon(lambda: not running(unique), 4, "the end of the command")


async def test_open_and_close(here: LocalLink) -> None:
    got = bytearray()
    channel = await here.open("cat", got.extend, stdin=b"\xff\n")
    channel.write(b"more\n")
    await soon(lambda: got == b"\xff\nmore\n")
    channel.close()
    assert "program" in await asyncio.wait_for(channel.closed, 3)
    channel.write(b"swallowed")
    channel.close()


async def test_closing_ends_every_program_however_stubborn(unique: str) -> None:
    link = LocalLink()
    await link.open(f"trap '' TERM; sleep {unique} & sleep {unique}", lambda _: None)
    await soon(lambda: len(running(f"sleep {unique}")) >= 2)
    start = time.monotonic()
    await link.close()
    assert time.monotonic() - start < 2
    await soon(lambda: not running(unique), 2, "the end of the program")
    assert isinstance(await link.lost, LinkDown)
    with pytest.raises(LinkDown):
        await link.run("true", timeout=1)


def test_closing_leaves_no_pipe_to_a_loop_that_ends(unique: str) -> None:
    """A child in a session of its own holds the program's stdout; the loop ends right after the link."""
    before = psutil.Process().num_fds()

    async def live() -> list[asyncio.SubprocessTransport | None]:
        link = LocalLink()
        await link.open(f"trap '' TERM; setsid sleep {unique} & cat", lambda _: None, stdin=b"x" * 200_000)
        await soon(lambda: bool(running(f"sleep {unique}")))
        transports = [channel._transport for channel in link._channels]
        await link.close()
        return transports

    (transport,) = asyncio.run(live())
    for child in running(f"sleep {unique}"):
        child.kill()
    assert transport is not None
    assert transport._closed  # type: ignore[attr-defined]
    assert transport.get_returncode() is not None
    assert psutil.Process().num_fds() <= before


async def test_http_and_reach(here: LocalLink) -> None:
    async with await asyncio.start_server(lambda _, w: w.close(), "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert await here.reach(port) == ""
        endpoint = await here.http(port)
        assert (endpoint.url, endpoint.uds) == (f"http://127.0.0.1:{port}", None)
    assert "connection refused" in await here.reach(free_port())


async def frames(link: LocalLink) -> tuple[list[Frame], int]:
    """A hello and three frames."""
    reader, got = FrameReader("t0k"), list[Frame]()
    channel = await link.open(BOOTSTRAP, lambda data: got.extend(reader.feed(data)), stdin=program("t0k"))
    for count in range(1, 4):
        await soon(lambda count=count: len(got) == count, what=f"frame {count}")  # type: ignore[misc]
        channel.write(b"\n")
    await soon(lambda: len(got) == 4)
    channel.close()
    await asyncio.wait_for(channel.closed, 3)
    return got, reader.torn


@pytest.mark.parametrize("proc", ["/proc/stat", "/nowhere"], ids=["sh", "psutil"])
async def test_the_probe_tells_what_this_machine_is(proc: str) -> None:
    link = LocalLink(proc=Path(proc))
    (hello, *ticks), torn = await frames(link)
    await link.close()
    assert torn == 0
    assert [f.seq for f in (hello, *ticks)] == [0, 1, 2, 3]
    decoder, last = greet(hello), None
    for tick in ticks:
        last = decoder.decode(tick, last, {}, time.time())
    assert last
    sample, memory = last.sample, psutil.virtual_memory()
    assert known(sample.memory_total_bytes)
    assert abs(sample.memory_total_bytes - memory.total) < 1024 * 1024
    assert known(sample.memory_available_bytes)
    assert abs(sample.memory_available_bytes - memory.available) < 0.2 * memory.total
    assert known(sample.uptime_s)
    assert abs(sample.uptime_s - (time.time() - psutil.boot_time())) < 5
    assert len(sample.cores_percent) == psutil.cpu_count()
    assert known(sample.load_1)
    assert decoder.identity.kernel == platform.release()
    assert decoder.identity.arch == platform.machine()


async def test_other_programs_than_the_probe_run_in_a_shell_everywhere() -> None:
    link = LocalLink(proc=Path("/nowhere"))
    got = bytearray()
    channel = await link.open(BOOTSTRAP, got.extend, stdin=b"# a vendor's tool\necho it ran\n#END\n")
    await asyncio.wait_for(asyncio.shield(channel.closed), 5)
    assert got == b"it ran\n"
    await link.close()


async def test_roads_need_no_server_for_it_and_it_has_no_host_key(fleet: Fleet) -> None:
    board = Board(name="here", local=True)
    ways = fleet.roads(Ssh())
    link = await ways.connect(board)
    assert isinstance(link, LocalLink)
    await link.close()
    with pytest.raises(LinkRefused, match="this machine"):
        await ways.accept(board)
