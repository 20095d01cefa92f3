"""A family is one file; a third party's comes in by its entry point, in the same way as ours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from edgetui.probes.nvidia import CARDS, parse
from edgetui.probes.program import BOOTSTRAP, program
from edgetui.probes.registry import families

TOASTER = """
from edgetui.probes import Command, Family

class Toaster:
    commands = (Command("crumbs", "crumbs --count", 5.0, 5.0),)
    findings = ()
    release = "T1"

    def __init__(self, hello):
        self._key = hello.keys["/sys/toaster/power"]

    def fill(self, tick, draft):
        draft.fields["power_w"] = float(tick.values[self._key])

FAMILY = Family(
    name="toaster",
    shell='tick "$R"/sys/toaster/power\\n',
    fits=lambda hello: "/sys/toaster/power" in hello.keys,
    part=Toaster,
)
"""

USE = """
from edgetui.probes import greet
from tests.probes.boards import NOW, read
from tests.probes.trees import vm
hello, frame = read(vm() | {"/sys/toaster/power": "850\\n"})
decoder = greet(hello)
sample = decoder.decode(frame, None, {}, NOW).sample
print(decoder.identity.family, decoder.identity.release, decoder.commands[0].name, sample.power_w, sample.load_1)
print(greet(read(vm())[0]).identity.family)
"""


def plug(folder: Path, module: str) -> dict[str, str]:
    """An environment in which a package with a board family is installed."""
    (folder / "toaster.py").write_text(module)
    info = folder / "toaster-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: toaster\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[edgetui.families]\ntoaster = toaster:FAMILY\n")
    return os.environ | {"PYTHONPATH": f"{folder}:{Path(__file__).parents[2]}"}


def test_third_party_family_is_one_file(tmp_path):
    env = plug(tmp_path, TOASTER)
    done = subprocess.run([sys.executable, "-c", USE], env=env, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout == "toaster T1 crumbs 850.0 0.52\nlinux\n"


@pytest.mark.parametrize("module", ["import no_such_module\n", "def (\n", "1 / 0\n", "x = 1\n"])
def test_broken_plug_in_is_left_out_and_named(module, tmp_path):
    env = plug(tmp_path, module)
    use = "from edgetui.probes.registry import families\nprint(families()[0].name)"
    done = subprocess.run([sys.executable, "-c", use], env=env, capture_output=True, text=True, check=False)
    assert done.stdout == "linux\n"
    assert "toaster of edgetui.families, which the package toaster brings, cannot be loaded: " in done.stderr
    assert done.stderr.endswith("; it is left out: mend or uninstall toaster\n")
    assert done.stderr.count("\n") == 1


def test_linux_is_the_ground_of_all():
    assert families()[0].name == "linux"


def test_program_is_one_constant_text_but_for_its_token():
    text = program("0123abcd").decode()
    assert text.startswith("K=0123abcd\n")
    assert text.endswith("\n#END\n")
    assert text.count("#END") == 1
    assert text.removeprefix("K=0123abcd") == program("ff").decode().removeprefix("K=ff")
    assert "\n" not in BOOTSTRAP
    assert text.isascii()


@pytest.mark.parametrize("known", ["clocks_event_reasons", "clocks_throttle_reasons"])
def test_question_to_old_and_new_nvidia_drivers(known, tmp_path):
    tool = tmp_path / "nvidia-smi"
    tool.write_text(
        f"#!/bin/sh\ncase $* in *{known}*) echo '0, 45, 3, 1, 2, 20.1, 210, 0, 0x1, RTX';;\n"
        "*) echo 'Field \"clocks_event_reasons.active\" is not a valid field to query.'; exit 2;; esac\n"
    )
    tool.chmod(0o755)
    env = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    asked = f"o=$({CARDS.text} 2>&1 </dev/null); s=$?; printf '%s' \"$o\"; exit $s"
    done = subprocess.run(["sh", "-c", asked], env=env, capture_output=True, text=True, check=True)
    (card,) = parse(done.stdout)
    assert (card.gpu_percent, card.reasons) == (3.0, 1)
