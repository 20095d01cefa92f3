"""Versions that lie on a board: ``~/.local/share/edgetui/deploy/NAME/VERSION``, and which of them is ``current``.

What a board tells is a path of its own for its own shell, quoted, and a version only where it looks like one.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from edgetui.errors import CommandError
from edgetui.links import Link
from edgetui.links.files import MARK, refused
from edgetui.model.hostile import one_line
from edgetui.probes.quantity import count

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
VERSION = re.compile(r"\d{8}T\d{6}\.\d{3}Z-[0-9a-f]{12}")
"""UTC to the millisecond, so that two of one second keep their order; then digits of the digest."""
COMMAND_S = 30.0
HASH_BYTES_S = 5e6
"""What the slowest board hashes and copies, for time limits."""
MANIFEST, SIGNATURE = ".edgetui", ".edgetui.sig"

_LOOK = r"""d=${HOME:?}/.local/share/edgetui/deploy
say() { case $2 in *[!0-9A-Za-z._-]*) ;; *) echo "$1=$2";; esac; }
tell() {
  echo "root=$d/$1"; cd "$d/$1" 2>/dev/null || return
  for l in current previous; do [ -L $l ] && say $l "$(readlink $l)"; done
  for v in */; do v=${v%/}; [ -d "$v" ] && [ ! -L "$v" ] && say slot "$v"; done
}
if [ "$1" ]; then tell "$1"; else
  cd "$d" 2>/dev/null && for n in */; do
    n=${n%/}; case $n in *[!0-9A-Za-z._-]*|.*) ;; *) (tell "$n");; esac
  done
fi
echo end=
"""
_PLACE = r"""umask 077; mkdir -p "$1" && cd "$1" || exit 1
find . -maxdepth 1 \( -name '.part-*' -o -name '.next-*' \) -mmin +600 -exec rm -rf {} +
cp -al "$2" "$3" 2>/dev/null || { rm -rf "$3" && cp -R "$2" "$3"; } || exit 1
touch "$3"
[ -z "$4" ] || printf %s "$4" >"$3/.edgetui.sig" || exit 1
find "$3" -type f -exec chmod a-w {} +
"""
_CHECK = r"""cd "$1" || exit 1
command -v sha256sum >/dev/null || { echo "no sha256sum here: install coreutils" >&2; exit 1; }
echo "digest=$(sha256sum <.edgetui | cut -c1-64)"
echo "things=$(find . ! -type d | wc -l | tr -d ' ')"
said=$(sha256sum -c .edgetui 2>/dev/null); echo "status=$?"
printf '%s\n' "$said" | grep -v ': OK$' | head -1 | sed 's/^/bad=/'
echo end=
"""
_SETTLE = 'cd "$1" && sync && mv "$2" "$3" && sync'
_POINT = 'cd "$1" && rm -f ".next-$2" && ln -s "$2" ".next-$2"'
_DROP = 'cd "$1" && shift && rm -rf -- "$@"'


@dataclass(frozen=True, slots=True)
class Slots:
    """What a board has of one name."""

    name: str
    root: str
    """Absolute path on the board."""
    current: str
    """The version that runs; empty: none."""
    previous: str
    """The one before it, to which a rollback goes."""
    versions: tuple[str, ...]
    """Oldest first."""


@dataclass(frozen=True, slots=True)
class Found:
    """What lies in a slot, by the board's own sha256sum."""

    digest: str
    """Of its manifest."""
    things: int
    """Everything but folders."""
    bad: str
    """The first file that is missing or another; empty: none."""


async def look(link: Link, name: str) -> Slots:
    """Of one name; nothing is made. Raises CommandError, LinkError."""
    found = _slots(await _told(link, _LOOK, name))
    if [each.name for each in found] != [name]:
        raise CommandError("the board does not tell what is deployed there")
    return found[0]


async def look_at_all(link: Link) -> list[Slots]:
    """Of every name that is one. Raises CommandError, LinkError."""
    return [each for each in _slots(await _told(link, _LOOK, "")) if NAME.fullmatch(each.name)]


async def place(link: Link, root: str, folder: str, part: str, signature: str, size: int) -> None:
    """``part`` beside the slots, made of ``folder`` without its bytes where the file system can.

    ``size``: bytes that may have to be copied. Raises CommandError, LinkError.
    """
    await command(link, _PLACE, root, folder, part, signature, timeout=COMMAND_S + size / HASH_BYTES_S)


async def check(link: Link, path: str, size: int) -> Found:
    """Have a slot hashed by the board. Raises CommandError, LinkError."""
    said = dict(await _told(link, _CHECK, path, timeout=COMMAND_S + size / HASH_BYTES_S))
    things = count(said.get("things"))
    bad = said.get("bad", "") or ("" if said.get("status") == "0" else "its manifest")
    return Found(said.get("digest", ""), -1 if things is None else things, one_line(bad))


async def settle(link: Link, root: str, part: str, version: str) -> None:
    """The checked slot gets its name, and lies on the disk. Raises CommandError, LinkError."""
    await command(link, _SETTLE, root, part, version, timeout=10 * COMMAND_S)


async def switch(link: Link, slots: Slots, version: str) -> None:
    """``current`` is another version from one moment to the next: rename(2). Raises CommandError, LinkError.

    ``previous`` goes first: where the link is cut between the two, what runs has not changed.
    """
    async with link.files() as files:
        for name, target in (("previous", slots.current), ("current", version)):
            if target:
                await command(link, _POINT, slots.root, target)
                await files.rename(f"{slots.root}/.next-{target}", f"{slots.root}/{name}")
    if (now := (await look(link, slots.name)).current) != version:
        raise CommandError(f"the board did not switch: {now or 'nothing'} is current there")


async def drop(link: Link, slots: Slots, folders: list[str]) -> None:
    """Forget these. Raises CommandError, LinkError."""
    if folders:
        await command(link, _DROP, slots.root, *folders, timeout=4 * COMMAND_S)


async def command(link: Link, text: str, *words: str, timeout: float = COMMAND_S) -> str:
    """stdout of a command that succeeded. Raises CommandError with its last words, LinkError."""
    try:
        line = MARK + shlex.join(["sh", "-c", text, "edgetui", *words])
        done = await link.run(line, timeout=timeout, limit=4 << 20)
    except TimeoutError as error:
        raise CommandError(f"the board did not answer within {timeout:.0f} s", "is its disk alive?") from error
    if why := refused(done.stdout):
        raise why
    if done.exit_status != 0:
        said = [line for line in f"{done.stdout}\n{done.stderr}".splitlines() if line.strip()]
        raise CommandError(f"the board said: {one_line(said[-1]) if said else f'status {done.exit_status}'}")
    return done.stdout


async def _told(link: Link, text: str, *words: str, timeout: float = COMMAND_S) -> list[tuple[str, str]]:
    lines = (await command(link, text, *words, timeout=timeout)).splitlines()
    pairs = [(key, value) for key, sign, value in (line.partition("=") for line in lines) if sign]
    if ("end", "") not in pairs:
        raise CommandError("the board's answer was cut off or is none")
    return pairs


def _slots(said: list[tuple[str, str]]) -> list[Slots]:
    """One for each ``root=``; what looks like no version is none."""
    found: list[Slots] = []
    for key, value in said:
        if key == "root":
            root = value if value.startswith("/") and value.isprintable() else ""
            found.append(Slots(value.rpartition("/")[2], root, "", "", ()))
            continue
        if not found or not VERSION.fullmatch(value):
            continue
        last = found.pop()
        current = value if key == "current" else last.current
        previous = value if key == "previous" else last.previous
        versions = tuple(sorted({*last.versions, value})) if key == "slot" else last.versions
        found.append(Slots(last.name, last.root, current, previous, versions))
    return [each for each in found if each.root]
