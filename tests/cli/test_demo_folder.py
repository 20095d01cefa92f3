"""A demo's folder: gone when it ends, swept by the next one when it was killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from edgetui.cli.demo_folder import PREFIX, demo_folder

OWNER = """
import signal, sys
from edgetui.cli.demo_folder import demo_folder
with demo_folder(sys.argv[1]) as folder:
    (folder / "sim.log").write_text("x")
    print(folder, flush=True)
    signal.pause()
"""


def test_a_folder_stays_while_its_demo_lives_and_goes_after_a_kill(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout
        left = Path(owner.stdout.readline().strip())
        with demo_folder(str(tmp_path)):
            assert (left / "sim.log").exists(), "its owner is alive"
        owner.kill()
    assert left.exists()
    with demo_folder(str(tmp_path)) as mine:
        assert list(tmp_path.iterdir()) == [mine]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["edgetui-demo-", f"{PREFIX}mine", "other-12345678"])
def test_other_names_and_links_are_none_of_ours(name: str, tmp_path: Path) -> None:
    other = tmp_path / name
    other.mkdir()
    (other / "file").touch()
    (tmp_path / f"{PREFIX}abcdefgh").symlink_to(other)
    with demo_folder(str(tmp_path)):
        pass
    assert (other / "file").exists()


@pytest.mark.skipif(os.getuid() != 0, reason="giving a folder away needs root")
def test_another_users_folder_stays(tmp_path: Path) -> None:
    other = tmp_path / f"{PREFIX}abcdefgh"
    other.mkdir()
    (other / "file").touch()
    os.chown(other, 65534, 65534)
    with demo_folder(str(tmp_path)):
        pass
    assert (other / "file").exists()
