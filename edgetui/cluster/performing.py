"""Has an action done on a board over its Link. A password goes to sudo's stdin, and nowhere else."""

from __future__ import annotations

import asyncio
import re
import secrets
import shlex
from dataclasses import dataclass
from typing import Any

from edgetui.cluster.actions import Action
from edgetui.errors import CommandError, LinkError
from edgetui.links import Completed, Link
from edgetui.model.hostile import one_line
from edgetui.probes.quantity import count
from edgetui.runners.ollama import unload

LIMIT_S = 90.0
"""systemd waits for a service to stop so long by default."""
LOST_S = 3.0
_PATHS = "export LC_ALL=C PATH=$PATH:/usr/local/bin:/usr/local/sbin:/usr/sbin:/sbin"
_AS_ROOT = 'if [ "$(id -u)" = 0 ]; then exec {0}; fi; exec sudo -n {0}'
_WITH_PASSWORD = "sudo -k -S -p '' {0} 2>&1; printf '\\n={1} %s\\n' $?"
"""``-k`` with a command: the password is asked for whatever sudo remembers, and nothing is remembered after."""
_WANTS = re.compile(r"password is required|authentication is required|terminal is required|askpass", re.IGNORECASE)
_WRONG = re.compile(r"sorry, try again|incorrect password attempt|authentication failed", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Done:
    """How it went."""

    ok: bool
    words: str
    """One clean sentence with exit code and what the board said."""
    exit_status: int | None = None
    wants_password: bool = False
    """sudo on this board asks for one: nothing has been done yet."""


async def perform(link: Link, port: int, action: Action, password: str = "") -> Done:
    """Do it. ``password``: of the login, for sudo; empty: as sudo lets us without. ``port``: Ollama's.

    Raises LinkError where the board is lost and that is not what was asked for.
    """
    try:
        if action.models:
            return await _unload(link, port, action)
        if password:
            return await _with_password(link, action, password)
        done = await link.run(f"{_PATHS}; {_AS_ROOT.format(shlex.join(action.argv))}", timeout=LIMIT_S)
        if done.exit_status and _WANTS.search(done.stderr):
            return Done(False, f"{action.title}: sudo asks for a password", done.exit_status, wants_password=True)
        return await _told(link, action, done)
    except TimeoutError:
        return Done(False, f"{action.title}: no end within {LIMIT_S:g} s; what it did is not known")
    except LinkError:
        if action.ends_link:
            return Done(True, f"{action.title}: the board went away, as it should")
        raise


async def _unload(link: Link, port: int, action: Action) -> Done:
    for model in action.models:
        try:
            await unload(link, port, model)
        except CommandError as error:
            return Done(False, f"{action.title}: {one_line(error.message)}")
    return Done(True, f"{action.title}: done", 0)


async def _with_password(link: Link, action: Action, password: str) -> Done:
    """sudo reads one line; where it does not like it, it must not wait for a second."""
    token, said, heard = secrets.token_hex(6), bytearray(), asyncio.Event()

    def hear(data: bytes) -> None:
        said.extend(data[: 65536 - len(said)])
        text = said.decode("utf-8", "replace")
        if _WRONG.search(text) or re.search(rf"^={token} \d+\n", text, re.MULTILINE):
            heard.set()

    script = f"{_PATHS}; {_WITH_PASSWORD.format(shlex.join(action.argv), token)}"
    async with asyncio.timeout(LIMIT_S):
        channel = await link.open(f"exec sh -c {shlex.quote(script)}", hear, stdin=f"{password}\n".encode())
        try:
            waits = asyncio.ensure_future(heard.wait())
            ends: set[asyncio.Future[Any]] = {waits, channel.closed}
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            waits.cancel()
        finally:
            channel.close()
    text, _, tail = said.decode("utf-8", "replace").partition(f"\n={token} ")
    status = count(tail)
    if _WRONG.search(text) and status != 0:
        return Done(False, f"{action.title}: sudo did not take that password", status, wants_password=True)
    return await _told(link, action, Completed(status, "", text))


async def _told(link: Link, action: Action, done: Completed) -> Done:
    """In words, with the last line that the board said."""
    rows = [row for row in (done.stderr or done.stdout).splitlines() if row.strip()]
    said = f": {one_line(rows[-1], 160)}" if rows else ""
    if done.exit_status == 0:
        return Done(True, f"{action.title}: done, exit code 0{said}", 0)
    if done.exit_status is None and action.ends_link:
        await asyncio.wait({link.lost}, timeout=LOST_S)
        if link.lost.done():
            return Done(True, f"{action.title}: the board went away, as it should")
    code = "no exit code" if done.exit_status is None else f"exit code {done.exit_status}"
    return Done(False, f"{action.title}: {code}{said}", done.exit_status)


def performed_in(text: str) -> tuple[list[str], str, str] | None:
    """Argv, how (``try`` or ``password``) and token of an action's command; None where it is none.

    For boards that are not real.
    """
    if text.startswith(f"{_PATHS}; if ["):
        return shlex.split(text.rpartition("exec sudo -n ")[2]), "try", ""
    words = shlex.split(text) if text.startswith("exec sh -c ") else []
    inner = words[3] if len(words) > 3 else ""
    found = re.fullmatch(r".*; sudo -k -S -p '' (.*) 2>&1; printf '\\n=(\w+) .*", inner, re.DOTALL)
    return (shlex.split(found[1]), "password", found[2]) if found else None
