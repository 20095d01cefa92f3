"""The leash, under every shell that is installed here."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from edgetui.links.tether import tethered, untethered
from tests.servers import eventually, running

LOGIN_SHELLS = ("sh", "bash", "dash", "busybox", "zsh", "mksh", "fish", "tcsh")
COMMAND = "echo out; echo 'it is \"err\"' >&2; cat; echo $((1+1)); exit 7"


def launch(shell: str, command: str, *, leader: bool = True) -> subprocess.Popen[bytes]:
    if not (path := shutil.which(shell)):
        pytest.skip(f"no {shell} here: apt install {shell}")
    argv = [path, "sh"] if shell == "busybox" else [path]
    return subprocess.Popen(
        [*argv, "-c", tethered(command)], start_new_session=leader,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


@pytest.mark.parametrize("shell", LOGIN_SHELLS)
def test_output_and_status_are_the_commands(shell: str) -> None:
    with launch(shell, COMMAND) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.read() == b"out\n2\n"
        assert process.stderr.read() == b'it is "err"\n'
        assert process.wait(5) == 7


@pytest.mark.parametrize("leader", [True, False], ids=["leader", "guest"])
@pytest.mark.parametrize("shell", LOGIN_SHELLS)
def test_the_end_of_stdin_ends_all_of_it_and_nothing_else(shell: str, unique: str, leader: bool) -> None:
    """Below dropbear it is a guest in the server's process group: ending that would end the connection, or us."""
    with launch(shell, f"(sleep {unique}; echo never) | cat; echo never", leader=leader) as process:
        eventually(lambda: len(running(f"sleep {unique}")) > 1, what="the start of the command")
        assert process.stdin
        assert process.stdout
        process.stdin.close()
        assert process.stdout.read() == b""
    eventually(lambda: not running(unique), 4, "the end of the command")


@pytest.mark.parametrize("command", ["", "ls", COMMAND, "a 'b' \"c\" \\ $x `y` !z\n#"])
def test_the_command_can_be_told_from_its_leash(command: str) -> None:
    assert untethered(tethered(command)) == command
    assert untethered(command) == command
