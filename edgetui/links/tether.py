"""A leash for commands on a board: they end when nobody is left to read them, and are told apart from the leash."""

from __future__ import annotations

import shlex

_SCRIPT = (
    # Field 5 of stat is our process group. Below sshd we lead it, so that it can be ended as a whole; below
    # dropbear it is the server's own, and the command needs a session of its own.
    "exec 3<&0 4</dev/null; g=; read -r p n s f g r 2>/dev/null </proc/$$/stat;"
    ' if [ "$g" != "$$" ] && command -v setsid >/dev/null; then setsid sh -c "$1" <&4 3<&- 4<&- & c=$!; k=-$c;'
    ' else ( eval "$1" ) <&4 3<&- 4<&- & c=$!; k=$c; [ "$g" != "$$" ] || k=0; fi;'
    # The watcher: our stdin stays open as long as somebody wants the answer.
    " { trap '' TERM; while read -r l; do :; done; kill -TERM $k; sleep 1; kill -KILL $k; }"
    " <&3 3<&- 4<&- >/dev/null 2>&1 & w=$!;"
    " exec 3<&- 4<&- </dev/null; wait $c; s=$?; kill -KILL $w; exit $s"
)
_PREFIX = f"exec sh -c {shlex.quote(_SCRIPT)} edgetui "


def tethered(command: str) -> str:
    """``command`` with stdin empty, ended with all its children as soon as stdin of the whole reaches its end.

    sshd sends no signal when a channel closes without a pty: a quiet command would run on for ever (measured with
    OpenSSH 9.2 and dropbear 2022.83), and root logins ignore signal requests. One line of plain sh that login
    shells from dash to fish pass on; the exit status is the command's, 128 + n where signal n killed it.
    """
    return _PREFIX + shlex.quote(command)


def untethered(text: str) -> str:
    """The command inside ``tethered``; any other text as it is. For servers that answer commands by their text."""
    return shlex.split(text.removeprefix(_PREFIX))[0] if text.startswith(_PREFIX) else text
