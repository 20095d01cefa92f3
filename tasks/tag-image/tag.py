"""Tag one picture with ONNX Runtime, again and again. On the board, from Python 3.6 on.

The model has one output for each line of the labels' file (UTF-8). docs/scripts.md of edgetui tells what the
printed lines mean, docs/detect.md what a model of your own must be.
"""

import argparse
import json
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PROVIDERS = {"cuda": "CUDAExecutionProvider", "cann": "CANNExecutionProvider", "cpu": "CPUExecutionProvider"}
"""In the order in which ``auto`` takes them."""
SETTLED = 10
"""Inferences after which memory should not grow any more."""

try:
    import numpy as np
    import onnxruntime
    from onnxruntime.capi import onnxruntime_pybind11_state as native
    from PIL import Image
except ImportError as error:
    package = {"PIL": "pillow"}.get(str(error.name), error.name)
    sys.exit(f"{package} is not installed: python3 -m pip install {package}")

REFUSALS = (
    native.EPFail,
    native.Fail,
    native.InvalidArgument,
    native.InvalidGraph,
    native.InvalidProtobuf,
    native.NotImplemented,
    native.RuntimeException,
    ValueError,
)
"""What ONNX Runtime raises for a model or a provider that does not load; they have no common parent."""


def main() -> None:
    """Load, warm up, time, name."""
    options = arguments()
    with open(os.path.join(HERE, options.labels), encoding="utf-8") as file:
        labels = [line.rstrip("\r\n") for line in file]
    session = load(options)
    confidences = timed(session, options)
    if len(confidences) != len(labels):
        sys.exit(f"the model has {len(confidences)} outputs, {options.labels} has {len(labels)} lines")
    best = [int(index) for index in np.argsort(-confidences, kind="stable")[: options.top]]
    said = [index for index in best if confidences[index] >= options.least] or best[:1]
    tell("result", labels=len(labels), top1_percent=round(100 * float(confidences[best[0]]), 2))
    tell("result", text="\n".join(f"{labels[index]} {100 * confidences[index]:.1f} %" for index in said))
    provider = session.get_providers()[0].replace("ExecutionProvider", "")
    tell("meta", onnxruntime=onnxruntime.__version__, provider=provider)


def arguments() -> argparse.Namespace:
    """Of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("image")
    parser.add_argument("--model", default="", help="your own ONNX file in place of models/tagger.onnx")
    parser.add_argument("--labels", default="labels.txt", help="one a line, in the order of the model's outputs")
    parser.add_argument("--provider", default="auto", choices=("auto", *PROVIDERS))
    parser.add_argument("--top", type=int, default=10, help="tags at most")
    parser.add_argument("--least", type=float, default=0.35, help="confidence from which on a tag is named")
    parser.add_argument("--mean", type=numbers, default=(0.0,), help="of red, green, blue (0-1), as in training")
    parser.add_argument("--std", type=numbers, default=(1.0,), help="deviation of the same")
    parser.add_argument("--warm-up", type=int, default=5)
    parser.add_argument("--times", type=int, default=50)
    options = parser.parse_args()
    options.model = options.model or os.path.join(HERE, "models", "tagger.onnx")
    return options


def numbers(text: str) -> tuple:
    """``0.485,0.456,0.406``."""
    return tuple(float(word) for word in text.split(","))


def load(options: argparse.Namespace) -> "onnxruntime.InferenceSession":
    """The model on the best provider of this board, or on the one that was asked for; tells how long that took."""
    there = onnxruntime.get_available_providers()
    found = [name for name, full in PROVIDERS.items() if full in there and options.provider in ("auto", name)]
    if not found:
        has = ", ".join(name.replace("ExecutionProvider", "") for name in there)
        sys.exit(f"ONNX Runtime {onnxruntime.__version__} here has no {options.provider.upper()}, but {has}")
    settings = onnxruntime.SessionOptions()
    settings.log_severity_level = 3
    began = time.perf_counter()
    try:
        session = onnxruntime.InferenceSession(
            options.model, settings, providers=[*dict.fromkeys([PROVIDERS[found[0]], PROVIDERS["cpu"]])]
        )
    except REFUSALS as error:
        sys.exit(f"{options.model}: ONNX Runtime {onnxruntime.__version__} cannot load it: {first(error)}")
    took = time.perf_counter() - began
    used = session.get_providers()[0]
    if options.provider != "auto" and used != PROVIDERS[options.provider]:
        sys.exit(f"{options.provider.upper()} did not start, ONNX Runtime fell back to {used}")
    tell("meta", load_s=took, model_bytes=os.path.getsize(options.model))
    return session


def timed(session: "onnxruntime.InferenceSession", options: argparse.Namespace) -> "np.ndarray":
    """Confidences 0-1, one for each label; a line for each inference."""
    entry = session.get_inputs()[0]
    tensor = prepared(options, entry.shape)
    settled = None
    for turn in range(-options.warm_up, options.times):
        began = time.perf_counter()
        output = session.run(None, {entry.name: tensor})[0]
        took = time.perf_counter() - began
        tell("iteration", latency_s=took, **({"warmup": True} if turn < 0 else {}))
        if turn == SETTLED:
            settled = resident_bytes()
    tell("meta", own_peak_rss_bytes=peak_bytes())
    if settled is None:
        tell("na", name="growth_bytes", reason=f"fewer than {SETTLED + 1} inferences, or no /proc")
    else:
        tell("result", growth_bytes=resident_bytes() - settled)
    return as_confidences(output[0].astype(np.float64).ravel())


def prepared(options: argparse.Namespace, shape: list) -> "np.ndarray":
    """The picture as the model wants it: 1×3×H×W or 1×H×W×3."""
    last = len(shape) == 4 and shape[3] == 3
    sides = shape[1:3] if last else shape[2:]
    if len(shape) != 4 or 3 not in (shape[1], shape[3]) or not all(isinstance(side, int) for side in sides):
        sys.exit(f"{options.model}: its input is {shape}, not 1x3xHxW or 1xHxWx3: export it with a fixed size")
    began = time.perf_counter()
    with open(options.image, "rb") as file, Image.open(file) as picture:
        fitted = picture.convert("RGB").resize((sides[1], sides[0]), Image.BILINEAR)
    pixels = (np.asarray(fitted, dtype=np.float32) / 255 - np.float32(options.mean)) / np.float32(options.std)
    tell("meta", prepare_s=time.perf_counter() - began)
    return pixels[np.newaxis] if last else np.ascontiguousarray(pixels.transpose(2, 0, 1)[np.newaxis])


def as_confidences(values: "np.ndarray") -> "np.ndarray":
    """As they are where all are 0-1, as a tagger's own; else their softmax, as of a classifier without one."""
    if values.min() >= 0 and values.max() <= 1:
        return values
    raised = np.exp(values - values.max())
    return raised / raised.sum()


def resident_bytes() -> "int | None":
    """Memory of this process now; None where there is no /proc."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return None


def peak_bytes() -> "int | None":
    """Most memory of this process so far, by the kernel; None where there is no /proc."""
    try:
        with open("/proc/self/status") as file:
            return next(1024 * int(line.split()[1]) for line in file if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        return None


def first(error: Exception) -> str:
    """The first line of what it says."""
    return (str(error).splitlines() or [type(error).__name__])[0]


def tell(event: str, **members: object) -> None:
    """One line of JSON on stdout: bytes, because Python 3.6 without a locale would write ASCII only."""
    line = json.dumps(dict(members, event=event), ensure_ascii=False, allow_nan=False)
    sys.stdout.buffer.write(line.encode("utf-8", "surrogateescape") + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
