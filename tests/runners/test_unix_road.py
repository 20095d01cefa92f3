"""HTTP over a private unix socket: whole, bounded, and quiet when it is cancelled."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from edgetui.runners.unix_road import UnixTransport
from tests.servers import soon

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], object]


@asynccontextmanager
async def client(folder: Path, talk: Talk | None, **options: object) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server that talks so; None: nobody listens."""
    path = folder / "s"
    async with contextlib.AsyncExitStack() as stack:
        if talk is not None:
            server = await asyncio.start_unix_server(talk, path)  # type: ignore[arg-type]
            await stack.enter_async_context(server)
        transport = UnixTransport(str(path))
        yield await stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:1", **options)  # type: ignore[arg-type]
        )


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Echo the body of every request on the connection."""
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
            body = await reader.readexactly(length)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (length, body))
            await writer.drain()
    writer.close()


async def test_a_large_body_goes_there_and_back_on_one_connection(tmp_path: Path) -> None:
    opened = 0

    async def counted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        await answer(reader, writer)

    async with client(tmp_path, counted) as http:
        for size in (3_000_000, 0, 10):
            assert (await http.post("/", content=b"x" * size)).content == b"x" * size
    assert opened == 1


@pytest.mark.parametrize(
    ("talk", "error"),
    [
        (None, httpx.ConnectError),
        (lambda _r, w: w.close(), httpx.RequestError),
        (lambda _r, w: w.transport.abort(), httpx.RequestError),
        (lambda r, w: r.read(), httpx.ReadTimeout),
    ],
    ids=["nobody", "hangs up", "resets", "silent"],
)
async def test_what_goes_wrong_has_httpx_words(tmp_path: Path, talk: Talk | None, error: type[Exception]) -> None:
    async def then_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        result = talk(reader, writer) if talk else None
        if asyncio.iscoroutine(result):
            await result
        writer.close()

    async with client(tmp_path, then_close if talk else None, timeout=0.3) as http:
        with pytest.raises(error):
            await http.get("/")


async def test_cancelled_in_the_moment_of_the_answer_it_is_quiet(tmp_path: Path) -> None:
    """With httpx's own road the loop complains: a future that is done is told its result."""
    complaints: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: complaints.append(context))
    writers: list[asyncio.StreamWriter] = []

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writers.append(writer)
        await reader.read()
        writer.close()

    async with client(tmp_path, hold) as http:
        for _ in range(5):
            asking = asyncio.ensure_future(http.get("/"))
            await soon(lambda: bool(writers), what="the question")
            writers.pop().write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            asking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asking
    assert not complaints
