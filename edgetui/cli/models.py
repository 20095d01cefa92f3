"""``edgetui models``: what models boards have, and how they come there; stdout is data, stderr is talk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgetui.cli.arguments import Arguments, Verbs

if TYPE_CHECKING:
    import argparse


def register(verbs: Verbs) -> None:
    """Add ``models list|pull|push|rm|fit|unload``."""
    from edgetui.cli.output import add_formats

    models = verbs.add_parser("models", help="models on boards: list, pull, push, remove, fit, unload")
    inner = models.add_subparsers(required=True, metavar="VERB")
    for name, words in (
        ("list", "models × boards: size, digest, what is loaded, drift"),
        ("pull", "have boards fetch models from the registry; resumes what was cut"),
        ("push", "copy a model that this machine has to boards without internet, through SSH"),
        ("rm", "take models from boards"),
        ("fit", "does a model fit into the memory of boards, with the sum"),
        ("unload", "give the memory of a loaded model back"),
    ):
        parser = inner.add_parser(name, help=words)
        if name != "list":
            parser.add_argument("model", nargs="+", metavar="MODEL")
        parser.add_argument(
            "-b", "--board", action="extend", nargs="+", metavar="BOARD", help="one or more (default: all)"
        )
        add_formats(parser, "json", "jsonl", "csv", "markdown")
        _more(name, parser)
        parser.set_defaults(func=_models, verb=name)


def _more(name: str, parser: argparse.ArgumentParser) -> None:
    if name == "pull":
        parser.add_argument("--insecure", action="store_true", help="the registry speaks plain http")
    if name == "fit":
        parser.add_argument("--num-ctx", type=int, metavar="N", help="tokens of context (default: [run] num_ctx)")
        parser.add_argument(
            "--pictures",
            type=int,
            default=1,
            metavar="N",
            help="of a campaign, each another one (1): Ollama ≥ 0.30 keeps them",
        )
    if name == "push":
        parser.add_argument(
            "--from", dest="source", metavar="BOARD", help="from this board's files (default: host)"
        )
    if name in ("pull", "push"):
        parser.add_argument("--quiet", action="store_true", help="no progress on stderr")


def _models(args: Arguments) -> int:
    import asyncio

    from edgetui.cli import modelwork
    from edgetui.cli.named import chosen_boards

    boards = chosen_boards(args.config, args.board)
    source = chosen_boards(args.config, [args.source]) if getattr(args, "source", None) else []
    targets = [board.name for board in boards if args.board or board not in source]
    config = args.config.of_boards({board.name: board for board in [*boards, *source]}.values())
    return asyncio.run(modelwork.done(args, config, targets))
