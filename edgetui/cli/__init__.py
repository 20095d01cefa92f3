"""Arguments, output formats, exit codes; the only place where things are wired together.

Every verb is a module here with ``register(verbs)``, which adds its parser and sets ``func`` to its function.
Such a module imports what is heavy inside its functions, so that ``--help`` stays instant.
"""

from __future__ import annotations

import json
import os
import sys

from edgetui import __version__
from edgetui.cli.app import start
from edgetui.cli.arguments import Arguments, Parser
from edgetui.errors import EdgetuiError

_INTERRUPTED = 130
_READER_LEFT = 141
"""What a shell says of a program that SIGPIPE ended."""


def main(argv: list[str] | None = None) -> int:
    """Run the command line. ``argv``: without the program's name; None: ``sys.argv``. Returns the exit code."""
    words = sys.argv[1:] if argv is None else argv
    try:
        code = _dispatch(words)
        sys.stdout.flush()
    except EdgetuiError as error:
        _complain(error, machine="--json" in words or "--jsonl" in words)
        return error.exit_code
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains at its end
        return _READER_LEFT
    return code


def _dispatch(words: list[str]) -> int:
    bare = Parser(add_help=False)
    bare.add_readonly()
    args, verb = bare.parse_known_args(words, namespace=Arguments())
    if not verb:
        return start(args)  # the app starts without a look at the verbs
    args = _parser().parse_args(words, namespace=Arguments())
    code: int = args.func(args)
    return code


def _parser() -> Parser:
    from edgetui.cli import boards, config, demo, doctor, record, replay, results, run, sim, tasks, watch

    parser = Parser(prog="edgetui", description="Run vision-language models on a cluster of edge boards.")
    parser.add_argument("--version", action="version", version=f"edgetui {__version__}")
    parser.add_readonly()
    verbs = parser.add_subparsers(title="verbs (none: the app)", metavar="VERB", required=True)
    for module in (demo, run, watch, boards, doctor, tasks, results, record, replay, sim, config):
        module.register(verbs)
    return parser


def _complain(error: EdgetuiError, *, machine: bool) -> None:
    """Say it on stderr: a sentence and its remedy, or the same as one JSON document."""
    from edgetui.model.hostile import one_line

    message, remedy = one_line(error.message, 1000), one_line(error.remedy, 1000)
    if machine:
        text = json.dumps({"error": {"kind": error.kind, "message": message, "remedy": remedy}})
    else:
        text = f"edgetui: {message}" + (f"\n  {remedy}" if remedy else "")
    print(text, file=sys.stderr)
