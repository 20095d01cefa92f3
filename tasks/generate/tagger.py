"""A small tagger of 320 Chinese labels, fitted by least squares in seconds: it knows the things of our four scenes.

Fixed random filters, ReLU and means over a grid give features; ridge regression finds how they tell the scenes'
things from each other. Labels that are in no scene always get ``NEVER``. Its shape is that of a real tagger
(1×3×224×224 in, one confidence for each line of ``labels.txt`` out); what it knows is not.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image, ImageEnhance

from tasks.generate import scenes

SIDE, FILTERS, PATCH, GRID = 224, 24, 8, 4
"""px of the input; number of filters; px of each; mean over so many by so many of their results."""
NEVER = 0.003
STEEP = 8.0
"""Of the sigmoid: a thing that is there with certainty gets 0.98."""
RIDGE = 3.0
VIEWS = 30
"""Of each scene, cut and lit differently."""
FOLDER = Path(__file__).parents[1] / "tag-image"
THINGS = {
    "table": ("苹果", "香蕉", "杯子", "时钟", "盆栽", "书", "桌子"),
    "street": ("汽车", "自行车", "红绿灯", "房子", "树", "马路"),
    "fruit": ("苹果", "香蕉", "桌子"),
    "garden": ("房子", "树", "自行车", "草坪"),
}
"""By the scene's name."""


def write() -> None:
    """``models/tagger.onnx``."""
    labels = (FOLDER / "labels.txt").read_text(encoding="utf-8").split()
    known = sorted({thing for things in THINGS.values() for thing in things}, key=labels.index)
    filters = np.random.default_rng(7).normal(0, 0.15, (FILTERS, 3, PATCH, PATCH)).astype(np.float32)
    seen, told = [], []
    for name, picture in views():
        seen.append(features(picture, filters))
        told.append([1.0 if thing in THINGS[name] else -1.0 for thing in known])
    columns = np.column_stack([np.array(seen), np.ones(len(seen))])
    square = columns.T @ columns + RIDGE * np.eye(columns.shape[1])
    solved = np.linalg.solve(square, columns.T @ np.array(told)) * STEEP / 2
    weight = np.zeros((len(labels), len(known)))
    weight[[labels.index(thing) for thing in known], range(len(known))] = 1
    bias = np.full(len(labels), np.log(NEVER / (1 - NEVER)))
    bias[[labels.index(thing) for thing in known]] = 0
    model = network(filters, solved[:-1].T, solved[-1], weight, bias)
    (FOLDER / "models").mkdir(exist_ok=True)
    onnx.save(model, FOLDER / "models" / "tagger.onnx")
    print(f"tag-image/models/tagger.onnx: {model.ByteSize()} bytes")


def views() -> Iterator[tuple[str, Image.Image]]:
    """Scenes other than the task's own four pictures, each seen in many ways."""
    rnd = random.Random(2)
    painters = {"table": scenes.table, "street": scenes.street, "fruit": scenes.fruit, "garden": scenes.garden}
    for name, draw in painters.items():
        whole = draw(11)
        for _ in range(VIEWS):
            left, top = rnd.uniform(0, 0.12) * whole.width, rnd.uniform(0, 0.12) * whole.height
            right, bottom = (1 - rnd.uniform(0, 0.12)) * whole.width, (1 - rnd.uniform(0, 0.12)) * whole.height
            part = whole.crop((round(left), round(top), round(right), round(bottom)))
            yield name, ImageEnhance.Brightness(part).enhance(rnd.uniform(0.8, 1.2))


def features(picture: Image.Image, filters: np.ndarray) -> np.ndarray:
    """What the network has before its last layers, computed here."""
    pixels = np.asarray(picture.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR), np.float32) / 255
    side = SIDE // PATCH
    patches = pixels.reshape(side, PATCH, side, PATCH, 3).transpose(0, 2, 4, 1, 3).reshape(side * side, -1)
    sums = np.maximum(patches @ filters.reshape(len(filters), -1).T, 0).reshape(side, side, -1)
    cells = side // GRID
    return sums.reshape(cells, GRID, cells, GRID, -1).mean(axis=(1, 3)).transpose(2, 0, 1).ravel()


def network(
    filters: np.ndarray, solved: np.ndarray, lifted: np.ndarray, weight: np.ndarray, bias: np.ndarray
) -> onnx.ModelProto:
    """Patches, means, what was solved, and its results spread over all labels. For opset 13."""
    constants = {"filters": filters, "solved": solved, "lifted": lifted, "spread": weight, "bias": bias}
    nodes = [
        helper.make_node("Conv", ["pixels", "filters"], ["patches"], strides=[PATCH, PATCH]),
        helper.make_node("Relu", ["patches"], ["sums"]),
        helper.make_node("AveragePool", ["sums"], ["means"], kernel_shape=[GRID, GRID], strides=[GRID, GRID]),
        helper.make_node("Flatten", ["means"], ["features"]),
        helper.make_node("Gemm", ["features", "solved", "lifted"], ["known"], transB=1),
        helper.make_node("Gemm", ["known", "spread", "bias"], ["logits"], transB=1),
        helper.make_node("Sigmoid", ["logits"], ["confidences"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tagger",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("confidences", TensorProto.FLOAT, [1, len(bias)])],
        [numpy_helper.from_array(np.asarray(values, np.float32), name) for name, values in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], producer_name="edgetui")
    model.ir_version = 7
    onnx.checker.check_model(model, full_check=True)
    return model


if __name__ == "__main__":
    write()
