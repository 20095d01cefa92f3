"""boards list, add, import, remove: what is printed, what is written, what a mistake is answered with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edgetui.config import load
from tests.cli.program import edgetui


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def names(file: Path) -> list[str]:
    return [board.name for board in load(file, {}).board]


def test_add_list_remove(file: Path, tmp_path: Path) -> None:
    words = ["--user", "pi", "--port", "2222", "--key", "id", "--jump", "gate", "--tag", "rack", "--tag", "a76"]
    words += ["--cooling", "active cooler", "--ambient", "21.5", "--reference"]
    added = edgetui("boards", "add", "pi5", "10.0.0.5", *words, "--config", file)
    assert (added.returncode, added.stdout) == (0, f"added pi5 to {file}\n")
    edgetui("boards", "add", "pc", "--local", "--config", file)
    (board, pc) = json.loads(edgetui("boards", "list", "--json", "--config", file).stdout)["boards"]
    assert (board["name"], board["address"], board["user"], board["port"]) == ("pi5", "10.0.0.5", "pi", 2222)
    assert (board["tags"], board["cooling"], board["ambient_c"]) == (["rack", "a76"], "active cooler", 21.5)
    assert (board["jump"], board["reference"], board["key"]) == ("gate", True, str(Path.cwd() / "id"))
    assert (pc["address"], pc["local"]) == ("pc", True)
    assert edgetui("boards", "remove", "pi5", "--config", file).stdout == f"removed pi5 from {file}\n"
    assert names(file) == ["pc"]


def test_an_empty_cluster_says_how_to_begin(file: Path) -> None:
    file.write_text("")
    done = edgetui("boards", "list", "--json", "--config", file)
    assert (done.returncode, json.loads(done.stdout)) == (0, {"boards": []})
    assert "boards add" in done.stderr
    assert edgetui("boards", "check", "--config", file).returncode == 2


def test_the_formats_of_list(file: Path) -> None:
    file.write_text('[[board]]\nname = "a"\ncooling = "fan | heatsink"\n[[board]]\nname = "b"\nhost = "10.0.0.2"\n')
    table = edgetui("boards", "list", "--config", file).stdout.splitlines()
    assert table == ["board  address   cooling", "a      a         fan | heatsink", "b      10.0.0.2"]
    assert edgetui("boards", "list", "--csv", "--config", file).stdout.splitlines()[1] == "a,a,fan | heatsink"
    markdown = edgetui("boards", "list", "--markdown", "--config", file).stdout.splitlines()
    assert markdown[2] == "| a | a | fan \\| heatsink |"
    lines = edgetui("boards", "list", "--jsonl", "--config", file).stdout.splitlines()
    assert [json.loads(line)["name"] for line in lines] == ["a", "b"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "pi 5"), "name: a name is made of letters, digits, . _ and -"),
        (("add", "we", "10.0.0.5 "), "host: a host has no spaces in it"),
        (("add", "x", "--port", "99999"), "port: input should be less than or equal to 65535"),
        (("add", "x", "--port", "ssh"), "invalid int value: 'ssh'"),
        (("add", "pi4"), "there is a board 'pi4' already"),
        (("remove", "pi44"), "did you mean 'pi4'?"),
        (("check", "nope"), "known: pi4"),
        (("accept", "pi3", "--fingerprint", "SHA256:x"), "did you mean 'pi4'?"),
        (("accept", "pi4"), "--fingerprint"),
        (("remov", "pi4"), "did you mean 'remove'?"),
        (("import", "--from", "/nowhere/config"), "/nowhere/config: No such file"),
    ],
)
def test_mistakes_are_sentences_and_change_nothing(file: Path, words: tuple[str, ...], said: str) -> None:
    text = '[[board]]\nname = "pi4"\n'
    file.write_text(text)
    done = edgetui("boards", *words, "--config", file)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert file.read_text() == text


SSH_CONFIG = """\
# everything
Host *
  User nobody
Include extra/*.conf ~nobody-of-that-name/x **x
Host pi5 pi5.lan
  HostName 10.0.0.5
  User pi
host=orin
Host "quoted one"
Host !not web-* ?x
Host github.com
  User git
Host pi4
  HostName 10.0.0.4
Match host pi9
  User git
Host pi5
Host broken "
"""


def test_import_adds_the_hosts_that_are_not_there_yet(file: Path, tmp_path: Path) -> None:
    ssh = tmp_path / ".ssh"
    (ssh / "extra").mkdir(parents=True)
    (ssh / "config").write_text(SSH_CONFIG)
    (ssh / "extra" / "a.conf").write_text("Host nano\n")
    file.write_text('# mine\n[[board]]\nname = "fourth"\nhost = "pi4"\n')
    done = edgetui("boards", "import", "--json", "--config", file, HOME=str(tmp_path))
    assert done.returncode == 0
    results = [(row["board"], row["result"], row["why"][:16]) for row in json.loads(done.stdout)["boards"]]
    assert results == [
        ("nano", "added", ""),
        ("pi5", "added", ""),
        ("pi5.lan", "skipped", "another name of "),
        ("orin", "added", ""),
        ("quoted one", "skipped", "no name for a bo"),
        ("github.com", "skipped", "a git server"),
        ("pi4", "skipped", "is there already"),
        ("pi5", "skipped", "is there already"),
    ]
    assert names(file) == ["fourth", "nano", "pi5", "orin"]
    assert file.read_text().startswith("# mine\n")
    again = edgetui("boards", "import", "--config", file, HOME=str(tmp_path))
    assert "added" not in again.stdout
    assert names(file) == ["fourth", "nano", "pi5", "orin"]


def test_import_from_another_file_says_how_its_names_are_understood(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "hosts"
    other.write_text("Host nano\n")
    done = edgetui("boards", "import", "--from", other, "--config", file, HOME=str(tmp_path))
    assert names(file) == ["nano"]
    assert f'[ssh] config = "{other}"' in done.stderr
