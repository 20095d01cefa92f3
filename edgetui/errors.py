"""The errors that a person can act on.

    EdgetuiError                 message + remedy; every one ends as a sentence, never as a traceback
    ├── UsageError               exit 2   a wrong argument, an unknown name
    │   ├── ConfigError          exit 2   config.toml: names the file, the line, the key and the remedy
    │   └── TaskError            exit 2   a task folder or a picture that cannot be used
    ├── LinkError                exit 3   no road to the board
    │   ├── LinkDown             exit 3   worth another try by itself (cable, power, sshd)
    │   └── LinkRefused          exit 3   a person must act first (host key, login, key file)
    ├── CommandError             exit 1   a command on a board ended otherwise than asked
    └── StoreError               exit 1   the database cannot be opened or written

A bug is none of these: it ends the program with its traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class EdgetuiError(Exception):
    """What went wrong in words, and the remedy."""

    kind = "error"
    exit_code = 1

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        """One sentence; names the file, board or key."""
        self.remedy = remedy
        """What a person does about it; empty where nothing can be done."""

    @property
    def sentence(self) -> str:
        """Message and remedy in one line."""
        return f"{self.message} {self.remedy}".strip()


class UsageError(EdgetuiError):
    """A wrong argument or an unknown name."""

    kind = "usage"
    exit_code = 2


class ConfigError(UsageError):
    """A configuration file that cannot be used."""

    kind = "config"


class TaskError(UsageError):
    """A task folder, picture or script that cannot be used."""

    kind = "task"


class LinkError(EdgetuiError):
    """There is no road to the board."""

    kind = "link"
    exit_code = 3


class LinkDown(LinkError):
    """The road is cut; it is tried again by itself."""

    kind = "down"


class LinkRefused(LinkError):
    """The road is closed until a person acts; it is never tried again by itself."""

    kind = "refused"

    def __init__(self, message: str, remedy: str = "", *, fingerprint: str = "") -> None:
        super().__init__(message, remedy)
        self.fingerprint = fingerprint
        """``SHA256:…`` of an *unknown* host key that a person may accept; empty for every other cause,
        a changed key among them: that is not acceptable by a key press."""


class CommandError(EdgetuiError):
    """A command on a board ended otherwise than asked."""

    kind = "command"


class StoreError(EdgetuiError):
    """The database cannot be opened, read or written."""

    kind = "store"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The remedy for a name that is not among the known ones: the nearest of them, or else all of them."""
    names = list(known)
    folded = {n.lower(): n for n in reversed(names)}
    near = difflib.get_close_matches(name.lower(), folded, n=1)
    if near:
        return f"did you mean {folded[near[0]]!r}?"
    return f"known: {', '.join(names)}" if names else ""
