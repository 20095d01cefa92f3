"""``edgetui deploy`` and ``edgetui rollback``: versions of programs and models on boards; stdout is data."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from edgetui.cli.arguments import Arguments, Verbs
from edgetui.errors import CommandError, LinkError, UsageError

if TYPE_CHECKING:
    import argparse

    from edgetui.cluster.deploy import Deployed, Parcel
    from edgetui.config import Board
    from edgetui.links import Link

_COLUMNS = {
    "board": "board",
    "name": "name",
    "outcome": "outcome",
    "version": "version",
    "before": "before",
    "files": "files",
    "size_bytes": "bytes",
    "sent_bytes": "sent",
    "signer": "signed by",
    "reason": "reason",
}
_LISTED = {"board": "board", "name": "name", "version": "version", "previous": "previous", "versions": "versions"}
T = TypeVar("T")
Failure: TypeAlias = LinkError | CommandError
_WORTH_TELLING = 10_000_000
"""Bytes."""
AT_ONCE = 4
"""Boards: the line of this machine is one."""


def register(verbs: Verbs) -> None:
    """Add ``deploy`` and ``rollback``."""
    deploy = verbs.add_parser("deploy", help="bring a version to boards, verify it there, then switch to it")
    deploy.add_argument("source", nargs="?", type=Path, metavar="FOLDER|FILE")
    deploy.add_argument("--name", metavar="NAME", default="", help="what it is called (default: as the folder)")
    signed = deploy.add_mutually_exclusive_group()
    signed.add_argument("--sign", type=Path, metavar="KEY", help="sign the manifest with this SSH key")
    signed.add_argument("--signature", type=Path, metavar="FILE", help="a signature of what --manifest printed")
    deploy.add_argument("--keep", type=int, metavar="N", help="versions kept on a board (default: [deploy] keep)")
    what = deploy.add_mutually_exclusive_group()
    what.add_argument("--list", action="store_true", help="print what is deployed, and deploy nothing")
    what.add_argument("--manifest", action="store_true", help="print what would be signed, and deploy nothing")
    deploy.set_defaults(func=_deploy)
    rollback = verbs.add_parser("rollback", help="switch boards back to the version before")
    rollback.add_argument("name", metavar="NAME")
    rollback.add_argument("--to", metavar="VERSION", default="", help="another than the one before")
    rollback.set_defaults(func=_rollback)
    for parser in (deploy, rollback):
        _common(parser)


def _common(parser: argparse.ArgumentParser) -> None:
    from edgetui.cli.output import add_formats

    parser.add_argument("-b", "--board", action="extend", nargs="+", metavar="BOARD", help="default: all")
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")
    add_formats(parser, "json", "jsonl", "csv", "markdown")


def _deploy(args: Arguments) -> int:
    import time

    from edgetui.cluster.deploy import deploy

    if args.list:
        return _list(args)
    parcel = _parcel(args)
    if args.manifest:
        print(parcel.manifest.text, end="")
        return 0
    keep = args.config.deploy.keep if args.keep is None else args.keep
    if keep < 2:
        raise UsageError("fewer than 2 versions leave none to go back to", "give --keep 2 or more")

    async def one(board: Board, link: Link) -> Deployed:
        tell = _progress(board.name, quiet=args.quiet)
        return await deploy(link, parcel, keep=keep, now=time.time(), told=tell)

    return _everywhere(args, parcel.name, one)


def _parcel(args: Arguments) -> Parcel:
    """What is deployed, with a signature that holds. Raises UsageError, TaskError, CommandError."""
    from dataclasses import replace

    from edgetui.cluster.deploy import parcel_of
    from edgetui.cluster.signature import sign

    if args.source is None:
        raise UsageError("no folder or file is named", "see edgetui deploy --help")
    parcel = parcel_of(args.source, args.name)
    if args.manifest:
        return parcel
    signature = ""
    if args.sign:
        signature = sign(parcel.manifest.text, args.sign)
    elif args.signature:
        try:
            signature = args.signature.read_text(encoding="ascii", errors="replace")
        except OSError as error:
            raise UsageError(f"{args.signature}: {error.strerror}") from error
    return replace(parcel, signature=signature, signer=_verify(args)(parcel.manifest.text, signature))


def _verify(args: Arguments) -> Callable[[str, str], str]:
    """Who has signed, by ``[deploy] allowed_signers``; without that key nobody is asked."""
    from edgetui.cluster.signature import signer_of

    allowed = args.config.deploy.allowed_signers
    return lambda text, signature: signer_of(text, signature, allowed) if allowed else ""


def _rollback(args: Arguments) -> int:
    from edgetui.cluster.deploy import roll_back
    from edgetui.cluster.slots import NAME, VERSION

    if not NAME.fullmatch(args.name):
        raise UsageError(f"{args.name!r} is no name of a deployment", "see: edgetui deploy --list")
    if args.to and not VERSION.fullmatch(args.to):
        raise UsageError(f"{args.to!r} is no version", "see: edgetui deploy --list")
    return _everywhere(args, args.name, lambda _, link: roll_back(link, args.name, args.to, _verify(args)))


def _everywhere(args: Arguments, name: str, act: Callable[[Board, Link], Awaitable[Deployed]]) -> int:
    """Do it on all chosen boards, keep it in the Store, print it. Returns the exit code."""
    import asyncio

    from edgetui.cli.output import emit_rows
    from edgetui.cluster.deploy import GOOD

    rows = asyncio.run(_audited(args, name, act))
    emit_rows([each.to_json() for each in rows], _COLUMNS, args, "deployments")
    if all(each.outcome in GOOD for each in rows):
        return 0
    return LinkError.exit_code if all(each.outcome == "lost-link" for each in rows) else CommandError.exit_code


async def _audited(args: Arguments, name: str, act: Callable[[Board, Link], Awaitable[Deployed]]) -> list[Deployed]:
    import time
    from dataclasses import replace

    from edgetui.cluster.deploy import Deployed, attempt
    from edgetui.store import Store

    async with await Store.open(args.config.store_path) as store:

        async def one(board: Board, link: Link) -> Deployed:
            return await attempt(link, name, act(board, link))

        found = await _on_each(args, one)
        rows = [
            replace(done, board=board)
            if isinstance(done, Deployed)
            else Deployed(board=board, name=name, outcome="lost-link", reason=done.sentence)
            for board, done in found.items()
        ]
        await store.add_events([each.event(time.time()) for each in rows])
    return rows


async def _on_each(args: Arguments, act: Callable[[Board, Link], Awaitable[T]]) -> dict[str, T | Failure]:
    """By board: what came of it, a few at a time; one lost board never stops the others."""
    import asyncio

    from edgetui.cli.named import chosen_boards
    from edgetui.links.roads import Roads

    boards = chosen_boards(args.config, args.board)
    roads, places = Roads(args.config.ssh, boards=len(boards)), asyncio.Semaphore(AT_ONCE)

    async def one(board: Board) -> T | Failure:
        async with places:
            try:
                link = await roads.connect(board)
                try:
                    return await act(board, link)
                finally:
                    await link.close()
            except (LinkError, CommandError) as error:
                return error

    try:
        return dict(zip([b.name for b in boards], await asyncio.gather(*map(one, boards)), strict=True))
    finally:
        await roads.close()


def _list(args: Arguments) -> int:
    import asyncio

    from edgetui.cli.output import emit_rows
    from edgetui.cluster.slots import look_at_all
    from edgetui.model.hostile import one_line

    found = asyncio.run(_on_each(args, lambda _, link: look_at_all(link)))
    rows = []
    for board, slots in found.items():
        if isinstance(slots, Failure):
            print(f"edgetui: {board}: {one_line(slots.sentence, 500)}", file=sys.stderr)
            continue
        for each in slots:
            said = {"version": each.current or None, "previous": each.previous or None}
            na = {key: "none" for key, value in said.items() if value is None}
            rows.append({"board": board, "name": each.name, **said, "versions": list(each.versions), "na": na})
    emit_rows(rows, _LISTED, args, "deployments")
    failures = [each for each in found.values() if isinstance(each, Failure)]
    if len(failures) == len(found) and all(isinstance(each, LinkError) for each in failures):
        return LinkError.exit_code
    return CommandError.exit_code if failures else 0


def _progress(board: str, *, quiet: bool) -> Callable[[int, int], None]:
    """Tells on stderr how far a board is, each tenth once."""
    shown = 0

    def tell(sent: int, whole: int) -> None:
        nonlocal shown
        tenth = 10 * sent // max(whole, 1)
        if not quiet and tenth > shown and whole > _WORTH_TELLING:
            shown = tenth
            print(f"{board}: {sent / 1e6:.0f} of {whole / 1e6:.0f} MB", file=sys.stderr, flush=True)

    return tell
