"""Why there is no road, in words: a table from exceptions to LinkDown and LinkRefused. Pure."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

import asyncssh

from edgetui.errors import LinkDown, LinkError, LinkRefused
from edgetui.model.hostile import one_line

Phase: TypeAlias = Literal["key", "config", "name", "tcp", "login", "jump"]
"""How far a try had come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """What was tried; fills the sentences of the table."""

    board: str
    host: str
    port: int
    user: str
    offered: str = "no key"
    """What was offered to log in, in words."""
    phase: Phase = "login"
    limit_s: float = 0.0
    """The limit in s that a TimeoutError exceeded."""
    subject: str = ""
    """The file at fault in the phases ``key`` and ``config``."""


class _Rule(NamedTuple):
    kind: type[BaseException]
    verdict: type[LinkDown] | type[LinkRefused]
    message: str
    remedy: str
    applies: Callable[[BaseException, Try], bool] = lambda _error, _at: True


def _phase(*phases: Phase) -> Callable[[BaseException, Try], bool]:
    return lambda _error, at: at.phase in phases


def _number(*numbers: int) -> Callable[[BaseException, Try], bool]:
    return lambda error, _at: isinstance(error, OSError) and error.errno in numbers


def _says(*words: str) -> Callable[[BaseException, Try], bool]:
    return lambda error, _at: any(w in str(error).lower() for w in words)


_AT = "{host} port {port}"
_POWER = "check power, cable and address of the board"
_CROWD = (
    "sshd there may be starting, overloaded (MaxStartups) or blocking this machine "
    "(fail2ban, PerSourcePenalties), or this is not an SSH port"
)

_RULES = (
    # Before any network: a subclass of ValueError or OSError means the file, not the board.
    _Rule(
        asyncssh.KeyImportError,
        LinkRefused,
        "the key {subject} is protected by a passphrase and no agent holds it",
        "unlock it once with: ssh-add {subject}",
        lambda error, at: at.phase == "key" and _says("passphrase")(error, at),
    ),
    _Rule(FileNotFoundError, LinkRefused, "{subject} does not exist", "mend its path", _phase("key", "config")),
    _Rule(
        PermissionError,
        LinkRefused,
        "{subject} may not be read by this user",
        "check the rights with: ls -l {subject}",
        _phase("key", "config"),
    ),
    _Rule(ValueError, LinkRefused, "{subject} is no usable private key: {why}", "check the file", _phase("key")),
    _Rule(OSError, LinkRefused, "{subject} cannot be read: {why}", "check the file", _phase("key", "config")),
    _Rule(ValueError, LinkRefused, "{subject} cannot be understood: {why}", "mend that line", _phase("config")),
    # The name and the wire.
    _Rule(
        socket.gaierror,
        LinkDown,
        "the name {host} cannot be looked up now: {why}",
        "check the network and name server of this machine",
        lambda error, _at: isinstance(error, OSError) and error.errno == socket.EAI_AGAIN,
    ),
    _Rule(
        socket.gaierror,
        LinkDown,
        "no machine is known by the name {host}",
        "mend `host` of {board}, or give its IP address",
    ),
    _Rule(UnicodeError, LinkRefused, "{host} is no host name", "mend `host` of {board}", _phase("name")),
    _Rule(
        TimeoutError,
        LinkDown,
        "the name server did not answer for {host} within {limit_s:g} s",
        "give the IP address of {board}, or check the name server",
        _phase("name"),
    ),
    _Rule(TimeoutError, LinkDown, f"no answer from {_AT} within {{limit_s:g}} s", _POWER),
    _Rule(
        ConnectionRefusedError,
        LinkDown,
        f"{_AT} refuses the connection: no SSH server listens there",
        "wait if the board is starting; else start sshd on it (sudo systemctl enable --now ssh) or mend `port`",
    ),
    _Rule(ConnectionError, LinkDown, f"{_AT} closed the connection before the login", _CROWD),
    _Rule(OSError, LinkDown, "no route to {host}", _POWER, _number(errno.EHOSTUNREACH, errno.ENETUNREACH)),
    _Rule(
        OSError,
        LinkDown,
        "this machine has no file descriptors left",
        "raise the limit with: ulimit -n 8192",
        _number(errno.EMFILE, errno.ENFILE),
    ),
    _Rule(OSError, LinkDown, f"{_AT} cannot be reached: {{why}}", _POWER),
    # SSH itself. ConnectionLost and the other disconnects are no OSErrors.
    _Rule(
        asyncssh.ConnectionLost,
        LinkDown,
        f"{_AT} takes the connection but does not finish the login within {{limit_s:g}} s",
        "the board may be out of memory or overloaded; restart it or its sshd",
        _says("login timeout"),
    ),
    _Rule(asyncssh.ConnectionLost, LinkDown, f"{_AT} closed the connection before the login", _CROWD),
    _Rule(
        asyncssh.HostKeyNotVerifiable,
        LinkRefused,
        f"the host certificate of {_AT} is not valid: {{why}}",
        "have its certificate signed again, or check the @cert-authority line in known_hosts",
    ),
    _Rule(
        asyncssh.PermissionDenied,
        LinkRefused,
        "{host} does not let {user} in with {offered}",
        "install the key with: ssh-copy-id -p {port} {user}@{host} — or mend `user` and `key` of {board}",
    ),
    _Rule(
        asyncssh.ProtocolError,
        LinkRefused,
        "{host} ended the login: too many keys were offered",
        "name the one key of {board} with `key`",
        _says("too many authentication"),
    ),
    _Rule(
        asyncssh.KeyExchangeFailed,
        LinkRefused,
        f"{_AT} and edgetui have no algorithm in common: {{why}}",
        "allow the board's algorithms in ~/.ssh/config (KexAlgorithms, Ciphers, MACs, HostKeyAlgorithms)",
    ),
    _Rule(
        asyncssh.ProtocolNotSupported, LinkRefused, f"{_AT} does not speak SSH 2: {{why}}", "mend `port` of {board}"
    ),
    _Rule(
        asyncssh.ProtocolError,
        LinkDown,
        f"{_AT} does not speak SSH",
        "mend `port` of {board}",
        _says("banner", "version"),
    ),
    _Rule(
        asyncssh.ChannelOpenError,
        LinkRefused,
        f"the jump host may not forward to {_AT}: {{why}}",
        "allow it there with AllowTcpForwarding yes",
        lambda error, _at: (
            isinstance(error, asyncssh.ChannelOpenError) and error.code == asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED
        ),
    ),
    _Rule(asyncssh.ChannelOpenError, LinkDown, f"the jump host cannot reach {_AT}: {{why}}", _POWER),
    _Rule(asyncssh.Error, LinkDown, f"{_AT} ended the connection: {{why}}", "see the log of sshd on the board"),
    _Rule(ValueError, LinkRefused, f"{_AT}: {{why}}", "check the [[board]] entry of {board}"),
)

Failure = (OSError, asyncssh.Error, ValueError)
"""What a failed connect may raise: TimeoutError is an OSError, asyncssh.Error is neither."""


def classify(error: BaseException, at: Try) -> LinkDown | LinkRefused:
    """The first rule that fits; ``error`` must be one of ``Failure``."""
    why = one_line(error.strerror or str(error) if isinstance(error, OSError) else str(error))
    words = {f: getattr(at, f) for f in ("board", "host", "port", "user", "offered", "limit_s", "subject")}
    for rule in _RULES:
        if isinstance(error, rule.kind) and rule.applies(error, at):
            return rule.verdict(rule.message.format(why=why, **words), rule.remedy.format(why=why, **words))
    raise error


def lost(error: Exception | None, silence_s: float) -> LinkDown:
    """Why an open link ended; ``silence_s`` is how long keepalive waits for a byte."""
    if error is None:
        return LinkDown("the board ended the connection", "it may be shutting down")
    if isinstance(error, asyncssh.ConnectionLost) and "keepalive" in str(error):
        return LinkDown(f"the board has not answered for {silence_s:g} s", _POWER)
    if isinstance(error, ConnectionResetError):
        return LinkDown("the board reset the connection: it has restarted, or its sshd was killed")
    if isinstance(error, asyncssh.ConnectionLost):
        return LinkDown("the board closed the connection: it is restarting, or its sshd was stopped")
    return LinkDown(f"the connection broke: {one_line(str(error)) or type(error).__name__}")


def channel_refused(error: Exception) -> LinkError:
    """Why a board with a good link opens no channel for a command."""
    return LinkError(
        f"the board opens no channel for the command: {one_line(str(error))}",
        "close other programs on this board, or raise MaxSessions in its sshd_config (20 is plenty)",
    )


def port_refused(error: asyncssh.ChannelOpenError, port: int) -> str:
    """Why a port on the board's loopback cannot be reached through the link."""
    if error.code == asyncssh.OPEN_CONNECT_FAILED:
        return f"nothing answers on port {port} of the board ({one_line(error.reason).lower()})"
    if error.code == asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED:
        return "sshd on the board forbids forwarding: allow it with AllowTcpForwarding yes (or local)"
    return f"sshd on the board forwards nothing to port {port}: {one_line(error.reason)}"
