"""A board at the other end of a cable that can be cut."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import Sshd


class Cable:
    """A namespace of its own for the board, joined by a cable that can be cut."""

    def __init__(self, number: int) -> None:
        self.space, self.ours, self.theirs = f"etui{number}", f"etua{number}", f"etub{number}"
        self.host, self.board = f"10.213.{number % 256}.1", f"10.213.{number % 256}.2"

    def _ip(self, *words: str) -> None:
        subprocess.run(["ip", *words], check=True, capture_output=True)

    def lay(self) -> None:
        self._ip("netns", "add", self.space)
        self._ip("link", "add", self.ours, "type", "veth", "peer", "name", self.theirs, "netns", self.space)
        self._ip("addr", "add", f"{self.host}/24", "dev", self.ours)
        self._ip("link", "set", self.ours, "up")
        inside = ("-n", self.space)
        self._ip(*inside, "addr", "add", f"{self.board}/24", "dev", self.theirs)
        self._ip(*inside, "link", "set", self.theirs, "up")
        self._ip(*inside, "link", "set", "lo", "up")

    def set(self, state: str) -> None:
        self._ip("-n", self.space, "link", "set", self.theirs, state)

    def take_away(self) -> None:
        subprocess.run(["ip", "netns", "del", self.space], check=False, capture_output=True)
        subprocess.run(["ip", "link", "del", self.ours], check=False, capture_output=True)


@pytest.fixture
def cable() -> Iterator[Cable]:
    if os.geteuid() != 0 or not shutil.which("ip"):
        pytest.skip("cutting a cable takes root and ip (apt install iproute2)")
    cable = Cable(os.getpid() % 10000)
    try:
        cable.lay()
    except subprocess.CalledProcessError as error:
        cable.take_away()
        pytest.skip(f"no network namespace can be made here: {error.stderr.decode()!r}")
    yield cable
    cable.take_away()


class FarSshd(Sshd):
    """Sshd at the other end of a cable."""

    def __init__(self, folder: Path, cable: Cable) -> None:
        super().__init__(folder)
        self.host, self._cable = cable.board, cable

    def _command(self) -> list[str]:
        return ["ip", "netns", "exec", self._cable.space, *super()._command()]
