from __future__ import annotations

import errno
import socket

import asyncssh
import pytest

from edgetui.errors import LinkDown, LinkError, LinkRefused
from edgetui.links.causes import Failure, Phase, Try, channel_refused, classify, lost, port_refused

AT = Try(
    board="pi5", host="10.0.0.5", port=2222, user="me", offered="the key ~/.ssh/k", limit_s=5, subject="~/.ssh/k"
)

TABLE: list[tuple[Exception, Phase, type[LinkError], str, str]] = [
    (ConnectionRefusedError(111, "x"), "tcp", LinkDown, "10.0.0.5 port 2222 refuses the connection", "systemctl"),
    (TimeoutError(), "tcp", LinkDown, "no answer from 10.0.0.5 port 2222 within 5 s", "cable"),
    (TimeoutError(), "name", LinkDown, "name server did not answer for 10.0.0.5 within 5 s", "IP address"),
    (TimeoutError(), "jump", LinkDown, "no answer from 10.0.0.5 port 2222 within 5 s", "cable"),
    (OSError(errno.EHOSTUNREACH, "x"), "tcp", LinkDown, "no route to 10.0.0.5", "cable"),
    (OSError(errno.ENETUNREACH, "x"), "tcp", LinkDown, "no route to 10.0.0.5", "cable"),
    (OSError(errno.EMFILE, "x"), "tcp", LinkDown, "no file descriptors left", "ulimit"),
    (OSError(errno.EADDRNOTAVAIL, "Cannot assign"), "tcp", LinkDown, "Cannot assign", "cable"),
    (socket.gaierror(socket.EAI_NONAME, "x"), "name", LinkDown, "no machine is known by the name", "`host`"),
    (socket.gaierror(socket.EAI_AGAIN, "later"), "name", LinkDown, "cannot be looked up now", "name server"),
    (UnicodeError("label too long"), "name", LinkRefused, "10.0.0.5 is no host name", "`host` of pi5"),
    (ConnectionResetError(104, "x"), "login", LinkDown, "closed the connection before the login", "MaxStartups"),
    (asyncssh.ConnectionLost("Connection lost"), "login", LinkDown, "closed the connection before", "fail2ban"),
    (asyncssh.ConnectionLost("Login timeout expired"), "login", LinkDown, "does not finish the login within", ""),
    (asyncssh.PermissionDenied("no"), "login", LinkRefused, "does not let me in with the key", "ssh-copy-id"),
    (asyncssh.ProtocolError("Too many authentication failures"), "login", LinkRefused, "too many keys", "`key`"),
    (asyncssh.ProtocolError("Banner line too long"), "login", LinkDown, "does not speak SSH", "`port`"),
    (asyncssh.ProtocolNotSupported("Unsupported"), "login", LinkRefused, "does not speak SSH 2", "`port`"),
    (asyncssh.KeyExchangeFailed("no kex"), "login", LinkRefused, "no algorithm in common", "KexAlgorithms"),
    (asyncssh.HostKeyNotVerifiable("expired"), "login", LinkRefused, "host certificate", "@cert-authority"),
    (asyncssh.ChannelOpenError(1, "no"), "login", LinkRefused, "jump host may not forward", "AllowTcpForwarding"),
    (asyncssh.ChannelOpenError(2, "refused"), "login", LinkDown, "jump host cannot reach", "cable"),
    (asyncssh.ServiceNotAvailable("full"), "login", LinkDown, "ended the connection: full", "log of sshd"),
    (asyncssh.KeyImportError("Passphrase must be specified"), "key", LinkRefused, "passphrase", "ssh-add ~/.ssh/k"),
    (asyncssh.KeyImportError("Invalid key"), "key", LinkRefused, "no usable private key", "check the file"),
    (FileNotFoundError(2, "x"), "key", LinkRefused, "~/.ssh/k does not exist", "path"),
    (PermissionError(13, "x"), "key", LinkRefused, "may not be read", "ls -l"),
    (IsADirectoryError(21, "Is a directory"), "key", LinkRefused, "cannot be read: Is a directory", "check"),
    (asyncssh.ConfigParseError("line 3: bad"), "config", LinkRefused, "cannot be understood: line 3", "mend"),
    (ValueError("Unable to sign"), "login", LinkRefused, "Unable to sign", "pi5"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("error", "phase", "verdict", "message", "remedy"), TABLE, ids=[f"{r[1]}-{r[0]!r}"[:60] for r in TABLE]
)
def test_each_cause_has_its_verdict_its_sentence_and_its_remedy(
    error: Exception, phase: Phase, verdict: type[LinkError], message: str, remedy: str
) -> None:
    assert isinstance(error, Failure)
    cause = classify(error, Try(**{s: getattr(AT, s) for s in AT.__slots__} | {"phase": phase}))
    assert type(cause) is verdict
    assert message in cause.message
    assert remedy in cause.remedy
    assert "{" not in cause.message + cause.remedy
    assert not getattr(cause, "fingerprint", "")


def test_what_a_hostile_server_says_is_made_harmless() -> None:
    said = "\x1b]0;owned\x07\u202e{board}" + "x" * 5000
    message = classify(asyncssh.ProtocolError(said), AT).message
    assert not {"\x1b", "\x07", "\u202e"} & set(message)
    assert "{board}" in message, "braces of a server are not filled in"
    assert len(message) < 300


def test_a_bug_is_not_explained_away() -> None:
    with pytest.raises(KeyError):
        classify(KeyError("bug"), AT)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (None, "ended the connection"),
        (asyncssh.ConnectionLost("Server not responding to keepalive"), "has not answered for 15 s"),
        (asyncssh.ConnectionLost("Connection lost"), "closed the connection"),
        (ConnectionResetError(104, "x"), "restarted"),
        (OSError(110, "Connection timed out"), "timed out"),
    ],
)
def test_a_lost_link_says_why(error: Exception | None, words: str) -> None:
    assert words in lost(error, 15.0).message


def test_why_a_port_or_a_channel_is_refused() -> None:
    assert port_refused(asyncssh.ChannelOpenError(2, "Connection refused"), 11434) == (
        "nothing answers on port 11434 of the board (connection refused)"
    )
    assert "AllowTcpForwarding" in port_refused(asyncssh.ChannelOpenError(1, "open failed"), 1)
    assert "MaxSessions" in channel_refused(asyncssh.ChannelOpenError(1, "open failed")).remedy
