"""The program's frame, run as a person runs it: exit codes, streams, errors, what is imported."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.program import edgetui

HEAVY = ("textual", "asyncssh", "pydantic", "ollama", "httpx", "PIL", "rich", "psutil", "aiosqlite")


@pytest.mark.parametrize("flag", ["--version", "--help"])
def test_version_and_help_import_nothing_heavy(flag: str) -> None:
    program = (
        "import sys\nfrom edgetui.cli import main\n"
        f"try: main([{flag!r}])\nexcept SystemExit as end: assert end.code == 0\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)
    assert done.stderr.strip() == "[]"
    assert "edgetui" in done.stdout


def test_a_mistyped_verb_is_answered_with_the_nearest() -> None:
    done = edgetui("bords")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "'bords'" in done.stderr
    assert "did you mean 'boards'?" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_mistyped_option_names_the_help_of_its_verb() -> None:
    done = edgetui("config", "show", "--jsn")
    assert done.returncode == 2
    assert "--jsn" in done.stderr
    assert "see edgetui config show --help" in done.stderr


@pytest.mark.parametrize("before", [True, False])
def test_config_is_taken_before_and_after_the_verb(tmp_path: Path, before: bool) -> None:
    file = tmp_path / "my.toml"
    file.write_text("[ui]\ntheme = 'x'\n")
    flag = ["--config", str(file)]
    done = edgetui(*flag, "config", "show", "--json") if before else edgetui("config", "show", "--json", *flag)
    values = {row["key"]: row for row in json.loads(done.stdout)["values"]}
    assert values["ui.theme"] == {"key": "ui.theme", "value": "x", "source": "file", "where": "line 2"}
    assert values["ui.keys"]["source"] == "default"


def test_an_error_is_a_sentence_or_one_json_document(tmp_path: Path) -> None:
    file = tmp_path / "my.toml"
    file.write_text("[ui]\nteme = 'x'\n")
    said = edgetui("config", "show", "--config", str(file))
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr == f"edgetui: {file}:2: ui.teme: unknown key\n  did you mean 'theme'?\n"
    told = edgetui("config", "show", "--config", str(file), "--json")
    assert (told.returncode, told.stdout) == (2, "")
    assert json.loads(told.stderr) == {
        "error": {"kind": "config", "message": f"{file}:2: ui.teme: unknown key", "remedy": "did you mean 'theme'?"}
    }


def test_config_verbs(tmp_path: Path) -> None:
    path = edgetui("config", "path", XDG_CONFIG_HOME=str(tmp_path))
    assert path.stdout == f"{tmp_path}/edgetui/config.toml\n"
    assert "does not exist" in path.stderr
    good = edgetui("config", "validate", XDG_CONFIG_HOME=str(tmp_path))
    assert (good.returncode, good.stdout) == (0, "no file, all defaults: good, 0 boards\n")
    bad = edgetui("config", "validate", XDG_CONFIG_HOME=str(tmp_path), EDGETUI_UI__THEME="edge-nigth")
    assert (bad.returncode, bad.stdout) == (2, "")
    assert bad.stderr == "edgetui: ui.theme: there is no theme 'edge-nigth'\n  did you mean 'edge-night'?\n"
    schema = json.loads(edgetui("config", "schema").stdout)
    assert set(schema["properties"]) >= {"board", "ssh", "store", "ui", "run"}
    assert schema["$defs"]["Board"]["additionalProperties"] is False


def test_a_reader_that_leaves_is_no_error(tmp_path: Path) -> None:
    boards = "".join(f"[[board]]\nname = 'b{n}'\n" for n in range(5000))
    file = tmp_path / "c.toml"
    file.write_text(boards)
    command = ["sh", "-c", f"{sys.executable} -m edgetui config show --jsonl --config {file} | head -n 1"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    assert done.stderr == ""
    assert json.loads(done.stdout)["key"] == "ssh.config"
