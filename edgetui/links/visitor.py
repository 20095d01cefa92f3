"""Our side of one SSH login: which key is offered, and what host key was shown."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import asyncssh

from edgetui.links.keyring import MOST, Offer
from edgetui.links.known_hosts import Trusted

FIRST_SIGHT = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
    "ssh-rsa",
)
"""Order for a host we know nothing about; asyncssh's own, RSA first, crashes dropbear with only an ed25519 key."""


class Visitor(asyncssh.SSHClient):
    """One login. Nothing is trusted here that was not in ``trusted`` before."""

    def __init__(self, trusted: Trusted, offer: Offer) -> None:
        self._trusted = trusted
        self._offer = offer
        self._keys: Iterator[Any] = iter(offer.keys)
        self._agent: asyncssh.SSHAgentClient | None = None
        self._agent_keys: list[asyncssh.SSHKeyPair] | None = None
        self._offered = 0
        self.connection: asyncssh.SSHClientConnection | None = None
        self.shown: asyncssh.SSHKey | None = None
        """The host key that was not trusted."""
        self.asked = False
        """The board had come to the login: its host key was trusted."""
        self.over: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
        """Done when the connection is gone."""

    @property
    def host_key_algs(self) -> tuple[str, ...] | str:
        """Prefer the types that we know; all types where a certificate may come or nothing is known."""
        if self._trusted.keys:
            return ()
        return "default" if self._trusted.authorities else FIRST_SIGHT

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        """TCP is there; the key exchange begins."""
        self.connection = conn

    @property
    def greeted(self) -> bool:
        """An SSH server has sent its version."""
        return bool(self.connection and self.connection.get_extra_info("server_version"))

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """Called for unknown and changed keys alike: never trusted, only remembered for the sentence."""
        self.shown = key
        return False

    async def public_key_auth_requested(self) -> Any:  # noqa: ANN401 - a key, with or without certificate
        """The next key to offer, or None when there are no more."""
        self.asked = True
        key = next(self._keys, None)
        if key is None and self._offer.agent and self._offered < MOST:
            key = await self._from_agent()
        if key is None:
            return None
        self._offered += 1
        return [key]

    async def _from_agent(self) -> asyncssh.SSHKeyPair | None:
        if self._agent_keys is None:
            self._agent = asyncssh.SSHAgentClient(self._offer.agent)
            tried = {k.public_data for k in self._offer.keys if isinstance(k, asyncssh.SSHKey)}
            try:
                found = await self._agent.get_keys(self._offer.only)
            except (OSError, ValueError):
                found = []  # no agent answers there: as if it held nothing
            self._agent_keys = [k for k in found if k.public_data not in tried]
        return self._agent_keys.pop(0) if self._agent_keys else None

    def done(self) -> None:
        """The login has ended, well or not: the agent is needed no longer."""
        if self._agent:
            self._agent.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        if not self.over.done():
            self.over.set_result(exc)
