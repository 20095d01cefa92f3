"""How a board is asked many things at once: one script, one channel; each question bounded, its answer framed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

LIMIT_S = 5
"""A question that takes longer is given up, where the board has ``timeout``."""
GIVEN_UP = 124
"""Exit status of a question that took longer: that of ``timeout``."""
LISTENERS = "grep -hs ' 0A ' /proc/net/tcp /proc/net/tcp6"
"""Column st of a listening socket is 0A; a board with many connections would fill the answer without it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command on the board printed, stdout and stderr together. Not yet fit for a terminal."""

    text: str
    exit_status: int

    @property
    def not_found(self) -> bool:
        """Is there no such program?"""
        return self.exit_status == 127


@dataclass(frozen=True, slots=True)
class Clock:
    """The board's clock, asked once. Unix s."""

    said: float
    """Of the board, cut off at a multiple of ``grain_s``."""
    asked_at: float
    """Of the host, before the question was sent."""
    answered_at: float
    """Of the host, when the answer was there."""
    grain_s: float = 1.0
    """What ``date`` cut off is less than this."""

    @property
    def ahead_s(self) -> tuple[float, float]:
        """How far the board is ahead of the host, at least and at most; negative: behind.

        The board looked at its clock somewhere between question and answer, and cut the fraction off.
        """
        return self.said - self.answered_at, self.said + self.grain_s - self.asked_at


def script(asked: Mapping[str, str], token: str, prelude: str = "") -> str:
    """One line of sh that asks all of them; see ``answers``. ``prelude``: sets variables that questions use."""
    before, after = f"printf '@%s %s\\n' {token} \"$1\"", f"printf '\\n.%s %s\\n' {token} $?"
    return "; ".join(
        [
            "export LC_ALL=C PATH=$PATH:/usr/local/bin:/usr/local/sbin:/usr/sbin:/sbin:/opt/vc/bin",
            *([prelude] if prelude else []),
            f"t=; timeout 1 true 2>/dev/null && t='timeout {LIMIT_S}'",
            f'ask() {{ {before}; $t sh -c "$2" 2>&1 </dev/null; {after}; }}',
            *(f"ask {name} {shlex.quote(command)}" for name, command in asked.items()),
        ]
    )


def answers(text: str, token: str) -> dict[str, Answer]:
    """What came back, by name; a question whose end is missing has no answer."""
    framed = re.compile(rf"^@{token} (\S+)\n(.*?)\n?^\.{token} ([0-9]{{1,3}})$", re.MULTILINE | re.DOTALL)
    return {m[1]: Answer(m[2], int(m[3])) for m in framed.finditer(text)}


def asked_in(text: str) -> list[tuple[str, str]] | None:
    """Name and command of the questions in a script; None where it is none. For boards that are not real."""
    if "; ask() {" not in text:
        return None
    lexer = shlex.shlex(text, posix=True, punctuation_chars=";")
    lexer.whitespace_split = True
    words = list(lexer)
    return [(words[i + 1], words[i + 2]) for i, word in enumerate(words[:-2]) if word == "ask"]


def token_in(text: str) -> str:
    """The token of such a script."""
    return text.partition(r"'@%s %s\n' ")[2].partition(" ")[0]
