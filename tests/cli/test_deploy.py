"""``edgetui deploy`` and ``edgetui rollback`` as a person uses them."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import edgetui


@dataclass
class Desk:
    """A folder with a configuration whose boards are this machine and a dead address."""

    folder: Path

    @property
    def source(self) -> Path:
        return self.folder / "detector"

    def write(self, text: str) -> None:
        """What the program is now."""
        self.source.mkdir(exist_ok=True)
        (self.source / "run.sh").write_text(text)

    @property
    def runs(self) -> str:
        return (self.folder / ".local/share/edgetui/deploy/detector/current/run.sh").read_text()

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """``edgetui --config …`` with its home here."""
        home = {"HOME": str(self.folder), "XDG_CACHE_HOME": str(self.folder / ".cache")}
        return edgetui("--config", str(self.folder / "config.toml"), *words, **home)

    def rows(self, *words: str, code: int = 0) -> list[dict[str, Any]]:
        """``deployments`` of its document."""
        done = self.run(*words, "--json")
        assert done.returncode == code, done.stderr
        found: list[dict[str, Any]] = json.loads(done.stdout)["deployments"]
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    (tmp_path / "config.toml").write_text(
        f'[store]\npath = "{tmp_path}/edgetui.db"\n'
        '[[board]]\nname = "here"\nlocal = true\n'
        '[[board]]\nname = "dead"\nhost = "127.0.0.1"\nport = 1\n'
    )
    desk = Desk(tmp_path)
    desk.write("echo 1\n")
    return desk


def test_deploy_list_and_roll_back(desk: Desk) -> None:
    source = str(desk.source)
    (first,) = desk.rows("deploy", source, "-b", "here")
    assert (first["board"], first["name"], first["outcome"], first["before"]) == (
        "here",
        "detector",
        "deployed",
        None,
    )
    assert first["na"] == {
        "before": "nothing was current, or nothing changed",
        "signer": "no signature was asked for",
    }
    desk.write("echo 2\n")
    here, dead = desk.rows("deploy", source, code=1)
    assert (here["outcome"], here["before"], here["sent_bytes"]) == ("deployed", first["version"], len("echo 2\n"))
    assert (dead["board"], dead["outcome"], dead["version"]) == ("dead", "lost-link", None)
    assert dead["reason"]
    assert desk.runs == "echo 2\n"

    (listed,) = desk.rows("deploy", "--list", "-b", "here")
    assert listed["version"] == here["version"]
    assert (listed["previous"], listed["versions"]) == (first["version"], [first["version"], here["version"]])
    (back,) = desk.rows("rollback", "detector", "-b", "here")
    assert (back["outcome"], back["version"], desk.runs) == ("rolled-back", first["version"], "echo 1\n")
    assert desk.run("rollback", "detector", "-b", "dead").returncode == 3
    assert desk.run("rollback", "nothing", "-b", "here").returncode == 1

    with sqlite3.connect(desk.folder / "edgetui.db") as db:
        told = db.execute("SELECT board, text FROM events WHERE kind = 'deploy' ORDER BY id").fetchall()
    assert told[0] == ("here", f"detector: {first['version']} runs in place of nothing")
    assert told[3] == ("here", f"detector: {first['version']} runs again in place of {here['version']}")
    assert [board for board, _ in told] == ["here", "here", "dead", "here", "dead", "here"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("deploy",), "no folder or file is named"),
        (("deploy", "detector", "--name", "../x"), "is no name"),
        (("deploy", "/nowhere"), "name one that exists on this machine"),
        (("rollback", "../x"), "is no name"),
        (("rollback", "detector", "--to", "../../x"), "is no version"),
        (("deploy", "detector", "-b", "here", "--keep", "1"), "none to go back to"),
    ],
)
def test_what_is_asked_wrongly_ends_in_a_sentence(desk: Desk, words: tuple[str, ...], told: str) -> None:
    done = desk.run(*(str(desk.source) if word == "detector" and words[0] == "deploy" else word for word in words))
    assert (done.returncode, told in done.stderr) == (2, True), done.stderr
    assert not (desk.folder / ".local").exists()


def test_a_wrong_signature_is_refused_before_anything_is_touched(desk: Desk) -> None:
    if not shutil.which("ssh-keygen"):
        pytest.skip("no ssh-keygen here: apt install openssh-client")
    for name in ("good", "bad"):
        argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(desk.folder / name)]
        subprocess.run(argv, check=True)
    (desk.folder / "allowed").write_text("builder@example " + (desk.folder / "good.pub").read_text())
    with (desk.folder / "config.toml").open("a") as config:
        config.write('[deploy]\nallowed_signers = "allowed"\n')
    deploy = ("deploy", str(desk.source), "-b", "here")
    (done,) = desk.rows(*deploy, "--sign", str(desk.folder / "good"))
    assert (done["outcome"], done["signer"]) == ("deployed", "builder@example")
    manifest = desk.run(*deploy, "--manifest").stdout
    assert manifest.endswith("  run.sh\n")

    desk.write("echo 2\n")
    (desk.folder / "of-another").write_text("no signature")
    for wrong in ((), ("--sign", str(desk.folder / "bad")), ("--signature", str(desk.folder / "of-another"))):
        refused = desk.run(*deploy, *wrong, "--json")
        assert (refused.returncode, json.loads(refused.stderr)["error"]["kind"]) == (1, "refused")
        assert desk.runs == "echo 1\n"

    made = subprocess.run(
        ["ssh-keygen", "-Y", "sign", "-n", "edgetui-deploy", "-f", str(desk.folder / "good")],
        input=desk.run(*deploy, "--manifest").stdout, capture_output=True, text=True, check=True,
    )  # fmt: skip
    (desk.folder / "made.sig").write_text(made.stdout)
    (done,) = desk.rows(*deploy, "--signature", str(desk.folder / "made.sig"))
    assert (done["signer"], desk.runs) == ("builder@example", "echo 2\n")
