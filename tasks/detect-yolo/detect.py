"""Time a YOLOv8-shaped detector with ONNX Runtime and tell what it found. On the board, from Python 3.6 on.

``models/fp32.onnx`` and ``models/int8.onnx`` are the two precisions; ``images/`` holds pictures, ``labels/`` a YOLO
text file for each that is labelled, ``reference.json`` the boxes that FP32 found where the INT8 model was made.
docs/scripts.md of edgetui tells what the printed lines mean.
"""

import argparse
import ast
import hashlib
import json
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
KINDS = (b".png", b".jpg", b".jpeg", b".bmp", b".webp")
INTEGER = (b"QuantizeLinear", b"ConvInteger", b"QLinearConv")
"""Operations that only a quantised model has."""
GREY = (114, 114, 114)
"""What YOLO fills the borders of a letterboxed picture with."""
NO_LABELS = "no labelled images: put pictures into images/ and a YOLO .txt for each into labels/"

try:
    import boxes
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
    """Load, warm up, time, judge."""
    options = arguments()
    session = load(options)
    pictures = listed()
    found = timed(session, pictures, options)
    if options.save:
        shown = {name: [box for box in found[name] if box[1] >= boxes.SHOWN] for name in sorted(found)}
        with open(options.save, "w", encoding="utf-8") as file:
            json.dump({"fp32_sha256": sha256(options.model), "boxes": shown}, file, ensure_ascii=False)
    judge(found, labelled(pictures), class_names(session), options)
    provider = session.get_providers()[0].replace("ExecutionProvider", "")
    tell("meta", onnxruntime=onnxruntime.__version__, provider=provider)


def arguments() -> argparse.Namespace:
    """Of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="", help="your own ONNX file in place of models/PRECISION.onnx")
    parser.add_argument("--precision", default="fp32", choices=("fp32", "int8"))
    parser.add_argument("--threads", type=int, default=0, help="0: as ONNX Runtime chooses")
    parser.add_argument("--warm-up", type=int, default=5)
    parser.add_argument("--times", type=int, default=50, help="timed inferences, at least one for each picture")
    parser.add_argument("--save", default="", help="write the boxes into this file: a reference for other models")
    options = parser.parse_args()
    options.bundled = not options.model
    options.model = options.model or os.path.join(HERE, "models", options.precision + ".onnx")
    try:
        with open(options.model, "rb") as file:
            written = file.read()
    except OSError as error:
        sys.exit(f"{options.model}: {error.strerror}")
    if any(name in written for name in INTEGER) != (options.precision == "int8"):
        sys.exit(f"{options.model} is no {options.precision.upper()} model: edgetui tasks quantise makes both")
    return options


def load(options: argparse.Namespace) -> "onnxruntime.InferenceSession":
    """The model, ready to run; tells how long that took."""
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options.threads
    settings.inter_op_num_threads = 1
    settings.log_severity_level = 3
    began = time.perf_counter()
    try:
        session = onnxruntime.InferenceSession(options.model, settings, providers=["CPUExecutionProvider"])
    except REFUSALS as error:
        sys.exit(f"{options.model}: ONNX Runtime {onnxruntime.__version__} cannot load it: {first(error)}")
    took = time.perf_counter() - began
    entry = session.get_inputs()[0]
    fixed = all(isinstance(side, int) for side in entry.shape[1:])
    if entry.type != "tensor(float)" or len(entry.shape) != 4 or not fixed or entry.shape[1] != 3:
        sys.exit(f"{options.model}: takes {entry.type} {entry.shape}, not floats of 1x3xHxW: export it so")
    tell("meta", load_s=took, model_bytes=os.path.getsize(options.model), threads=options.threads)
    return session


def timed(session: "onnxruntime.InferenceSession", pictures: dict, options: argparse.Namespace) -> dict:
    """Boxes by name of picture; a line for each inference. Only the inference itself is timed as ``latency_s``."""
    entry = session.get_inputs()[0]
    times = max(options.times, len(pictures))
    names, found, times_s = list(pictures), {}, []
    for turn in range(-options.warm_up, times):
        name = names[turn % len(names)] if names else ""
        began = time.perf_counter()
        tensor, place = prepared(pictures.get(name), entry.shape[3], entry.shape[2])
        ready, used = time.perf_counter(), time.process_time()
        output = session.run(None, {entry.name: tensor})[0]
        done, worked = time.perf_counter(), time.process_time() - used
        if output.ndim != 3 or not 5 <= output.shape[1] < output.shape[2]:
            sys.exit(f"{options.model}: gives {output.shape}, not 1x(4 + classes)xcells: export it without NMS")
        result = boxes.decode(output[0], *place)
        tell(
            "iteration",
            latency_s=done - ready,
            prepare_s=ready - began,
            boxes_s=time.perf_counter() - done,
            inference_cpu_percent=100 * worked / (done - ready),
            **({"warmup": True} if turn < 0 else {}),
        )
        if turn >= 0:
            times_s.append(done - ready)
            if name:
                found[name] = result
        if turn % 10 == 9:
            tell("progress", done=max(0, turn + 1), total=times)
    tell("meta", own_peak_rss_bytes=peak_bytes())
    tell("result", text=f"{1000 * float(np.median(times_s)):.3g} ms an inference (median of {times})")
    return found


def prepared(file: "bytes | None", width: int, height: int) -> tuple:
    """The model's input, and scale and corner of the picture in it; grey where there is no picture."""
    sheet = Image.new("RGB", (width, height), GREY)
    scale, left, top = 1.0, 0, 0
    if file is not None:
        with open(file, "rb") as data, Image.open(data) as picture:
            scale = min(width / picture.width, height / picture.height)
            fitted = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
            left, top = (width - fitted[0]) // 2, (height - fitted[1]) // 2
            sheet.paste(picture.convert("RGB").resize(fitted, Image.BILINEAR), (left, top))
    tensor = np.asarray(sheet, dtype=np.float32).transpose(2, 0, 1)[np.newaxis] / 255
    return tensor, (scale, left, top)


def labelled(pictures: dict) -> dict:
    """Labels by name of picture."""
    labels = {}
    for name, file in pictures.items():
        stem = os.path.splitext(os.path.basename(file))[0]
        beside = os.path.join(os.fsencode(HERE), b"labels", stem + b".txt")
        if os.path.exists(beside):
            with open(file, "rb") as data, Image.open(data) as picture, open(beside, encoding="utf-8") as text:
                try:
                    labels[name] = boxes.read_labels(text.read(), picture.width, picture.height)
                except ValueError as error:
                    sys.exit(f"labels of {name}: {error}")
    return labels


def class_names(session: "onnxruntime.InferenceSession") -> dict:
    """By number, as YOLO's exporter writes them into the file; empty where it did not."""
    try:
        names = ast.literal_eval(session.get_modelmeta().custom_metadata_map.get("names", ""))
    except (SyntaxError, ValueError):
        return {}
    return names if isinstance(names, dict) else {}


def judge(found: dict, labels: dict, names: dict, options: argparse.Namespace) -> None:
    """mAP50, agreement with the reference, and the boxes in words."""
    value = boxes.map50(found, labels)
    if value is None:
        tell("na", name="map50_percent", reason=NO_LABELS)
    else:
        percent = round(100 * value, 2)
        tell("result", map50_percent=percent, labelled_images=len(labels), text=f"mAP50 {percent:g} %")
    alike, why = agreement(found, options)
    if alike is None:
        tell("na", name="agreement_percent", reason=why)
    else:
        percent = round(100 * alike, 2)
        tell("result", agreement_percent=percent, text=f"{percent:g} % of the boxes as in FP32")
    lines = [f"{name}: {words(of_picture, names)}" for name, of_picture in sorted(found.items())]
    tell("result", text="\n".join(lines) or "no pictures: timed on grey")


def words(of_picture: list, names: dict) -> str:
    """What would be drawn into one picture."""
    shown = [box for box in of_picture if box[1] >= boxes.SHOWN]
    said = []
    for label, score, *edges in shown:
        said.append(f"{names.get(label, label)} {score:.2f} [{', '.join(str(round(edge)) for edge in edges)}]")
    return "; ".join(said) or "nothing"


def agreement(found: dict, options: argparse.Namespace) -> tuple:
    """With the reference's boxes, 0-1, or None and why."""
    file = os.path.join(HERE, "reference.json")
    if not options.bundled or not os.path.exists(file):
        return None, "no boxes of FP32 for this model: edgetui tasks quantise writes them"
    if not found:
        return None, "no pictures to compare boxes on: put some into images/"
    with open(file, encoding="utf-8") as text:
        reference = json.load(text)
    same = sha256(os.path.join(HERE, "models", "fp32.onnx")) == reference["fp32_sha256"]
    if not same or set(reference["boxes"]) != set(found):
        return (
            None,
            "the boxes of FP32 are of another model or of other pictures: edgetui tasks quantise writes them",
        )
    return boxes.agreement(found, reference["boxes"]), "neither model shows a box"


def listed() -> dict:
    """Name to path of each picture; none without the folder. Paths are bytes: the locale may not be UTF-8."""
    folder = os.path.join(os.fsencode(HERE), b"images")
    found = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    return {
        name.decode("utf-8", "replace"): os.path.join(folder, name)
        for name in found
        if os.path.splitext(name)[1].lower() in KINDS
    }


def sha256(file: str) -> str:
    """Of a file's bytes."""
    with open(file, "rb") as data:
        return hashlib.sha256(data.read()).hexdigest()


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
