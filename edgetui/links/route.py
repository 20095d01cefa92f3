"""A board's configuration and ssh_config, resolved once into plain values."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import asyncssh

from edgetui.config import Ssh
from edgetui.errors import LinkRefused
from edgetui.links.causes import Try, classify
from edgetui.links.keyring import DEFAULT_FILES, Keyring, Offer, running_agent
from edgetui.links.known_hosts import SYSTEM_FILE

CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes128-ctr")
"""Decrypting 2 KB: GCM 2.8 µs, ChaCha20, which OpenSSH and asyncssh prefer, 12 µs."""
KEEPALIVES = 2
"""Lost after interval x (this + 1) without a byte."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Whom to connect to, before ssh_config has been asked."""

    board: str
    host: str
    user: str = ""
    port: int | None = None
    key: Path | None = None
    jump: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Whom to connect to and how."""

    at: Try
    alias: str
    """HostKeyAlias; empty: none."""
    jump: str
    """``user@host:port`` or alias to go through, the last hop after the last comma; empty: none."""
    proxied: bool
    """Through a ProxyCommand: asyncssh makes the connection."""
    offer: Offer
    known_hosts: tuple[Path, ...]
    options: asyncssh.SSHClientConnectionOptions


def resolve(address: Address, ssh: Ssh, keyring: Keyring) -> Route:
    """Read ssh_config (blocking: 36 ms for a thousand Host blocks) and keys. Raises LinkRefused."""
    at = Try(board=address.board, host=address.host, port=address.port or 22, user=address.user)
    config = ssh.config or Path("~/.ssh/config").expanduser()
    try:
        options = _options(address, ssh, config if ssh.config or config.is_file() else None)
    except (OSError, ValueError) as error:
        raise classify(error, replace(at, phase="config", subject=str(config))) from error
    at = replace(at, host=options.host, port=options.port, user=options.username)
    offer = _offer(address, options, keyring, at)
    return Route(
        at=replace(at, offered=offer.words, subject=str(address.key or "")),
        alias=options.host_key_alias or "",
        jump=address.jump or (options.tunnel if isinstance(options.tunnel, str) else ""),
        proxied=bool(options.proxy_command) and not address.jump,
        offer=offer,
        known_hosts=_known_hosts(ssh, options),
        options=options,
    )


def hop(jump: str, board: str) -> Address:
    """The last hop of a jump list, reached through those before it. Raises LinkRefused (no such port)."""
    before, _, last = jump.rpartition(",")
    user, _, place = last.strip().removeprefix("ssh://").rpartition("@")
    if place.startswith("["):
        host, _, port = place[1:].partition("]")
        port = port.removeprefix(":")
    elif place.count(":") > 1:  # a bare IPv6 address
        host, port = place, ""
    else:
        host, _, port = place.partition(":")
    if port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise LinkRefused(f"the jump host {last!r} has no usable port", f"mend `jump` of {board}: user@host:port")
    return Address(board=board, host=host, user=user, port=int(port) if port else None, jump=before)


def _options(address: Address, ssh: Ssh, config: Path | None) -> asyncssh.SSHClientConnectionOptions:
    options = asyncssh.SSHClientConnectionOptions(
        config=[config] if config else None,
        host=address.host,
        port=address.port or (),
        username=address.user or (),
        client_keys=None,  # the Visitor offers them: asyncssh would read default keys from disk at every connect
        known_hosts=([], [], []),  # trusts nobody until the Visitor's own are given
        preferred_auth=["publickey"],
        gss_host=None,
        x509_trusted_certs=None,
        agent_forwarding=False,
        encryption_algs=CIPHERS,
        compression_algs=["none"],
        connect_timeout=None,
        login_timeout=ssh.login_timeout_s,
        keepalive_interval=ssh.keepalive_s,
        keepalive_count_max=KEEPALIVES,
        utf8_decode_errors="replace",
    )
    if (own := bool(options.config.get("Ciphers"))) or options.config.has_match_final():
        # Plain values: at each connect asyncssh would read the files again for a `Match final`.
        algorithms = () if own else CIPHERS
        return asyncssh.SSHClientConnectionOptions(options, config=None, encryption_algs=algorithms)
    return options


def _offer(address: Address, options: asyncssh.SSHClientConnectionOptions, keyring: Keyring, at: Try) -> Offer:
    agent = running_agent(str(options.config.get("IdentityAgent", "")))
    if address.key:
        return keyring.named(address.key, agent, replace(at, phase="key", subject=str(address.key)))
    named = cast(list[str], options.config.get("IdentityFile", []))
    return keyring.usual(
        [Path(name) for name in named] or DEFAULT_FILES,
        agent,
        only_these=bool(options.config.get("IdentitiesOnly")),
    )


def _known_hosts(ssh: Ssh, options: asyncssh.SSHClientConnectionOptions) -> tuple[Path, ...]:
    """``[ssh] known_hosts`` alone, else what ssh would read. ``none`` and /dev/null do not switch the check off."""
    if ssh.known_hosts:
        return (ssh.known_hosts,)
    named = [Path(f).expanduser() for f in cast(list[str], options.config.get("UserKnownHostsFile", []))]
    own = [f for f in named if f != Path(os.devnull)] or [Path("~/.ssh/known_hosts").expanduser()]
    return (*own, SYSTEM_FILE)
