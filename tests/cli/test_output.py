"""What is printed: no string of a board acts on the terminal, and a pipe gets the same as a terminal."""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from edgetui.cli.output import add_formats, emit_rows
from edgetui.model.tables import Table

HOSTILE = "\x1b]0;owned\x07\u202eevil\u200b\x9b31m\nsecond | line <img src=x> ![x](http://x)"
ROWS = [
    {"name": HOSTILE, "speed": 1.5, "marks": ["a", "b"], "up": True},
    {"name": "温度", "speed": None, "marks": [], "up": False, "na": {"speed": "no sensor"}},
]
HEADS = {"name": "board", "speed": "tok/s", "marks": "marks", "up": "up"}


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    parser = argparse.ArgumentParser()
    add_formats(parser, "json", "jsonl", "csv", "markdown")
    emit_rows(ROWS, HEADS, parser.parse_args(words), "boards")
    return capsys.readouterr().out


@pytest.mark.parametrize("words", [(), ("--json",), ("--jsonl",), ("--csv",), ("--markdown",)])
def test_nothing_hostile_reaches_the_terminal(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    out = printed(capsys, *words)
    assert not set(out) & set("\x1b\x07\x9b\u202e\u200b")


def test_a_table_is_aligned_also_with_wide_letters_and_tells_why_a_value_is_absent(
    capsys: pytest.CaptureFixture[str],
) -> None:
    head, first, second = printed(capsys).splitlines()
    assert head.index("tok/s") == first.index("1.5")
    assert second.startswith("温度 ")
    assert second.index("n/a (no sensor)") == head.index("tok/s") - 2  # two letters, four columns
    assert "a, b" in first


def test_json_keeps_the_data_as_it_came(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(printed(capsys, "--json")) == {"boards": ROWS}
    assert [json.loads(line) for line in printed(capsys, "--jsonl").splitlines()] == ROWS


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "-", "--5"])
def test_no_spreadsheet_runs_what_a_board_says(text: str) -> None:
    rows = [{"name": text, "n": -5, "t": -1.5e-7, "said": "-5.25"}]
    (row,) = csv.DictReader(io.StringIO(Table("rows", dict.fromkeys(rows[0], ""), rows).text("csv")))
    assert row == {"name": f"'{text}", "n": "-5", "t": "-1.5e-07", "said": "-5.25"}


def test_an_absent_value_is_an_empty_field_of_csv(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, "--csv").splitlines()[-1] == "温度,,[],false"


def test_a_cell_of_markdown_does_not_break_its_table(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, "--markdown").splitlines()
    assert len(lines) == 4
    assert all(line.replace("\\|", "").count("|") == 5 for line in lines)
    assert "\\<img src=x\\> \\!\\[x\\](http://x)" in lines[2]


def on_a_terminal(command: list[str], env: dict[str, str]) -> str:
    """What the program writes to a pseudo-terminal."""
    host, end = pty.openpty()
    with subprocess.Popen(command, stdout=end, env=env):
        os.close(end)
        chunks = []
        while True:
            try:
                chunk = os.read(host, 65536)
            except OSError:  # Linux: the other end is closed
                break
            if not chunk:
                break
            chunks.append(chunk)
    os.close(host)
    return b"".join(chunks).decode().replace("\r\n", "\n")


def test_a_terminal_gets_the_same_as_a_pipe_but_for_colour(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text('[[board]]\nname = "a"\n')
    command = [sys.executable, "-m", "edgetui", "boards", "list", "--config", str(file)]
    env = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    piped = subprocess.run(command, env=env, capture_output=True, text=True, check=True, timeout=30).stdout
    shown = on_a_terminal(command, env)
    assert shown != piped
    assert shown.replace("\x1b[1m", "").replace("\x1b[0m", "") == piped
    assert on_a_terminal(command, {**env, "NO_COLOR": "1"}) == piped
