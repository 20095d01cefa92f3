"""``edgetui boards list|add|import|check|accept|remove``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgetui.cli.arguments import Arguments, Verbs
from edgetui.cli.named import board_named
from edgetui.cli.output import add_formats, emit_rows
from edgetui.errors import UsageError

if TYPE_CHECKING:
    from edgetui.config import Board


def register(verbs: Verbs) -> None:
    """Add ``boards`` to the command line."""
    parser = verbs.add_parser("boards", help="list, add, import, check, accept and remove boards")
    actions = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    every = actions.add_parser("list", help="print the configured boards")
    add_formats(every, "json", "jsonl", "csv", "markdown")
    every.set_defaults(func=_list)
    _register_add(actions)
    take = actions.add_parser("import", help="add the hosts of ~/.ssh/config")
    take.add_argument("--from", dest="source", type=Path, metavar="FILE", help="another ssh_config")
    add_formats(take, "json", "jsonl", "csv", "markdown")
    take.set_defaults(func=_import)
    check = actions.add_parser("check", help="connect, and tell what each board is and what it lacks")
    check.add_argument("name", nargs="*", metavar="NAME", help="boards (default: all)")
    add_formats(check, "json", "jsonl")
    check.set_defaults(func=_check)
    accept = actions.add_parser("accept", help="store the unknown host key of a board after you compared it")
    accept.add_argument("name", metavar="NAME")
    accept.add_argument("--fingerprint", required=True, metavar="SHA256:…", help="as the board's own console says")
    accept.set_defaults(func=_accept)
    remove = actions.add_parser("remove", help="take a board out of the configuration")
    remove.add_argument("name", metavar="NAME")
    remove.set_defaults(func=_remove)


def _register_add(actions: Verbs) -> None:
    add = actions.add_parser("add", help="add a board to the configuration")
    add.add_argument("name", metavar="NAME")
    add.add_argument("host", nargs="?", metavar="HOST", help="address or alias of ~/.ssh/config (default: NAME)")
    add.add_argument("--user", help="login (default: what ~/.ssh/config says, else yours)")
    add.add_argument("--port", type=int)
    add.add_argument("--key", type=Path, metavar="FILE", help="private key (default: agent and usual keys)")
    add.add_argument("--jump", metavar="[USER@]HOST[:PORT]", help="machine to go through")
    add.add_argument("--tag", action="append", metavar="TAG", help="repeat for several")
    add.add_argument("--cooling", metavar="TEXT", help="bare, heatsink, active cooler, …")
    add.add_argument("--ambient", type=float, metavar="°C", help="temperature of the room")
    add.add_argument("--local", action="store_true", help="this very machine, without SSH")
    add.add_argument("--reference", action="store_true", help="shown first; others are compared with it")
    add.set_defaults(func=_add)


def _list(args: Arguments) -> int:
    rows = [{**board.model_dump(mode="json"), "address": board.address} for board in args.config.board]
    columns = ("name", "address", "user", "port", "jump", "tags", "cooling", "ambient_c", "local", "reference")
    heads = {key: {"name": "board", "ambient_c": "ambient °C"}.get(key, key) for key in columns}
    if args.format not in ("json", "jsonl"):
        heads = {
            key: head for key, head in heads.items() if key in ("name", "address") or any(r[key] for r in rows)
        }
    emit_rows(rows, heads, args, "boards")
    if not rows:
        print("no boards yet: edgetui boards add NAME HOST, or edgetui boards import", file=sys.stderr)
    return 0


def _known(path: Path) -> tuple[Board, ...]:
    """Boards of the file alone; none where it is not there yet."""
    from edgetui.config import load

    return load(path).board if path.exists() else ()


def _add(args: Arguments) -> int:
    from edgetui.config import locate
    from edgetui.config.edit import add_boards

    path, _ = locate(args.config_path)
    if args.name in {board.name for board in _known(path)}:
        raise UsageError(f"there is a board {args.name!r} already", f"first: edgetui boards remove {args.name}")
    add_boards(path, [_entry(args)])
    print(f"added {args.name} to {path}")
    print(f"next: edgetui boards check {args.name}", file=sys.stderr)
    return 0


def _entry(args: Arguments) -> dict[str, Any]:
    """What was given, as it stands in the file. Raises UsageError where a value is wrong."""
    from pydantic import ValidationError

    from edgetui.config import Board
    from edgetui.config.checks import in_words
    from edgetui.config.section import expanded

    given = {
        "name": args.name,
        "host": args.host,
        "user": args.user,
        "port": args.port,
        "key": args.key and str(expanded(args.key).absolute()),
        "jump": args.jump,
        "tags": args.tag,
        "cooling": args.cooling,
        "ambient_c": args.ambient,
        "local": args.local or None,
        "reference": args.reference or None,
    }
    entry = {key: value for key, value in given.items() if value is not None}
    try:
        Board.model_validate(entry)
    except ValidationError as error:
        detail = error.errors()[0]
        raise UsageError(f"{detail['loc'][0]}: {in_words(detail)}", "see edgetui boards add --help") from None
    return entry


def _import(args: Arguments) -> int:
    from edgetui.cli.ssh_hosts import read_hosts
    from edgetui.config import locate
    from edgetui.config.edit import add_boards

    path, _ = locate(args.config_path)
    usual = Path("~/.ssh/config").expanduser()
    source = args.source or usual
    taken = {name for board in _known(path) for name in (board.name, board.address)}
    rows = []
    for host in read_hosts(source):
        why = _why_not(host.name, host.user, taken)
        rows.append({"board": host.name, "result": "skipped" if why else "added", "why": why})
        rows += [{"board": a, "result": "skipped", "why": f"another name of {host.name}"} for a in host.aliases]
        taken.add(host.name)
    add_boards(path, [{"name": row["board"]} for row in rows if row["result"] == "added"])
    emit_rows(rows, {"board": "board", "result": "result", "why": "why"}, args, "boards")
    if source.resolve() != usual.resolve():
        print(
            f'so that these names are understood, add to {path}: [ssh] config = "{source.absolute()}"',
            file=sys.stderr,
        )
    return 0


def _why_not(name: str, user: str, taken: set[str]) -> str:
    """Why a host does not become a board; empty where it does."""
    from pydantic import ValidationError

    from edgetui.config import Board

    if name in taken:
        return "is there already"
    if user == "git":
        return "a git server"
    try:
        Board(name=name)
    except ValidationError:
        return f"no name for a board; add it by hand: edgetui boards add NAME {name}"
    return ""


def _check(args: Arguments) -> int:
    import asyncio

    from edgetui.cli.check import check

    config = args.config
    boards = [board_named(config, name) for name in args.name] or config.board
    if not boards:
        raise UsageError("there are no boards to check", "add one: edgetui boards add NAME HOST")
    return asyncio.run(check(config.model_copy(update={"board": tuple(boards)}), args))


def _accept(args: Arguments) -> int:
    import asyncio

    from edgetui.links.roads import Roads

    board = board_named(args.config, args.name)

    async def accept() -> str:
        roads = Roads(args.config.ssh)
        try:
            return await roads.accept(board, args.fingerprint)
        finally:
            await roads.close()

    stored = asyncio.run(accept())
    if stored != args.fingerprint:
        raise UsageError(f"{board.name} shows {stored}, which is known already", "nothing was stored")
    print(f"{board.name}: stored {stored}")
    return 0


def _remove(args: Arguments) -> int:
    from edgetui.config.edit import remove_board

    config = args.config
    board = board_named(config, args.name)
    assert config.path is not None  # a board comes from a file
    remove_board(config.path, board.name)
    print(f"removed {board.name} from {config.path}")
    return 0
