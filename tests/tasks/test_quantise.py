"""A detector of one's own becomes a task, in FP32 and INT8."""

from __future__ import annotations

import importlib.util
import random
from pathlib import Path

import pytest
from PIL import Image

from edgetui.errors import TaskError
from edgetui.tasks import read_task
from edgetui.tasks.own_model import make_task
from edgetui.tasks.quantise import MOST, calibration_set, letterboxed, quantise
from tests.cli.program import edgetui
from tests.tasks.scripts import SHIPPED, run

DETECTOR = SHIPPED / "detect-yolo"
MODEL = DETECTOR / "models" / "fp32.onnx"


@pytest.fixture
def _onnx() -> None:
    for package in ("onnx", "onnxruntime"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"no {package} here: pip install 'edgetui[onnx]'")


@pytest.mark.usefixtures("_onnx")
def test_one_command_makes_a_task_that_is_timed_and_judged_in_both_precisions(tmp_path: Path) -> None:
    words = ["--model", MODEL, "--calibrate", DETECTOR / "images", "--labelled", DETECTOR]
    done = edgetui("tasks", "quantise", "mine", *words, XDG_CONFIG_HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "calibrated with 12 pictures; now: edgetui run mine" in done.stdout
    folder = tmp_path / "edgetui" / "tasks" / "mine"
    assert [path.name for path in folder.parent.iterdir()] == ["mine"]
    script = read_task(folder).script
    assert script is not None
    assert {"models/int8.onnx", "labels/blocks-03.txt", "reference.json"} <= {path for path, _ in script.files}
    ran = run(folder, "detect.py", "--precision", "int8", "--times", "1")
    assert ran.figures["map50_percent"] > 95
    assert 90 < ran.figures["agreement_percent"] <= 100
    again = edgetui("tasks", "quantise", "mine", *words, XDG_CONFIG_HOME=str(tmp_path))
    assert (again.returncode, "is there already" in again.stderr) == (2, True)


@pytest.mark.usefixtures("_onnx")
def test_without_labels_the_calibration_set_is_what_boxes_are_compared_on(tmp_path: Path) -> None:
    make_task(DETECTOR, tmp_path / "mine", MODEL, DETECTOR / "images", None)
    figures = run(tmp_path / "mine", "detect.py", "--times", "1").figures
    assert figures["agreement_percent"] == 100
    assert "no labelled images" in str(figures["map50_percent"])


@pytest.mark.usefixtures("_onnx")
def test_weights_become_bytes_with_a_scale_for_each_channel_and_the_last_tensors_stay_float(tmp_path: Path) -> None:
    import onnx

    quantise(MODEL, DETECTOR / "images", tmp_path / "int8.onnx")
    model = onnx.load(tmp_path / "int8.onnx")
    assert {each.domain for each in model.opset_import} == {""}
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    scales = [weights[name].dims for name in weights if name.endswith("weight_scale")]
    assert [4] in scales
    assert [40] in scales
    made = {output: node for node in model.graph.node for output in node.output}
    last = made["output0"]
    assert last.op_type == "Concat"
    assert {made[name].op_type for name in last.input} == {"Concat"}  # and no DequantizeLinear


@pytest.mark.usefixtures("_onnx")
def test_what_cannot_be_quantised_says_why_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "bad.onnx").write_bytes(b"no model")
    (tmp_path / "empty").mkdir()
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "a.jpg").write_bytes(b"no picture")
    for model, pictures, said in (
        (tmp_path / "bad.onnx", DETECTOR / "images", "cannot be quantised"),
        (tmp_path / "absent.onnx", DETECTOR / "images", "No such file"),
        (MODEL, tmp_path / "empty", "no pictures to calibrate with"),
        (MODEL, broken, "a.jpg: cannot be read as a picture"),
    ):
        with pytest.raises(TaskError) as caught:
            make_task(DETECTOR, tmp_path / "tasks" / "mine", model, pictures, None)
        assert said in caught.value.message
        assert caught.value.remedy
        assert list((tmp_path / "tasks").iterdir()) == []


def test_without_the_extra_the_command_that_installs_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "onnx.py").write_text("raise ImportError('none', name='onnx')")
    words = ["--model", MODEL, "--calibrate", DETECTOR / "images"]
    env = {"XDG_CONFIG_HOME": str(tmp_path / "xdg"), "PYTHONPATH": str(tmp_path)}
    done = edgetui("tasks", "quantise", "mine", *words, **env)
    assert done.returncode == 2
    assert "onnx is not installed on this machine" in done.stderr
    assert "pip install 'edgetui[onnx]'" in done.stderr


def test_many_pictures_are_thinned_evenly(tmp_path: Path) -> None:
    for number in range(MOST * 2):
        (tmp_path / f"{number:04}.JPG").touch()
    (tmp_path / "notes.txt").touch()
    chosen = calibration_set(tmp_path)
    assert len(chosen) == MOST
    assert (chosen[0].name, chosen[-1].name) == ("0000.JPG", f"{MOST * 2 - 2:04}.JPG")


def test_a_letterboxed_picture_is_whole_and_in_the_middle() -> None:
    picture = Image.frombytes("RGB", (40, 20), random.Random(1).randbytes(2400))
    sheet = letterboxed(picture, (80, 80))
    assert sheet.getpixel((40, 19)) == sheet.getpixel((40, 60)) == (114, 114, 114)
    assert sheet.crop((0, 20, 80, 60)).tobytes() == picture.resize((80, 40), Image.Resampling.BILINEAR).tobytes()


@pytest.mark.usefixtures("_onnx")
def test_the_shipped_detector_is_what_its_generator_makes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import onnx

    monkeypatch.syspath_prepend(str(SHIPPED.parent))
    from tasks.generate import blocks, detector

    made = {tensor.name: tensor.raw_data for tensor in detector.model().graph.initializer}
    assert made == {tensor.name: tensor.raw_data for tensor in onnx.load(MODEL).graph.initializer}
    picture, things = blocks.draw(3)
    assert blocks.yolo(things, picture.size) == (DETECTOR / "labels" / "blocks-03.txt").read_text()
