"""The host keys that a person has trusted: one parsed object for a fleet, read again when a file changes."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from edgetui.errors import LinkRefused

SYSTEM_FILE = Path("/etc/ssh/ssh_known_hosts")

_Stamp = tuple[tuple[int, int, int] | None, ...]


@dataclass(frozen=True, slots=True)
class Trusted:
    """What is known of one host."""

    own: tuple[asyncssh.SSHKey, ...] = ()
    """Keys under exactly this host and port: another key is a *changed* key."""
    portless: tuple[asyncssh.SSHKey, ...] = ()
    """Keys of the same host on port 22: good enough to trust, but no evidence of a change (as in OpenSSH)."""
    authorities: tuple[asyncssh.SSHKey, ...] = ()
    revoked: tuple[asyncssh.SSHKey, ...] = ()

    @property
    def keys(self) -> tuple[asyncssh.SSHKey, ...]:
        """Every single key that is accepted."""
        return self.own or self.portless


def label(host: str, port: int, alias: str = "") -> str:
    """The name under which OpenSSH files a host's key."""
    if alias:
        return alias
    return host.lower() if port == asyncssh.DEFAULT_PORT else f"[{host.lower()}]:{port}"


class KnownHosts:
    """Some known_hosts files; new keys go into the first."""

    def __init__(self, files: tuple[Path, ...]) -> None:
        self.files = files
        self._stamp: _Stamp | None = None
        self._store = asyncssh.SSHKnownHosts()
        self._found: dict[str, Trusted] = {}

    def look_up(self, host: str, port: int, alias: str = "") -> Trusted:
        """What the files say now. Raises LinkRefused (a file cannot be read)."""
        self._refresh()
        name = label(host, port, alias)
        if name not in self._found:
            keys, authorities, revoked, *_ = self._store.match(name, "", None)
            portless: tuple[asyncssh.SSHKey, ...] = ()
            if name.startswith("["):
                others, more, banned, *_ = self._store.match(host.lower(), "", None)
                portless, authorities, revoked = tuple(others), (*authorities, *more), (*revoked, *banned)
            self._found[name] = Trusted(tuple(keys), portless, tuple(authorities), tuple(revoked))
        return self._found[name]

    def place(self, host: str, port: int, alias: str = "") -> tuple[Path, int]:
        """File and line of the first key of this host; (first file, 0) where there is none."""
        name = label(host, port, alias)
        for file in self.files:
            for number, line in enumerate(_text(file).split("\n"), 1):
                if _entry(line).match(name, "", None)[0]:
                    return file, number
        return self.files[0], 0

    def add(self, key: asyncssh.SSHKey, host: str, port: int, alias: str = "") -> None:
        """Append one line to the first file: all of it or nothing. Raises LinkRefused (not writable)."""
        file = self.files[0].resolve()
        kind, blob = key.export_public_key().split()[:2]
        try:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            text = _text(file)
            gap = "" if not text or text.endswith("\n") else "\n"
            _replace(file, f"{text}{gap}{label(host, port, alias)} {kind.decode()} {blob.decode()}\n")
        except OSError as error:
            raise _unusable(file, error) from error

    def _refresh(self) -> None:
        stamp: _Stamp = tuple(_stamp(file) for file in self.files)
        if stamp == self._stamp:
            return
        store = asyncssh.SSHKnownHosts()
        for file in self.files:
            try:
                for line in _text(file).split("\n"):
                    with suppress(ValueError):  # OpenSSH too passes over lines that it cannot understand
                        store.load(line)
            except OSError as error:
                raise _unusable(file, error) from error
        self._store, self._stamp = store, stamp
        self._found.clear()


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return ""


def _entry(line: str) -> asyncssh.SSHKnownHosts:
    with suppress(ValueError):
        return asyncssh.SSHKnownHosts(line)
    return asyncssh.SSHKnownHosts()


def _stamp(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(file, error) from error
    return found.st_mtime_ns, found.st_size, found.st_ino


def _replace(file: Path, text: str) -> None:
    """Write beside it, then rename: a reader sees the old file or the new one."""
    mode = file.stat().st_mode & 0o777 if file.exists() else 0o600
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(text.encode("utf-8", "surrogateescape"))
            out.flush()
            os.fsync(handle)
        Path(temporary).chmod(mode)
        Path(temporary).replace(file)
    finally:
        Path(temporary).unlink(missing_ok=True)


def _unusable(file: Path, error: OSError) -> LinkRefused:
    return LinkRefused(
        f"{file} cannot be used: {error.strerror}", f"check it with: ls -l {file} — or set [ssh] known_hosts"
    )
