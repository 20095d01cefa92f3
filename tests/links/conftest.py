from __future__ import annotations

import asyncio
import contextlib
import http.server
import os
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil
import pytest

from edgetui.config import Ssh
from edgetui.links import Link
from edgetui.links.roads import Roads
from tests.servers import Dropbear, Server, Sshd


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[Sshd]:
    with Sshd(tmp_path) as server:
        yield server


@pytest.fixture(params=[Sshd, Dropbear])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    with request.param(tmp_path) as server:
        yield server


class Fleet:
    """Makes Roads and closes them with everything they opened."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._roads: list[Roads] = []

    def roads(self, ssh: Ssh) -> Roads:
        roads = Roads(ssh, runtime_dir=self._folder / "run")
        self._roads.append(roads)
        return roads

    async def close(self) -> None:
        for roads in self._roads:
            await roads.close()


@pytest.fixture
async def fleet(tmp_path: Path) -> AsyncIterator[Fleet]:
    fleet = Fleet(tmp_path)
    yield fleet
    await fleet.close()


@pytest.fixture
async def link(server: Server, fleet: Fleet) -> AsyncIterator[Link]:
    link = await fleet.roads(server.ssh()).connect(server.board())
    yield link
    await link.close()


@pytest.fixture
def unique() -> str:
    """A number of seconds that no other test sleeps: it finds our processes on the board."""
    return f"600.{os.getpid()}{time.monotonic_ns() % 10**9}"


@pytest.fixture
def web() -> Iterator[int]:
    """An HTTP server on the board's loopback that answers with the Host header it got."""

    class Echo(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = (self.headers["Host"] or "").encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def session(sshd: Sshd) -> psutil.Process:
    """The process that holds the one connection's socket."""
    for process in sshd.sessions():
        with contextlib.suppress(psutil.Error):
            if any(c.status == psutil.CONN_ESTABLISHED for c in process.net_connections("tcp")):
                return process
    raise AssertionError("there is no session")


async def lock(key: Path, passphrase: str) -> None:
    """Encrypt a key file as ssh-keygen does."""
    keygen = await asyncio.create_subprocess_exec("ssh-keygen", "-q", "-p", "-N", passphrase, "-f", key)
    assert await keygen.wait() == 0
