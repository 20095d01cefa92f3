"""The parser that every verb is made with, and the arguments that it yields."""

from __future__ import annotations

import argparse
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

from edgetui.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from edgetui.config import Config

Verbs: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""What ``register`` of a verb's module adds its parser to."""


class Arguments(argparse.Namespace):
    """What was asked for. A verb sets ``func``: a function from Arguments to an exit code."""

    config_path: Path | None = None
    """The ``--config`` flag."""
    readonly = False
    """The ``--readonly`` flag of the app."""

    @cached_property
    def config(self) -> Config:
        """The configuration, read when first asked for. Raises ConfigError."""
        from edgetui.config import load

        return load(self.config_path)


class Parser(argparse.ArgumentParser):
    """Takes ``--config PATH`` on every level; complains with UsageError instead of leaving the program."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - handed on as they are
        super().__init__(**options, allow_abbrev=False)
        self.add_argument(
            "--config",
            metavar="PATH",
            dest="config_path",
            type=Path,
            default=argparse.SUPPRESS,
            help="configuration file (default: config.toml in edgetui's configuration folder)",
        )

    def add_readonly(self) -> None:
        """``--readonly``, for what starts the app."""
        self.add_argument(
            "--readonly",
            action="store_true",
            default=argparse.SUPPRESS,
            help="the app shows and runs, but offers no actions on boards and no shells",
        )

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:  # noqa: ANN401 - argparse's signature
        """Complain where it is known whose arguments they were; a parser without help only looks for its own."""
        known, unknown = super().parse_known_args(args, namespace)
        if unknown and self.add_help:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return known, unknown

    def error(self, message: str) -> NoReturn:
        """Raise UsageError with the way to the verb's help."""
        raise UsageError(message, f"see {self.prog} --help")

    def _check_value(self, action: argparse.Action, value: Any) -> None:  # noqa: ANN401 - argparse's signature
        if action.choices is not None and value not in action.choices:
            what = "verb" if isinstance(action, argparse._SubParsersAction) else action.dest
            raise UsageError(f"unknown {what} {value!r}", did_you_mean(str(value), action.choices))
