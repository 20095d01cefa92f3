"""Reads the names of hosts from an ssh_config; what they mean is asyncssh's to say when it connects."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from edgetui.errors import UsageError

_DEEPEST = 16
"""As OpenSSH limits Include."""


@dataclass(frozen=True, slots=True)
class SshHost:
    """A ``Host`` line without wildcards."""

    name: str
    aliases: tuple[str, ...]
    """Further names on the same line."""
    user: str
    """``User`` of its own block; empty without."""


def read_hosts(path: Path, depth: int = 0) -> list[SshHost]:
    """Hosts in the order of the file and of what it includes. Raises UsageError."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", "name an ssh_config with --from FILE") from error
    hosts: list[SshHost] = []
    current: tuple[str, ...] = ()
    for keyword, words in map(_words, lines):
        if keyword == "host":
            current = tuple(word for word in words if not set(word) & set("*?!"))
            if current:
                hosts.append(SshHost(current[0], current[1:], ""))
        elif keyword == "match":
            current = ()
        elif keyword == "user" and current and words and not hosts[-1].user:
            hosts[-1] = SshHost(hosts[-1].name, hosts[-1].aliases, words[0])
        elif keyword == "include" and depth < _DEEPEST:
            for word in words:
                hosts = [*_included(word, depth), *hosts] if current else [*hosts, *_included(word, depth)]
    return hosts


def _included(pattern: str, depth: int) -> list[SshHost]:
    """Relative patterns count from ``~/.ssh``, as in a person's own ssh_config."""
    try:
        path = Path("~/.ssh" if not pattern.startswith("~") else "", pattern).expanduser()
        found = sorted(Path(path.anchor).glob(str(path.relative_to(path.anchor))))
    except (RuntimeError, ValueError):  # nobody's home, or no pattern: OpenSSH says nothing of it either
        return []
    return [host for file in found if file.is_file() for host in read_hosts(file, depth + 1)]


def _words(line: str) -> tuple[str, list[str]]:
    """Keyword in lower case and its arguments; ``Key value``, ``Key=value`` and quotes are all allowed."""
    try:
        words = shlex.split(line.replace("=", " ", 1), comments=True)
    except ValueError:
        return "", []
    return (words[0].lower(), words[1:]) if words else ("", [])
