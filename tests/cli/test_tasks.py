"""tasks list, show, check."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import edgetui as package
from tests.cli.program import edgetui

SHIPPED = Path(package.__file__).parents[1] / "tasks"


def test_list_and_show(tmp_path: Path) -> None:
    home = str(tmp_path)
    table = edgetui("tasks", "list", XDG_CONFIG_HOME=home).stdout
    assert "count-potholes   counting   4      Count the potholes" in table
    tasks = json.loads(edgetui("tasks", "list", "--json", XDG_CONFIG_HOME=home).stdout)["tasks"]
    assert len(tasks) == len(list(Path(__file__).parents[2].glob("tasks/*/task.toml")))
    task = json.loads(edgetui("tasks", "show", "count-potholes", "--json", XDG_CONFIG_HOME=home).stdout)["task"]
    assert task == tasks[1]
    assert task["items"][0]["truth"] == {"count": 5, "of": ["pothole", "hole"]}
    assert [item["canary"] for item in task["items"]] == [False, False, False, True]
    shown = edgetui("tasks", "show", "read-text", XDG_CONFIG_HOME=home).stdout
    assert "Transcribe all text" in shown
    assert "4821-0396" in shown


def test_check_finds_what_is_wrong_and_says_how_to_mend_it(tmp_path: Path) -> None:
    good = edgetui("tasks", "check", XDG_CONFIG_HOME=str(tmp_path))
    assert good.returncode == 0
    folder = tmp_path / "edgetui" / "tasks" / "mine"
    shutil.copytree(SHIPPED / "find-shape", folder)
    (folder / "small.png").write_bytes((folder / "right.png").read_bytes())
    for wanted in ("mine", str(folder)):
        done = edgetui("tasks", "check", wanted, "--json", XDG_CONFIG_HOME=str(tmp_path))
        assert done.returncode == 2
        rows = {row["item"]: row for row in json.loads(done.stdout)["tasks"]}
        assert [row["ok"] for row in rows.values()] == [True, True, False, True]
        assert "sha256 = " in rows["small"]["remedy"]
    text = (folder / "task.toml").read_text()
    (folder / "task.toml").write_text(text.replace('metric = "iou"', 'metric = "exact-cuont"'))
    (row,) = json.loads(edgetui("tasks", "check", "mine", "--json", XDG_CONFIG_HOME=str(tmp_path)).stdout)["tasks"]
    assert (row["ok"], row["reason"]) == (False, "there is no metric 'exact-cuont'")
    assert "did you mean 'exact-count'?" in row["remedy"]
    (folder / "task.toml").write_text(text.replace('metric = "iou"', 'metric = "cer"'))
    rows = json.loads(edgetui("tasks", "check", "mine", "--json", XDG_CONFIG_HOME=str(tmp_path)).stdout)["tasks"]
    assert "metric 'cer' needs text in the truth" in rows[0]["reason"]
    (folder / "task.toml").write_text("kind = 3\n")
    done = edgetui("tasks", "check", "--json", XDG_CONFIG_HOME=str(tmp_path))
    assert done.returncode == 2
    first = json.loads(done.stdout)["tasks"][0]
    assert (first["task"], first["ok"]) == ("mine", False)
    assert f"{folder}/task.toml:1: kind" in first["reason"]


def test_an_unknown_task_is_answered_with_the_nearest(tmp_path: Path) -> None:
    for verb in ("show", "check"):
        done = edgetui("tasks", verb, "count-pothole", XDG_CONFIG_HOME=str(tmp_path))
        assert (done.returncode, done.stdout) == (2, "")
        assert "did you mean 'count-potholes'?" in done.stderr
