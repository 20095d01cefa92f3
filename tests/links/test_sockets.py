"""Folders of private sockets: gone when we are, and swept when we were killed."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgetui.links.sockets import PREFIX, Sockets, remove_sockets, sweep

OWNER = """
import signal, socket, sys
from pathlib import Path
from edgetui.links.sockets import Sockets
place = Sockets(Path(sys.argv[1])).path()
socket.socket(socket.AF_UNIX).bind(str(place))
print(place, flush=True)
signal.pause()
"""


@pytest.fixture
def base() -> Iterator[Path]:
    """A folder whose name leaves room for a socket's."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        yield Path(folder)


def test_a_folder_stays_while_its_owner_lives_and_goes_after_a_kill(base: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER, str(base)], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout
        left = Path(owner.stdout.readline().strip())
        assert stat.S_IMODE(left.parent.stat().st_mode) == 0o700
        mine = Sockets(base)
        assert mine.path().parent != left.parent
        assert left.is_socket(), "its owner is alive"
        owner.send_signal(signal.SIGKILL)
    assert left.is_socket()
    other = Sockets(base)
    other.path()
    assert not left.parent.exists()
    assert len(list(base.iterdir())) == 2, "the two that are in use"
    mine.close()
    other.close()
    assert not list(base.iterdir())


def folder(base: Path, name: str) -> Path:
    made = base / name
    made.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(made / "0"))
    return made


@pytest.mark.parametrize(
    "name", ["edgetui-demo-12345678", "edgetui-12345678", "edgetui-sim-12345", PREFIX + "1234567", "x" + PREFIX]
)
def test_other_names_are_none_of_ours(tmp_path: Path, name: str) -> None:
    kept = folder(tmp_path, name)
    sweep(str(tmp_path), PREFIX, remove_sockets)
    assert (kept / "0").is_socket()


def test_links_are_not_followed_and_files_are_not_removed(tmp_path: Path) -> None:
    elsewhere = folder(tmp_path, "elsewhere")
    base = tmp_path / "base"
    base.mkdir()
    (base / f"{PREFIX}aaaaaaaa").symlink_to(elsewhere)
    strange = folder(base, f"{PREFIX}bbbbbbbb")
    (strange / "1").symlink_to(elsewhere / "0")
    (strange / "2").write_text("somebody's")
    sweep(str(base), PREFIX, remove_sockets)
    assert (elsewhere / "0").is_socket()
    assert (base / f"{PREFIX}aaaaaaaa").is_symlink()
    assert sorted(os.listdir(strange)) == ["1", "2"]


def test_another_users_folder_stays(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("giving a folder away takes root")
    theirs = folder(tmp_path, f"{PREFIX}cccccccc")
    os.chown(theirs, 12345, -1)
    sweep(str(tmp_path), PREFIX, remove_sockets)
    assert (theirs / "0").is_socket()
