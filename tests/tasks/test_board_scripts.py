"""The scripts of detect-yolo and tag-image, run for real on this machine's CPU."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest

from edgetui.model import NA, known
from edgetui.scoring.metric import Answer
from edgetui.scoring.tags import judge
from edgetui.tasks import read_task
from tests.tasks.scripts import SHIPPED, copied, need_onnxruntime, run

DETECTOR, TAGGER = SHIPPED / "detect-yolo", SHIPPED / "tag-image"


@pytest.fixture(autouse=True)
def _installed() -> None:
    need_onnxruntime()


@pytest.mark.parametrize("file", sorted([*DETECTOR.glob("*.py"), *TAGGER.glob("*.py")]), ids=lambda file: file.name)
def test_a_board_with_python_3_6_can_read_it(file: Path) -> None:
    ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 6))


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_the_detector_is_timed_and_judged(precision: str) -> None:
    ran = run(DETECTOR, "detect.py", "--precision", precision, "--threads", "1", "--model", "")
    assert ran.status == 0, ran.error
    assert ran.figures["iterations"] == 50
    assert 0 < ran.figures["latency_min_s"] <= ran.figures["latency_median_s"] <= ran.figures["latency_p90_s"]
    assert ran.figures["model_bytes"] == (DETECTOR / "models" / f"{precision}.onnx").stat().st_size
    assert all(known(ran.figures[name]) for name in ("load_s", "inference_cpu_percent", "own_peak_rss_bytes"))
    assert ran.figures["map50_percent"] > 95
    assert ran.figures["agreement_percent"] > 90  # of FP32 too: another Pillow decodes JPEG a little differently
    assert "\nblocks-01.jpg: red" in ran.text
    assert ran.text.startswith(
        f"{1e3 * ran.figures['latency_median_s']:.3g} ms an inference (median of 50)\nmAP50 9"
    )


def test_without_labels_the_boxes_are_compared_but_not_judged(tmp_path: Path) -> None:
    folder = copied("detect-yolo", tmp_path)
    shutil.rmtree(folder / "labels")
    figures = run(folder, "detect.py", "--times", "1").figures
    assert "put pictures into images/ and a YOLO .txt" in str(figures["map50_percent"])
    assert figures["agreement_percent"] > 90


def test_without_pictures_it_is_timed_all_the_same(tmp_path: Path) -> None:
    folder = copied("detect-yolo", tmp_path)
    shutil.rmtree(folder / "images")
    ran = run(folder, "detect.py")
    assert ran.figures["iterations"] == 50
    assert isinstance(ran.figures["map50_percent"], NA)
    assert isinstance(ran.figures["agreement_percent"], NA)
    assert "timed on grey" in ran.text


def test_another_model_or_other_pictures_are_not_held_against_the_reference(tmp_path: Path) -> None:
    folder = copied("detect-yolo", tmp_path)
    (folder / "images" / "blocks-00.jpg").rename(folder / "images" / "街.jpg")
    (folder / "labels" / "blocks-00.txt").rename(folder / "labels" / "街.txt")
    ran = run(folder, "detect.py", "--times", "1", LC_ALL="C")
    assert isinstance(ran.figures["agreement_percent"], NA)
    assert ran.figures["map50_percent"] > 95
    assert "\n街.jpg: green" in ran.text
    own = run(folder, "detect.py", "--times", "1", "--model", DETECTOR / "models" / "fp32.onnx")
    assert "edgetui tasks quantise" in str(own.figures["agreement_percent"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--precision", "int8", "--model", "models/fp32.onnx"], "is no INT8 model: edgetui tasks quantise"),
        (["--precision", "fp32", "--model", "models/int8.onnx"], "is no FP32 model"),
        (["--model", "absent.onnx"], "absent.onnx: No such file"),
        (["--model", "boxes.py"], "cannot load it"),
    ],
)
def test_a_model_that_is_not_what_it_is_called_is_refused(words: list[str], said: str) -> None:
    ran = run(DETECTOR, "detect.py", *words)
    assert ran.status == 1
    assert said in ran.error
    assert "Traceback" not in ran.error


def test_a_label_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    folder = copied("detect-yolo", tmp_path)
    (folder / "labels" / "blocks-03.txt").write_text("0 0.5 0.5 0.1 0.1\nred 1 2 3 4\n")
    ran = run(folder, "detect.py", "--times", "1")
    assert (ran.status, ran.error.strip()) == (1, "labels of blocks-03.jpg: line 2 is not `class x y width height`")


@pytest.mark.parametrize(("task", "script"), [("detect-yolo", "detect.py"), ("tag-image", "tag.py")])
def test_without_the_package_it_says_what_to_install(tmp_path: Path, task: str, script: str) -> None:
    (tmp_path / "onnxruntime.py").write_text("raise ImportError('none', name='onnxruntime')")
    ran = run(SHIPPED / task, script, "table.png", PYTHONPATH=str(tmp_path))
    assert ran.status == 1
    assert ran.error.strip() == "onnxruntime is not installed: python3 -m pip install onnxruntime"


def test_the_tagger_names_what_is_on_our_pictures_in_chinese() -> None:
    for item in read_task(TAGGER).items:
        ran = run(TAGGER, "tag.py", item.image, "--times", "20", LC_ALL="C")
        assert ran.status == 0, ran.error
        answer = Answer(text=ran.text, prompt="", model="provider=auto")
        assert judge(answer, item.truth).value == 1.0
        assert "provider: CPU" in ran.text
        assert ran.figures["labels"] == 320
        assert abs(ran.figures["growth_bytes"]) < 5_000_000


def test_a_provider_that_the_board_has_not_is_told_with_what_it_has() -> None:
    ran = run(TAGGER, "tag.py", "table.png", "--provider", "cann")
    assert ran.status == 1
    assert "has no CANN, but" in ran.error
    assert "CPU" in ran.error


def test_labels_that_do_not_fit_the_model_are_refused(tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("猫\n狗\n", encoding="utf-8")
    ran = run(TAGGER, "tag.py", "table.png", "--labels", tmp_path / "labels.txt", "--times", "1")
    assert ran.status == 1
    assert "has 320 outputs" in ran.error


def test_an_output_that_is_not_yolov8s_is_refused_and_not_read_as_boxes() -> None:
    ran = run(DETECTOR, "detect.py", "--model", TAGGER / "models" / "tagger.onnx")
    assert ran.status == 1
    assert "gives (1, 320), not 1x(4 + classes)xcells" in ran.error


def test_32768_chinese_labels_stay_what_they_are(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx", reason="no onnx here: pip install onnx")
    count, wanted = 32768, 20_000
    labels = [chr(0x4E00 + n % 20_000) + chr(0x4E00 + n // 20_000) for n in range(count)]
    (tmp_path / "标签.txt").write_text("".join(f"{label}\n" for label in labels), encoding="utf-8")
    bias = [0.0] * count
    bias[wanted] = 20.0
    made = onnx.helper.make_graph(
        [
            onnx.helper.make_node("GlobalAveragePool", ["pixels"], ["means"]),
            onnx.helper.make_node("Conv", ["means", "weight", "bias"], ["logits"]),
        ],
        "wide",
        [onnx.helper.make_tensor_value_info("pixels", onnx.TensorProto.FLOAT, [1, 3, 64, 64])],
        [onnx.helper.make_tensor_value_info("logits", onnx.TensorProto.FLOAT, [1, count, 1, 1])],
        [
            onnx.helper.make_tensor("weight", onnx.TensorProto.FLOAT, [count, 3, 1, 1], [0.0] * 3 * count),
            onnx.helper.make_tensor("bias", onnx.TensorProto.FLOAT, [count], bias),
        ],
    )
    model = onnx.helper.make_model(made, opset_imports=[onnx.helper.make_opsetid("", 13)], ir_version=7)
    onnx.save(model, tmp_path / "模型.onnx")
    shutil.copy(TAGGER / "table.png", tmp_path / "桌子 一.png")
    words = [tmp_path / "桌子 一.png", "--model", tmp_path / "模型.onnx", "--labels", tmp_path / "标签.txt"]
    ran = run(TAGGER, "tag.py", *words, LC_ALL="C")
    assert ran.status == 0, ran.error
    assert ran.text.startswith(f"{labels[wanted]} 100.0 %\n")
    assert ran.figures["labels"] == count
