"""What is said about a host key that is not trusted. Only an unknown one may be accepted."""

from __future__ import annotations

import shlex

import asyncssh

from edgetui.errors import LinkRefused
from edgetui.links.known_hosts import KnownHosts, Trusted, label
from edgetui.links.route import Route


def judge(shown: asyncssh.SSHKey, trusted: Trusted, known: KnownHosts, route: Route) -> LinkRefused:
    """``shown`` is none of ``trusted.keys``: revoked, changed or unknown."""
    if shown in trusted.revoked:
        return revoked(route, known)
    if trusted.own:
        return _changed(shown, known, route)
    fingerprint = shown.get_fingerprint()
    return LinkRefused(
        f"the host key of {_where(route)} is not known yet: {_kind(shown)} {fingerprint}",
        "compare it on the board (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub), then press a here, or: "
        f"edgetui boards accept {route.at.board} --fingerprint {fingerprint}",
        fingerprint=fingerprint,
    )


def revoked(route: Route, known: KnownHosts) -> LinkRefused:
    """The key stands in known_hosts as one that must not be trusted."""
    return LinkRefused(
        f"THE HOST KEY OF {_where(route)} IS REVOKED: somebody may be posing as this board",
        f"give the board a new host key; the @revoked line stands in {' or '.join(map(str, known.files))}",
    )


def differs(now: str, expected: str, route: Route) -> LinkRefused:
    """The key that is shown now is not the one that a person has agreed to."""
    return LinkRefused(
        f"{_where(route)} shows the host key {now} now, not {expected}: nothing was stored",
        "compare the fingerprint on the board and accept again",
    )


def _changed(shown: asyncssh.SSHKey, known: KnownHosts, route: Route) -> LinkRefused:
    file, line = known.place(route.at.host, route.at.port, route.alias)
    name = label(route.at.host, route.at.port, route.alias)
    return LinkRefused(
        f"THE HOST KEY OF {_where(route)} HAS CHANGED to {_kind(shown)} {shown.get_fingerprint()}: "
        "the board was installed anew, or somebody is in between",
        f"only if it was installed anew, forget the old key (line {line} of {file}) with: "
        f"ssh-keygen -f {shlex.quote(str(file))} -R {shlex.quote(name)}",
    )


def _where(route: Route) -> str:
    return f"{route.at.host} port {route.at.port}"


def _kind(key: asyncssh.SSHKey) -> str:
    return key.get_algorithm().removeprefix("ssh-")
