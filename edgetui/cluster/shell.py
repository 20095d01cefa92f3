"""The command that opens a shell on a board in the user's own terminal."""

from __future__ import annotations

import os
import shlex

from edgetui.config import Board, Ssh

AFTER_FAILURE = (
    'case $s in 255) printf "\\nThere is no shell. Press Enter to go back to edgetui. "; read -r _;; esac'
)


def shell(board: Board, ssh: Ssh) -> list[str]:
    """The system's ``ssh`` with what edgetui itself connects by; this machine: the user's own shell.

    Host keys are checked as ssh is set up to. Where ssh fails to connect, what it said stays until Enter.
    """
    if board.local:
        return [os.environ.get("SHELL") or "/bin/sh"]
    words = shlex.join(ssh_argv(board, ssh))
    return ["/bin/sh", "-c", f"{words}; s=$?; {AFTER_FAILURE}; exit $s"]


def ssh_argv(board: Board, ssh: Ssh) -> list[str]:
    """``ssh`` and its arguments; the host last."""
    argv = ["ssh", *_common(ssh)]
    if board.port is not None:
        argv += ["-p", str(board.port)]
    if board.user:
        argv += ["-l", board.user]
    if board.key is not None:
        argv += ["-i", str(board.key), "-o", "IdentitiesOnly=yes"]
    if board.jump and ssh.known_hosts is not None:
        # ssh -J hands its options on to no other ssh but for -F: the jump host's key would be looked for elsewhere
        before, _, last = board.jump.rpartition(",")
        over = ["ssh", *_common(ssh), *(["-J", before] if before else []), "-W", "[%h]:%p", "--"]
        argv += ["-o", f"ProxyCommand={shlex.join(over)} {shlex.quote(_url(last))}"]
    elif board.jump:
        argv += ["-J", board.jump]
    return [*argv, "--", board.address]


def _common(ssh: Ssh) -> list[str]:
    argv = ["-F", str(ssh.config)] if ssh.config is not None else []
    return argv if ssh.known_hosts is None else [*argv, "-o", f'UserKnownHostsFile="{ssh.known_hosts}"']


def _url(hop: str) -> str:
    """``user@host:port`` as ssh wants it in the place of a host."""
    hop = hop.strip()
    return hop if hop.startswith("ssh://") or ":" not in hop else f"ssh://{hop}"
