"""Arguments, output formats, exit codes; the only place where things are wired together."""

from __future__ import annotations


def main(argv: list[str] | None = None) -> int:
    """Run the command line. ``argv``: without the program's name; None: ``sys.argv``. Returns the exit code."""
    raise NotImplementedError
