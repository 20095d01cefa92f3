"""Where the program meets what is not as it should be: streams, terminals, words in another order."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import pytest

from edgetui.cli import main
from edgetui.cli.readings import sentence
from edgetui.errors import EdgetuiError, LinkDown
from edgetui.model import Identity, Sample, State
from tests.cli.program import edgetui
from tests.terminal import Terminal

EDGETUI = [sys.executable, "-m", "edgetui"]


def shell(command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("words", ["tasks list", "config schema"])
def test_a_full_disk_behind_stdout_is_a_sentence(words: str) -> None:
    done = shell(f"{sys.executable} -m edgetui {words} > /dev/full")
    assert done.returncode == 1
    assert done.stderr == "edgetui: the output could not be written: No space left on device\n  make room\n"


def test_a_place_that_cannot_be_written_is_a_sentence() -> None:
    done = edgetui("sim", "serve", "/proc/nowhere")
    assert done.returncode == 1
    assert done.stderr.startswith("edgetui: /proc/nowhere: No such file or directory\n  check the path")


@pytest.mark.parametrize("words", ["tasks list", "config schema"])
def test_a_closed_stdout_is_a_sentence(words: str) -> None:
    done = shell(f"{sys.executable} -m edgetui {words} >&-")
    assert done.returncode == 2
    assert done.stderr.startswith("edgetui: standard output is closed\n")


@pytest.mark.parametrize("content", [b"no database", None])
def test_a_replay_of_what_is_no_recording_says_what_one_is(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "holiday.jpg"
    path.write_bytes(content) if content else path.mkdir()
    done = edgetui("replay", str(path), "--at", "+0")
    assert done.returncode == 2
    assert str(path) in done.stderr
    assert done.stderr.endswith("\n  name a file that edgetui record has made\n")


@pytest.mark.parametrize("limit", ["-1", "0", "9" * 20])
def test_a_limit_that_is_no_number_of_runs_is_a_sentence(limit: str) -> None:
    done = edgetui("results", "list", "--limit", limit)
    assert done.returncode == 2
    assert "number of times: give 1 to 999999" in done.stderr


def test_a_reader_that_leaves_early_is_no_error() -> None:
    done = shell(f"{sys.executable} -m edgetui config schema | head -n 1")
    assert (done.stdout, done.stderr) == ("{\n", "")


@pytest.mark.parametrize(
    "words",
    [
        "boards list --config ~nobody9/x",
        "boards add n h --key ~nobody9/x --config new.toml",
        "run speedometer --model-file ~nobody9/x --config one.toml",
        "ask -m m --config one.toml ~nobody9/x what",
    ],
)
def test_the_home_of_nobody_is_a_sentence(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one.toml").write_text('[[board]]\nname = "b"\nhost = "h"\n')
    assert main(words.split()) == 2
    told = capsys.readouterr().err
    assert "~nobody9/x: there is no such user's home folder" in told
    assert "check the path" in told


@pytest.mark.parametrize("words", [(), ("demo",)])
def test_the_app_without_a_terminal_says_what_to_do(words: tuple[str, ...]) -> None:
    done = edgetui(*words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "the app needs a terminal" in done.stderr
    assert "edgetui watch" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_app_on_a_dumb_terminal_says_what_to_do() -> None:
    with Terminal(EDGETUI, env={"TERM": "dumb"}) as terminal:
        assert terminal.wait_exit() == 2
        assert "cannot draw on this terminal (TERM=dumb)" in terminal.text()
        assert "TERM=xterm-256color" in terminal.text()


@pytest.mark.parametrize("flags", ["-m a b -b x y", "-m a -m b -b x -b y", "-m a -b x y -m b"])
def test_models_and_boards_are_given_one_by_one_or_after_one_flag(
    flags: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(args: argparse.Namespace) -> int:
        assert (args.task, args.model, args.board) == (["count-potholes"], ["a", "b"], ["x", "y"])
        return 77

    monkeypatch.setattr("edgetui.cli.run._run", asked)
    assert main(["run", "count-potholes", *flags.split()]) == 77


def test_a_folder_is_no_picture(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text("[[board]]\nname = 'pi5'\n")
    done = edgetui("--config", file, "ask", tmp_path, "What?", "-m", "moondream")
    assert done.returncode == 2
    assert f"{tmp_path}: is a folder" in done.stderr


def test_what_a_group_of_errors_hides_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(_: object) -> int:
        inner = ExceptionGroup("unhandled errors in a TaskGroup", [LinkDown("pi5 is gone", "plug it in")])
        raise ExceptionGroup("unhandled errors in a TaskGroup", [inner])

    monkeypatch.setattr("edgetui.cli.config._path", fails)
    assert main(["config", "path"]) == LinkDown.exit_code
    assert capsys.readouterr().err == "edgetui: pi5 is gone\n  plug it in\n"


def test_a_bug_in_a_group_stays_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: object) -> int:
        raise ExceptionGroup("two", [EdgetuiError("known", ""), ZeroDivisionError("a bug")])

    monkeypatch.setattr("edgetui.cli.config._path", fails)
    with pytest.raises(ExceptionGroup):
        main(["config", "path"])


def test_what_is_not_known_has_no_unit() -> None:
    state = State(board="pi5", link="up", identity=Identity("linux", "PC"), sample=Sample(time=1.0))
    said = sentence(state)
    assert "n/a" in said
    assert not any(f") {unit}" in said for unit in ("W", "°C", "%", "GHz", "GB"))
