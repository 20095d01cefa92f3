"""Private keys and the agent: read once, offered sparingly (sshd counts each one against MaxAuthTries, 6)."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import asyncssh

from edgetui.errors import LinkRefused
from edgetui.links.causes import Try, classify

DEFAULT_FILES = tuple(Path("~/.ssh", name) for name in ("id_ed25519", "id_ecdsa", "id_rsa"))
MOST = 5
"""Keys offered in one login; one try is left to the password of later."""

PrivateKey: TypeAlias = asyncssh.SSHKey | tuple[asyncssh.SSHKey, asyncssh.SSHCertificate]
"""A key, with its certificate where ``<key>-cert.pub`` lies beside it."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a login may use."""

    keys: tuple[PrivateKey, ...] = ()
    agent: str = ""
    """Socket of the agent to ask after ``keys``; empty: none."""
    only: tuple[bytes, ...] = ()
    """Public keys the agent may use; empty: all it has."""
    words: str = "no key"
    """For the sentence about a refused login; names files, never what is in them."""


class Keyring:
    """Reads each key file once; a file that changed is read again."""

    def __init__(self) -> None:
        self._read: dict[Path, tuple[int, PrivateKey]] = {}

    def named(self, file: Path, agent: str, at: Try) -> Offer:
        """Exactly this key. Where it is encrypted, the agent may sign with it. Raises LinkRefused."""
        try:
            return Offer((self._load(file),), words=f"the key {file}")
        except (OSError, ValueError) as error:
            public = _public(file)
            if agent and public and isinstance(error, asyncssh.KeyImportError):
                return Offer((), agent, (public,), f"the key {file} of the agent")
            raise classify(error, at) from error

    def usual(self, files: Iterable[Path], agent: str, *, only_these: bool) -> Offer:
        """What ``ssh`` would try: those of ``files`` that can be read without a question, then the agent's."""
        keys: list[PrivateKey] = []
        names: list[str] = []
        public: list[bytes] = []
        for file in (f.expanduser() for f in files):
            if not file.is_file():
                continue
            if blob := _public(file):
                public.append(blob)
            try:
                keys.append(self._load(file))
                names.append(str(file))
            except (OSError, ValueError):
                continue  # encrypted or broken: ssh too goes on with the next
        if only_these and not public:
            agent = ""  # it could only be asked for everything
        if agent:
            names.append("the agent's keys")
        words = " and ".join(names) or "no key (none was found, and no agent runs)"
        return Offer(tuple(keys[:MOST]), agent, tuple(public) if only_these else (), words)

    def _load(self, file: Path) -> PrivateKey:
        stamp = file.stat().st_mtime_ns
        if file not in self._read or self._read[file][0] != stamp:
            key = asyncssh.read_private_key(file)
            certificate = Path(f"{file}-cert.pub")
            signed = asyncssh.read_certificate(certificate) if certificate.is_file() else None
            self._read[file] = stamp, (key, signed) if signed else key
        return self._read[file][1]


def running_agent(configured: str = "") -> str:
    """Socket of the agent: what ssh_config says, else the environment; empty where there is none."""
    path = configured or os.environ.get("SSH_AUTH_SOCK", "")
    return "" if path == "none" else str(Path(path).expanduser()) if path else ""


async def check(offer: Offer, at: Try) -> None:
    """Refuse at once a configured key that only the agent could sign with and does not hold. Raises LinkRefused."""
    if offer.keys or not at.subject:
        return
    try:
        async with asyncssh.SSHAgentClient(offer.agent) as agent:
            if await agent.get_keys(offer.only):
                return
    except (OSError, ValueError):
        pass  # no agent answers there: the same as one that does not hold the key
    raise LinkRefused(
        f"the key {at.subject} is protected by a passphrase and the agent does not hold it",
        f"unlock it once with: ssh-add {at.subject}",
    )


def _public(file: Path) -> bytes | None:
    """The public half, from ``<file>.pub`` or from the private file itself."""
    for place in (Path(f"{file}.pub"), file):
        try:
            return asyncssh.read_public_key(place).public_data
        except (OSError, ValueError):
            continue
    return None
