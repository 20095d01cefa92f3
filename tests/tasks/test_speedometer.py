"""The speedometer in a hurry: with numpy, and on a board that has none."""

from __future__ import annotations

import ast
from pathlib import Path

from edgetui.model import NA
from tests.tasks.scripts import SHIPPED, copied, need_onnxruntime, run

PRODUCTS = ("float32_product_flop_per_s", "int8_product_op_per_s")


def hurried(tmp_path: Path) -> Path:
    folder = copied("speedometer", tmp_path)
    script = folder / "speedometer.py"
    text = script.read_text()
    short = text.replace("PART_S = 3.0", "PART_S = 0.1").replace("128 << 20", "32 << 20")
    assert short.count("32 << 20") == 2
    assert "PART_S = 0.1" in short
    script.write_text(short)
    return folder


def test_python_3_6_can_read_it() -> None:
    ast.parse((SHIPPED / "speedometer" / "speedometer.py").read_text(), feature_version=(3, 6))


def test_all_figures_with_numpy(tmp_path: Path) -> None:
    need_onnxruntime()  # it brings numpy
    ran = run(hurried(tmp_path), "speedometer.py", EDGETUI_SCRATCH=str(tmp_path))
    assert (ran.status, ran.error) == (0, "")
    for name in (*PRODUCTS, "memory_copy_bytes_per_s", "storage_write_bytes_per_s"):
        assert isinstance(ran.figures[name], float), name
        assert 1e6 < float(str(ran.figures[name])) < 1e14
    assert "python_product_flop_per_s" not in ran.figures
    assert "numpy: " in ran.text


def test_without_numpy_plain_python_has_a_figure_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "numpy.py").write_text("raise ImportError('none here')\n")
    env = {"EDGETUI_SCRATCH": str(tmp_path), "PYTHONPATH": str(tmp_path / "none")}
    ran = run(hurried(tmp_path), "speedometer.py", **env)
    assert (ran.status, ran.error) == (0, "")
    for name in PRODUCTS:
        said = ran.figures[name]
        assert isinstance(said, NA)
        assert "no numpy" in said.reason
    assert isinstance(ran.figures["python_product_flop_per_s"], float)


def test_a_board_without_memory_to_copy_in_has_no_rate_of_copying(tmp_path: Path) -> None:
    folder = hurried(tmp_path)
    script, meminfo = folder / "speedometer.py", tmp_path / "meminfo"
    meminfo.write_text("MemFree: 900 kB\nMemAvailable: 8191 kB\n")
    script.write_text(script.read_text().replace('"/proc/meminfo"', f'"{meminfo}"'))
    ran = run(folder, "speedometer.py", EDGETUI_SCRATCH=str(tmp_path))
    said = ran.figures["memory_copy_bytes_per_s"]
    assert isinstance(said, NA)
    assert said.reason == "less than 8 MB of memory are available"
