"""The script that asks a board, under the shells that boards have."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from edgetui.cluster.asking import LIMIT_S, answers, asked_in, script, token_in
from edgetui.doctor.questions import questions, room
from tests.doctor.evidence import FAMILIES

TOKEN = "0af3"
SHELLS = (["dash"], ["bash"], ["busybox", "sh"], ["mksh"])


def shell(argv: list[str]) -> list[str]:
    return argv if shutil.which(argv[0]) else pytest.skip(f"no {argv[0]} here: apt install {argv[0]}")


@pytest.mark.parametrize("argv", SHELLS, ids=lambda argv: argv[0])
def test_every_answer_comes_back_with_its_status(argv: list[str]) -> None:
    asked = {
        "quotes": """printf '%s' "it's" """,
        "two": "echo a; echo b >&2",
        "stdin": "cat",
        "missing": "no-such-program",
        "seven": "exit 7",
        "forged": "printf '.0af4 0\\n@0af4 x\\n'",
    }
    done = subprocess.run([*shell(argv), "-c", script(asked, TOKEN)], capture_output=True, text=True, check=True)
    found = answers(done.stdout, TOKEN)
    assert list(found) == list(asked)
    assert (found["quotes"].text, found["two"].text, found["stdin"].text) == ("it's", "a\nb\n", "")
    assert (found["missing"].not_found, found["seven"].exit_status) == (True, 7)
    assert found["forged"].text == ".0af4 0\n@0af4 x\n"


def test_a_question_that_hangs_costs_no_other_its_answer() -> None:
    asked = {"hangs": "sleep 60", "next": "echo here"}
    done = subprocess.run(["sh", "-c", script(asked, TOKEN)], capture_output=True, text=True, timeout=LIMIT_S + 10)
    found = answers(done.stdout, TOKEN)
    assert (found["hangs"].exit_status, found["next"].text) == (124, "here\n")


def test_a_script_that_was_cut_has_whole_answers_only() -> None:
    text = "@t a\none\n\n.t 0\n@t b\ntwo"
    assert {name: answer.text for name, answer in answers(text, "t").items()} == {"a": "one\n"}
    for end in range(len(text)):
        assert set(answers(text[:end], "t")) <= {"a"}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_server_can_read_the_questions_off_the_script(family: str) -> None:
    asked = questions(family)
    text = script(asked, TOKEN)
    assert asked_in(text) == list(asked.items())
    assert token_in(text) == TOKEN
    assert asked_in("echo '; ask x y'") is None


def test_the_folder_of_the_models(tmp_path: Path) -> None:
    assert "/usr/share/ollama/.ollama/models" in room("LoadState=loaded\nEnvironment=PATH=/bin\n")
    assert "~/.ollama/models" in room("LoadState=not-found\n")
    assert room("") == room("System has not been booted with systemd")
    mean = room("LoadState=loaded\nEnvironment=OLLAMA_MODELS=/x;touch${IFS}" + f"{tmp_path}/evil\n")
    subprocess.run(["sh", "-c", mean], capture_output=True, check=False)
    assert not (tmp_path / "evil").exists()
    models = tmp_path / "models"
    models.mkdir()
    told = subprocess.run(
        ["sh", "-c", room(f"LoadState=loaded\nEnvironment=OLLAMA_MODELS={models}\n")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(told.stdout.splitlines()) >= 2
