"""An ONNX model in FP32 to one in INT8, on the host: static, per channel, calibrated on the user's own pictures.

Quantised are weights and activations (QDQ: pairs of QuantizeLinear and DequantizeLinear, which ONNX Runtime folds
into integer kernels), all but what comes after the last convolution: there boxes of 0 to 640 px and scores of 0 to
1 share one tensor, and a single scale for both would make every score 0. Needs the extra ``edgetui[onnx]``.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image, UnidentifiedImageError

from edgetui.errors import TaskError

if TYPE_CHECKING:
    import numpy as np
    import onnx

INSTALL = "pip install 'edgetui[onnx]'"
KINDS = (".png", ".jpg", ".jpeg", ".bmp", ".webp")
MOST = 200
"""Pictures to calibrate with: more hardly move the ranges, and each is one more inference on this machine."""
GREY = (114, 114, 114)
"""What YOLO fills the borders of a letterboxed picture with."""
HEAVY = ("Conv", "MatMul", "Gemm")
"""Operations that are worth a change to integers."""


def quantise(model: Path, pictures: Path, target: Path) -> int:
    """Write the INT8 model; how many pictures it was calibrated with. Raises TaskError with what to do about it."""
    try:
        import onnx  # noqa: F401 - ONNX Runtime's tool imports it late
        from google.protobuf.message import DecodeError
        from onnxruntime.capi import onnxruntime_pybind11_state as native
    except ImportError as error:
        raise TaskError(f"{error.name} is not installed on this machine", INSTALL) from error
    refusals = (native.Fail, native.InvalidArgument, native.InvalidGraph, native.NotImplemented)
    files = calibration_set(pictures)
    try:
        _write(model, files, target)
    except (OSError, ValueError, RuntimeError, DecodeError, native.RuntimeException, *refusals) as error:
        why = (str(error).splitlines() or [type(error).__name__])[0]
        raise TaskError(f"{model}: cannot be quantised: {why}", "export it again with opset 13 or later") from error
    return len(files)


def _write(model: Path, files: list[Path], target: Path) -> None:
    """By ONNX Runtime's own tool."""
    import onnx
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder, "prepared.onnx")
        quant_pre_process(str(model), str(prepared), skip_symbolic_shape=True)
        graph = onnx.load(str(prepared)).graph
        quantize_static(
            str(prepared),
            str(target),
            _Reader(graph, files),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            nodes_to_exclude=after_the_last_convolution(graph),
        )
    _without_unused_domains(target)


def calibration_set(folder: Path) -> list[Path]:
    """Up to ``MOST`` pictures, evenly taken from all in the folder. Raises TaskError without any."""
    files = sorted(file for file in folder.glob("*") if file.suffix.lower() in KINDS)
    if not files:
        raise TaskError(
            f"{folder}: holds no pictures to calibrate with",
            f"put some of what the board will see there: {', '.join(KINDS)}",
        )
    step = max(1.0, len(files) / MOST)
    return [files[int(index * step)] for index in range(min(len(files), MOST))]


def letterboxed(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The picture in RGB, scaled to fit ``size`` (width, height in px), in the middle of grey."""
    scale = min(size[0] / picture.width, size[1] / picture.height)
    fitted = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    sheet = Image.new("RGB", size, GREY)
    corner = ((size[0] - fitted[0]) // 2, (size[1] - fitted[1]) // 2)
    sheet.paste(picture.convert("RGB").resize(fitted, Image.Resampling.BILINEAR), corner)
    return sheet


def after_the_last_convolution(graph: onnx.GraphProto) -> list[str]:
    """Names of the nodes whose results reach no ``HEAVY`` node any more, without those nodes themselves."""
    wanted: set[str] = set()
    rest: list[str] = []
    for node in reversed(graph.node):
        if node.op_type in HEAVY or wanted.intersection(node.output):
            wanted.update(node.input)
        else:
            rest.append(node.name)
    return rest


def _without_unused_domains(file: Path) -> None:
    """The optimiser names the newest version of every domain it knows, at which older ONNX Runtimes stop."""
    import onnx

    model = onnx.load(str(file))
    used = {"", *(node.domain for node in model.graph.node)}
    kept = [each for each in model.opset_import if each.domain in used]
    del model.opset_import[:]
    model.opset_import.extend(kept)
    onnx.save(model, str(file))


class _Reader:
    """What ONNX Runtime asks for one picture after the other."""

    def __init__(self, graph: onnx.GraphProto, files: list[Path]) -> None:
        first = graph.input[0]
        batch, channels, height, width = (axis.dim_value for axis in first.type.tensor_type.shape.dim)
        if channels != 3 or not height or not width or batch not in (0, 1):
            raise ValueError("its input is not 1×3×height×width with sizes that are fixed")
        self._name, self._size = first.name, (width, height)
        self._files: Iterator[Path] = iter(files)

    def get_next(self) -> dict[str, Any] | None:
        """The next picture as the model wants it."""
        file = next(self._files, None)
        return None if file is None else {self._name: _tensor(file, self._size)}


def _tensor(file: Path, size: tuple[int, int]) -> np.ndarray[Any, Any]:
    import numpy as np

    try:
        with Image.open(file) as picture:
            sheet = letterboxed(picture, size)
    except (OSError, UnidentifiedImageError) as error:
        raise TaskError(f"{file}: cannot be read as a picture: {error}", "take it out of the folder") from error
    return np.asarray(sheet, dtype=np.float32).transpose(2, 0, 1)[None] / 255
