"""``!`` in the app: a real ssh to a real sshd in the user's terminal, and the app whole again after it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.servers import Sshd
from tests.simulated import EDGETUI
from tests.terminal import Terminal


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment that remembers nothing of other tests."""
    return {f"XDG_{what}_HOME": str(tmp_path) for what in ("STATE", "CONFIG", "DATA")}


def configured(folder: Path, board: str, sshd: Sshd) -> Path:
    sshd.ssh()
    (folder / "ssh_config").touch()
    path = folder / "config.toml"
    ssh = f'[ssh]\nconfig = "ssh_config"\nknown_hosts = "{sshd.known_hosts}"\n'
    path.write_text(f'{ssh}[store]\npath = "edgetui.db"\n[[board]]\nname = "bench"\n{board}\n')
    return path


def test_a_shell_and_back(tmp_path: Path, home: dict[str, str]) -> None:
    if shutil.which("ssh") is None:
        pytest.skip("no ssh here: apt install openssh-client")
    with Sshd(tmp_path) as sshd:
        board = f'host = "127.0.0.1"\nport = {sshd.port}\nuser = "{sshd.user}"\nkey = "{sshd.key}"'
        config = configured(tmp_path, board, sshd)
        with Terminal([*EDGETUI, "--config", str(config)], env=home) as terminal:
            terminal.wait_for("● bench up", "Quit")
            terminal.send("!")
            terminal.wait_for("exit or ctrl+d comes back")
            terminal.send("echo on=$((40+2)) host=$SSH_CONNECTION\n")
            terminal.wait_for("on=42", "host=127.0.0.1")
            terminal.send("sh -c 'trap \"echo got=\\$((2+2)); exit\" INT; echo ready=$((1+1)); sleep 60'\n")
            terminal.wait_for("ready=2")
            terminal.send("\x03")  # ctrl+c is the shell's
            terminal.wait_for("got=4")
            terminal.send("exit 3\n")
            terminal.wait_for("● bench up", "Quit")
            terminal.send("\r")
            terminal.wait_for("Heat and limits", "Link")
            terminal.send("q")
            assert terminal.wait_exit() == 0


def test_what_ssh_says_when_it_cannot_connect_stays_until_enter(tmp_path: Path, home: dict[str, str]) -> None:
    if shutil.which("ssh") is None:
        pytest.skip("no ssh here: apt install openssh-client")
    with Sshd(tmp_path) as sshd:
        board = f'host = "127.0.0.1"\nport = {sshd.port}\nuser = "{sshd.user}"\nkey = "{tmp_path}/absent"'
        config = configured(tmp_path, board, sshd)
        with Terminal([*EDGETUI, "--config", str(config)], env=home) as terminal:
            terminal.wait_for("bench refused")
            terminal.send("!")
            terminal.wait_for("Permission denied", "Press Enter")
            terminal.send("\r")
            terminal.wait_for("ssh ended with status 255", "Quit")
            terminal.send("q")
            assert terminal.wait_exit() == 0


def test_this_machine_gets_the_users_own_shell(tmp_path: Path, home: dict[str, str]) -> None:
    with Sshd(tmp_path) as sshd:
        config = configured(tmp_path, "local = true", sshd)
        with Terminal([*EDGETUI, "--config", str(config)], env=home | {"SHELL": "/bin/sh"}) as terminal:
            terminal.wait_for("● bench up", "Quit")
            terminal.send("!")
            terminal.wait_for("comes back to edgetui")
            terminal.send("echo on=$((40+2)); exit\n")
            terminal.wait_for("● bench up", "Quit")
            terminal.send("q")
            assert terminal.wait_exit() == 0
