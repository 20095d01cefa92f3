"""Arguments, output formats, exit codes; the only place where things are wired together.

Every verb is a module here with ``register(verbs)``, which adds its parser and sets ``func`` to its function.
Such a module imports what is heavy inside its functions, so that ``--help`` stays instant.
"""

from __future__ import annotations

import errno
import json
import os
import sys

from edgetui import __version__
from edgetui.cli.app import start
from edgetui.cli.arguments import Arguments, Parser
from edgetui.errors import CommandError, EdgetuiError, UsageError

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
_INTERRUPTED = 130
_READER_LEFT = 141
"""What a shell says of a program that SIGPIPE ended."""


def main(argv: list[str] | None = None) -> int:
    """Run the command line. ``argv``: without the program's name; None: ``sys.argv``. Returns the exit code."""
    words = sys.argv[1:] if argv is None else argv
    machine = "--json" in words or "--jsonl" in words
    try:
        _need_stdout()
        code = _dispatch(words)
        sys.stdout.flush()
    except (EdgetuiError, ExceptionGroup) as error:
        told = _ours(error)
        _complain(told, machine=machine)
        return told.exit_code
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        _forget_stdout()
        return _READER_LEFT
    except OSError as error:
        if error.filename is not None:
            remedy = "check the path, its permissions and the room there"
            _complain(CommandError(f"{error.filename}: {error.strerror}", remedy), machine=machine)
            return CommandError.exit_code
        if error.errno not in _NO_ROOM:
            raise
        _forget_stdout()
        _complain(CommandError(f"the output could not be written: {error.strerror}", "make room"), machine=False)
        return CommandError.exit_code
    return code


def _need_stdout() -> None:
    """Raises UsageError where the shell closed it (``>&-``): every print would go nowhere without a word."""
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - until the end; print(file=None) is stdout
    if sys.stdout is None:
        raise UsageError("standard output is closed", "send it to a file or to /dev/null")


def _forget_stdout() -> None:
    """Send what is still buffered nowhere, or the interpreter complains at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _ours(error: EdgetuiError | ExceptionGroup[Exception]) -> EdgetuiError:
    """The first that a person can mend. Raises the group again where a bug is in it too."""
    while isinstance(error, ExceptionGroup):
        mendable, bugs = error.split(EdgetuiError)
        if bugs is not None or mendable is None:
            raise error
        error = mendable.exceptions[0]
    return error


def _dispatch(words: list[str]) -> int:
    bare = Parser(add_help=False)
    bare.add_readonly()
    args, verb = bare.parse_known_args(words, namespace=Arguments())
    if not verb:
        return start(args)  # the app starts without a look at the verbs
    try:
        args = _parser().parse_args(words, namespace=Arguments())
    except SystemExit:  # --help and --version have been printed
        return 0
    code: int = args.func(args)
    return code


def _parser() -> Parser:
    from edgetui.cli import (
        boards,
        config,
        demo,
        deploy,
        doctor,
        models,
        record,
        replay,
        report,
        results,
        run,
        sim,
        tasks,
        watch,
    )

    parser = Parser(prog="edgetui", description="Run vision-language models on a cluster of edge boards.")
    parser.add_argument("--version", action="version", version=f"edgetui {__version__}")
    parser.add_readonly()
    verbs = parser.add_subparsers(title="verbs (none: the app)", metavar="VERB", required=True)
    for module in (
        demo,
        run,
        watch,
        boards,
        models,
        deploy,
        doctor,
        tasks,
        results,
        report,
        record,
        replay,
        sim,
        config,
    ):
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
