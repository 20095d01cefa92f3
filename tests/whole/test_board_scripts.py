"""detect-yolo and tag-image as a user runs them: `edgetui run` over a real OpenSSH sshd, a real ONNX Runtime."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers import Sshd
from tests.simulated import EDGETUI
from tests.tasks.scripts import SHIPPED, need_onnxruntime
from tests.whole.test_real_sshd import Bench

PYTHON = Path(sys.executable)


class Board(Bench):
    """Its ``python3`` is the one that runs the tests; the tasks of its user are in ``folder/xdg``."""

    def __init__(self, folder: Path, sshd: Sshd) -> None:
        super().__init__(folder, sshd)
        self.xdg = folder / "xdg"

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """``edgetui run``."""
        return subprocess.run(
            ["env", f"XDG_CONFIG_HOME={self.xdg}", *EDGETUI, "--config", str(self.config), "run", *words],
            capture_output=True,
            text=True,
            timeout=60,
        )

    def replies(self, *words: str) -> list[dict[str, Any]]:
        """Of a run that must go well."""
        done = self.run(*words, "--json")
        assert done.returncode == 0, done.stderr
        return list(json.loads(done.stdout)["replies"])


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Board]:
    need_onnxruntime()
    (tmp_path / "bin").mkdir()
    python3 = tmp_path / "bin" / "python3"
    python3.write_text(f'#!/bin/sh\nexec {PYTHON} "$@"\n')
    python3.chmod(0o755)
    sshd = Sshd(tmp_path)
    environment = f"SetEnv HOME={sshd.home} PATH={python3.parent}:/usr/bin:/bin"
    sshd.options = ("Subsystem sftp internal-sftp", environment)
    with sshd:
        board = Board(tmp_path, sshd)
        board.trust()
        yield board


def test_fp32_and_int8_have_all_figures_and_the_slower_one_is_named(board: Board) -> None:
    done = board.run("detect-yolo", "-m", "precision=fp32,threads=1", "-m", "precision=int8,threads=1", "--json")
    assert done.returncode == 0, done.stderr
    fp32, int8 = (reply["figures"] for reply in json.loads(done.stdout)["replies"])
    for figures in (fp32, int8):
        assert figures["iterations"] >= 50
        assert figures["map50_percent"] > 95
        assert figures["agreement_percent"] > 90
        for name in (
            "latency_median_s",
            "latency_p90_s",
            "cpu_percent",
            "own_peak_rss_bytes",
            "load_s",
            "model_bytes",
        ):
            assert figures[name] > 0, name
    assert fp32["model_bytes"] != int8["model_bytes"]
    assert ("INT8 is slower" in done.stderr) == (int8["latency_median_s"] > fp32["latency_median_s"])


def test_a_board_without_the_package_is_told_what_to_install(board: Board) -> None:
    python3 = board.config.parent / "bin" / "python3"
    python3.write_text(f'#!/bin/sh\nexec {PYTHON} -S "$@"\n')
    done = board.run("detect-yolo", "-m", "precision=fp32,threads=1", "--json")
    assert done.returncode == 1
    (reply,) = json.loads(done.stdout)["replies"]
    assert reply["outcome"] == "not-installed"
    assert "is not on this board; run on the board: python3 -m pip install onnxruntime" in reply["reason"]
    assert reply["figures"].get("latency_median_s") is None


def test_chinese_labels_and_file_names_come_through_whole_and_nothing_stays_on_the_board(board: Board) -> None:
    folder = board.xdg / "edgetui" / "tasks" / "tag-image"
    shutil.copytree(SHIPPED / "tag-image", folder)
    (folder / "table.png").rename(folder / "桌子 上面.png")
    text = (folder / "task.toml").read_text(encoding="utf-8")
    (folder / "task.toml").write_text(text.replace('"table.png"', '"桌子 上面.png"'), encoding="utf-8")
    words = ("tag-image", "--runner", "script", "-m", "provider=auto", "--repeat", "2")
    replies = board.replies(*words)
    assert len(replies) == 2
    for reply in replies:
        assert reply["score"]["value"] == 1.0
        assert reply["text"].startswith("苹果 98.")
        assert abs(reply["figures"]["growth_bytes"]) < 5_000_000
    rows = list(csv.DictReader(io.StringIO(board.run(*words, "--csv").stdout)))
    assert ["苹果" in "".join(row.values()) for row in rows] == [True, True]
    assert all(float(row["figures.latency_median_s"]) > 0 for row in rows)
    left = [process.cmdline() for process in board.sshd.sessions()]
    assert not any("tag.py" in " ".join(words) for words in left)
    assert list((board.sshd.home / ".cache" / "edgetui" / "jobs").iterdir()) == []
