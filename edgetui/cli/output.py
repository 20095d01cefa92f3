"""What goes to stdout: data in the format asked for, the same bytes to a pipe and a terminal but for colour."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

_HELP = {
    "json": "one JSON document",
    "jsonl": "one JSON object a line",
    "csv": "comma-separated values; text that a spreadsheet would run as a formula begins with an apostrophe",
    "markdown": "a Markdown table",
}


def add_formats(parser: argparse.ArgumentParser, *formats: str) -> None:
    """Add ``--json`` and its like; ``args.format`` is the one asked for, ``table`` without."""
    group = parser.add_mutually_exclusive_group()
    for name in formats:
        group.add_argument(f"--{name}", dest="format", action="store_const", const=name, help=_HELP[name])
    parser.set_defaults(format="table")


def emit_rows(
    rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], args: argparse.Namespace, name: str = "rows"
) -> None:
    """Print rows in ``args.format``.

    ``columns``: key to head of what table, CSV (keys only) and Markdown show; JSON has every key, and ``name`` is
    what the list is called in its document. A value None is not there; ``row["na"][key]`` may say why.
    """
    from edgetui.model.tables import SUFFIX, Table

    table = Table(name, columns, rows)
    if args.format == "jsonl":
        for row in rows:
            emit_json(row)
    elif args.format in SUFFIX:
        print(table.text(args.format), end="", flush=True)
    else:
        print_table(table.cells)


def emit_json(document: Mapping[str, Any]) -> None:
    """Print one JSON document on one line, in ASCII: no character in it can act on a terminal."""
    print(json.dumps(document), flush=True)


def print_table(lines: list[list[str]]) -> None:
    """In columns, the head bold on a terminal."""
    from rich.cells import cell_len

    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    bold = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    for number, line in enumerate(lines):
        padded = [cell + " " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=True)]
        text = "  ".join(padded).rstrip()
        print(f"\x1b[1m{text}\x1b[0m" if bold and number == 0 else text)
