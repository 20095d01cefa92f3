"""A version of a program or a model goes to a board: brought whole, verified, then switched to; and back again."""

from __future__ import annotations

import hashlib
import stat
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

from edgetui.cluster import slots as board_slots
from edgetui.cluster.signature import Refused
from edgetui.cluster.slots import MANIFEST, NAME, SIGNATURE, Slots
from edgetui.errors import CommandError, LinkError, UsageError
from edgetui.links import Link
from edgetui.links.manifest import Manifest, manifest_of
from edgetui.links.sync import sync
from edgetui.model import Event

Outcome: TypeAlias = Literal["deployed", "unchanged", "rolled-back", "refused", "failed", "lost-link"]
GOOD: tuple[Outcome, ...] = ("deployed", "unchanged", "rolled-back")
DIGITS = 12
"""Of a manifest's digest in the name of a version."""
TEXT_BYTES = 16 << 20
"""No manifest is longer."""
ANY_BYTES = 20 << 30
"""So much a slot may hold of which the size is not known, for the time limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What is deployed."""

    name: str
    manifest: Manifest
    signature: str = ""
    """Of the manifest's text; empty: none."""
    signer: str = ""
    """Who has signed it, verified on this machine; empty: nobody asked."""

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(entry.size for entry in self.manifest.entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """How it went on one board."""

    board: str = ""
    name: str
    outcome: Outcome
    reason: str = ""
    """In words; empty where all is well."""
    version: str = ""
    """What is current now, as far as the board has told."""
    before: str = ""
    """What was current before."""
    digest: str = ""
    """SHA-256 of the manifest that was to become current."""
    files: int | None = None
    size_bytes: int | None = None
    sent_bytes: int | None = None
    """That went over the line; the board had the rest."""
    signer: str = ""

    def to_json(self) -> dict[str, Any]:
        """One element of ``deployments``."""
        missing = {key: why for key, why in _MISSING.items() if getattr(self, key) in ("", None)}
        return {**asdict(self), **dict.fromkeys(missing), "na": missing}

    def event(self, at: float) -> Event:
        """For the audit: ``at`` in Unix s."""
        words = {
            "deployed": f"{self.version} runs in place of {self.before or 'nothing'}",
            "unchanged": f"{self.version} runs already",
            "rolled-back": f"{self.version} runs again in place of {self.before}",
        }
        still = f"; {self.version} runs" if self.version else ""
        text = f"{self.name}: {words.get(self.outcome) or f'{self.outcome}: {self.reason}{still}'}"
        return Event(time=at, board=self.board, kind="deploy", text=text, detail=self.to_json())


_MISSING = {
    "version": "nothing is current, or the board could not be asked",
    "before": "nothing was current, or nothing changed",
    "digest": "nothing was verified",
    "files": "nothing was verified",
    "size_bytes": "nothing was brought",
    "sent_bytes": "nothing was brought",
    "signer": "no signature was asked for",
}


def parcel_of(source: Path, name: str = "") -> Parcel:
    """All files of a folder, or one file. Reads them: for a thread. Raises UsageError, TaskError."""
    single = source.is_file()
    name = name or (source.stem if single else source.resolve().name)
    if not NAME.fullmatch(name):
        raise UsageError(f"{name!r} is no name for a deployment: letters, digits, . _ -", "give one: --name NAME")
    if single:
        return Parcel(name=name, manifest=manifest_of([(source.name, str(source))]))
    if not source.is_dir():
        raise UsageError(f"{source} is neither a file nor a folder", "name one that exists on this machine")
    found = []
    for path in source.rglob("*"):
        mode = path.lstat().st_mode
        relative = path.relative_to(source).as_posix()
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise UsageError(f"{path} is neither a file nor a folder", "put the file itself there, or take it out")
        if relative in (MANIFEST, SIGNATURE):
            raise UsageError(f"{path}: that name is edgetui's own", "rename the file")
        if stat.S_ISREG(mode):
            found.append((relative, str(path)))
    if not found:
        raise UsageError(f"there is no file in {source}", "put into it what shall be deployed")
    return Parcel(name=name, manifest=manifest_of(found))


async def deploy(
    link: Link,
    parcel: Parcel,
    *,
    keep: int,
    now: float,
    told: Callable[[int, int], None] = lambda _sent, _whole: None,
) -> Deployed:
    """Bring it, verify it, switch to it, forget all but the newest ``keep`` versions. ``now``: Unix s.

    Whatever happens before the switch, what was current stays so. Raises Refused, CommandError, LinkError.
    """
    digest = parcel.manifest.digest
    before = await board_slots.look(link, parcel.name)
    done = Deployed(
        name=parcel.name,
        outcome="unchanged",
        version=before.current,
        before=before.current,
        digest=digest,
        files=len(parcel.manifest.entries),
        size_bytes=parcel.size,
        sent_bytes=0,
        signer=parcel.signer,
    )
    if before.current.endswith(f"-{digest[:DIGITS]}") and await _runs(link, before, parcel):
        return done
    synced = await sync(link, parcel.manifest, told)
    came = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime(now))}.{int(now * 1000) % 1000:03d}Z"
    version = f"{came}-{digest[:DIGITS]}"
    await _slotted(link, before, parcel, synced.folder, version)
    await board_slots.switch(link, before, version)
    rest = [each for each in before.versions if each != before.current]
    with suppress(CommandError, LinkError):  # it is deployed; the next one forgets them
        await board_slots.drop(link, before, rest[: max(0, len(rest) + 2 - keep)])
    return replace(done, outcome="deployed", version=version, sent_bytes=synced.sent_bytes)


async def _slotted(link: Link, before: Slots, parcel: Parcel, folder: str, version: str) -> None:
    """A verified slot of this name, or none. Raises Refused, CommandError, LinkError."""
    part = f".part-{version}"
    try:
        await board_slots.place(link, before.root, folder, part, parcel.signature, parcel.size)
        path = f"{before.root}/{part}"
        await _verified(link, path, parcel.manifest.text, parcel.size, signed=bool(parcel.signature))
        await board_slots.settle(link, before.root, part, version)
    except CommandError:
        with suppress(CommandError):
            await board_slots.drop(link, before, [part])
        raise


async def roll_back(link: Link, name: str, version: str, verify: Callable[[str, str], str]) -> Deployed:
    """Switch to ``version``, empty: to the one before, after it was verified anew.

    ``verify``: of manifest and signature to who has signed. Raises Refused, CommandError, LinkError.
    """
    before = await board_slots.look(link, name)
    target = version or before.previous
    if not before.current:
        raise CommandError(f"nothing called {name} is deployed there", "see: edgetui deploy --list")
    if not target or target == before.current or target not in before.versions:
        has = ", ".join(before.versions)
        raise CommandError(f"there is no {target or 'earlier version'} to go back to; there is: {has}")
    path = f"{before.root}/{target}"
    async with link.files() as files:
        text = (await files.read(f"{path}/{MANIFEST}", 0, TEXT_BYTES)).decode(errors="replace")
        signature = (await files.read(f"{path}/{SIGNATURE}", 0, TEXT_BYTES)).decode(errors="replace")
    signer = verify(text, signature)
    digest = hashlib.sha256(text.encode()).hexdigest()
    if not target.endswith(f"-{digest[:DIGITS]}"):
        raise Refused(f"the manifest of {target} was changed on the board", "deploy it anew")
    await _verified(link, path, text, ANY_BYTES, signed=bool(signature))
    await board_slots.switch(link, before, target)
    return Deployed(
        name=name,
        outcome="rolled-back",
        version=target,
        before=before.current,
        digest=digest,
        files=text.count("\n"),
        signer=signer,
    )


async def attempt(link: Link, name: str, work: Awaitable[Deployed]) -> Deployed:
    """What came of it, also where it failed; then what is current is asked anew. Raises LinkError."""
    try:
        return await work
    except CommandError as error:
        outcome: Outcome = "refused" if isinstance(error, Refused) else "failed"
        try:
            current = (await board_slots.look(link, name)).current
        except CommandError:
            current = ""
        return Deployed(name=name, outcome=outcome, reason=error.sentence, version=current)


async def _runs(link: Link, before: Slots, parcel: Parcel) -> bool:
    """Is that what is current, as it should be?"""
    path = f"{before.root}/{before.current}"
    try:
        await _verified(link, path, parcel.manifest.text, parcel.size, signed=bool(parcel.signature))
    except Refused:
        return False
    return True


async def _verified(link: Link, path: str, text: str, size: int, *, signed: bool) -> None:
    """Raises Refused where a slot is not what its manifest says, CommandError, LinkError."""
    found = await board_slots.check(link, path, size)
    if found.digest != hashlib.sha256(text.encode()).hexdigest():
        raise Refused("its manifest on the board is another than what was sent", _AGAIN)
    if found.bad:
        raise Refused(f"{found.bad.removesuffix(': FAILED')} on the board is not what was sent", _AGAIN)
    if found.things != text.count("\n") + 1 + signed:
        raise Refused("there is something beside it on the board that was not sent", _AGAIN)


_AGAIN = "clean what lies on the board and deploy again: edgetui tasks clean"
