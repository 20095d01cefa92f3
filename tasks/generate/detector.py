"""A detector whose weights are worked out instead of trained: input and output as YOLOv8 exports them.

``images`` 1×3×640×640 in RGB 0-1 goes in; ``output0`` 1×(4 + classes)×8400 comes out: centre x, centre y, width,
height in px of the input, then a score for each class, over grids of 80², 40² and 20² cells.

1. Colour filters (1×1) and two ReLUs a class give a mask of 0 to 1 for each class; strided means bring it to grids.
2. Rulers: channel k of a convolution along a line adds a cell and the k cells beside it and takes off k, so that
   ReLU leaves 1 only where all of them are of the class. Their sum is the distance to the edge, to parts of a cell.
3. A score is high where the distances left and right, above and below, are alike: in the middle of a thing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tasks.generate.blocks import CLASSES

SIDE = 640
STRIDES = (8, 16, 32)
REACH = 10
"""Cells that a ruler is long."""
FILTERS = {
    "red": ((1.0, -1.2, -0.2), 0.28),
    "green": ((-0.7, 1.0, -0.5), 0.18),
    "blue": ((-0.4, -0.7, 1.0), 0.24),
    "yellow": ((0.5, 0.5, -1.0), 0.52),
}
"""Weights of red, green and blue, and the sum (colours 0-1) at which half of a pixel belongs to the class."""
GAIN = 10.0
"""A sum half of 1 / GAIN below that is not of the class, half of it above is wholly."""
OFF_CENTRE = 0.25
"""Taken off the score for each cell that the distances to two opposite edges differ by."""
SHARP = 16.0
"""Of the sigmoid: a score of 1 before it becomes 0.9997, one of 0 becomes 0.0003."""


class _Graph:
    """Nodes and weights as they come."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def node(self, kind: str, inputs: Sequence[str], output: str, **options: object) -> str:
        self.nodes.append(helper.make_node(kind, list(inputs), [output], output, **options))
        return output

    def constant(self, name: str, values: np.ndarray) -> str:
        self.weights.append(numpy_helper.from_array(values, name))
        return name

    def conv(
        self, name: str, above: str, weight: np.ndarray, bias: Sequence[float], relu: bool = True, **options: object
    ) -> str:
        names = [
            self.constant(f"{name}.weight", weight.astype(np.float32)),
            self.constant(f"{name}.bias", np.asarray(bias, np.float32)),
        ]
        output = self.node("Conv", [above, *names], f"{name}.conv", kernel_shape=weight.shape[2:], **options)
        return self.node("Relu", [output], name) if relu else output


def model() -> onnx.ModelProto:
    """The whole network, for opset 13: ONNX Runtime from 1.6 on reads it."""
    graph = _Graph()
    masks = _masks(graph)
    heads = []
    for stride in STRIDES:
        masks = _means(graph, masks, 4 if stride == STRIDES[0] else 2, f"grid{stride}")
        heads.append(_head(graph, masks, stride))
    together = graph.node("Concat", heads, "output0", axis=2)
    cells = sum((SIDE // stride) ** 2 for stride in STRIDES)
    shape_in, shape_out = [1, 3, SIDE, SIDE], [1, 4 + len(CLASSES), cells]
    made = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "blocks",
            [helper.make_tensor_value_info("images", TensorProto.FLOAT, shape_in)],
            [helper.make_tensor_value_info(together, TensorProto.FLOAT, shape_out)],
            graph.weights,
        ),
        opset_imports=[helper.make_opsetid("", 13)],
        producer_name="edgetui",
    )
    made.ir_version = 7
    names = "{" + ", ".join(f"{index}: {name!r}" for index, name in enumerate(CLASSES)) + "}"
    helper.set_model_props(made, {"names": names})
    onnx.checker.check_model(made, full_check=True)
    return made


def _masks(graph: _Graph) -> str:
    """Classes × 320²: 0 to 1."""
    mean = np.zeros((3, 3, 3, 3))
    for colour in range(3):
        mean[colour, colour] = 1 / 9
    calm = graph.conv("stem", "images", mean, [0.0] * 3, strides=[2, 2], pads=[1, 1, 1, 1])
    weight, bias = np.zeros((2 * len(CLASSES), 3, 1, 1)), []
    for index, name in enumerate(CLASSES):
        colours, half = FILTERS[name]
        weight[2 * index : 2 * index + 2, :, 0, 0] = GAIN * np.array(colours)
        bias += [0.5 - GAIN * half, -0.5 - GAIN * half]
    steps = graph.conv("colours", calm, weight, bias)
    weight = np.zeros((len(CLASSES), 2 * len(CLASSES), 1, 1))
    for index in range(len(CLASSES)):
        weight[index, 2 * index : 2 * index + 2, 0, 0] = 1, -1
    return graph.conv("masks", steps, weight, [0.0] * len(CLASSES))


def _means(graph: _Graph, masks: str, step: int, name: str) -> str:
    weight = np.full((len(CLASSES), 1, step, step), 1 / step**2)
    return graph.conv(name, masks, weight, [0.0] * len(CLASSES), strides=[step, step], group=len(CLASSES))


def _head(graph: _Graph, masks: str, stride: int) -> str:
    """1 × (4 + classes) × cells of one grid."""
    at = f"head{stride}"
    rulers = [_ruler(graph, masks, side, f"{at}.{side}") for side in ("left", "top", "right", "bottom")]
    joined = graph.node("Concat", [*rulers, masks], f"{at}.rulers", axis=1)
    marks = len(CLASSES) * REACH
    width = 4 * marks + len(CLASSES)
    edges = np.zeros((4, width, 1, 1))
    for side in range(4):
        edges[side, side * marks : (side + 1) * marks] = 1
    reach = graph.conv(f"{at}.edges", joined, edges, [0.5] * 4, relu=False)
    left, top, right, bottom = edges
    doubts = np.stack([left - right, right - left, top - bottom, bottom - top, left + right, top + bottom])
    limit = 1.5 - 2 * REACH
    weight = np.concatenate([doubts, np.zeros((len(CLASSES), width, 1, 1))])
    weight[6:, 4 * marks :, 0, 0] = np.eye(len(CLASSES))
    doubt = graph.conv(f"{at}.doubts", joined, weight, [0.0] * 4 + [limit] * 2 + [0.0] * len(CLASSES))
    weight = np.zeros((len(CLASSES), 6 + len(CLASSES), 1, 1))
    weight[:, :4, 0, 0], weight[:, 4:6, 0, 0] = -OFF_CENTRE * SHARP, -4 * SHARP
    weight[:, 6:, 0, 0] = SHARP * np.eye(len(CLASSES))
    logits = graph.conv(f"{at}.logits", doubt, weight, [-SHARP / 2] * len(CLASSES), relu=False)
    return _decoded(graph, reach, logits, stride)


def _ruler(graph: _Graph, masks: str, side: str, name: str) -> str:
    """(Classes × REACH) channels: how far the class goes on to one side of a cell."""
    line = np.zeros((REACH, 2 * REACH + 1))
    for k in range(1, REACH + 1):
        line[k - 1, REACH : REACH + k + 1] = 1
    if side in ("left", "top"):
        line = line[:, ::-1]
    across = side in ("left", "right")
    one = line[:, None, None, :] if across else line[:, None, :, None]
    bias = [-float(k) for k in range(1, REACH + 1)] * len(CLASSES)
    pads = [0, REACH, 0, REACH] if across else [REACH, 0, REACH, 0]
    return graph.conv(name, masks, np.tile(one, (len(CLASSES), 1, 1, 1)), bias, group=len(CLASSES), pads=pads)


def _decoded(graph: _Graph, reach: str, logits: str, stride: int) -> str:
    """Distances in cells to centre and extent in px, as YOLOv8 decodes its own."""
    at, side = f"decode{stride}", SIDE // stride
    flat = graph.constant(f"{at}.flat", np.array([1, -1, side * side], np.int64))
    distances = graph.node("Reshape", [reach, flat], f"{at}.distances")
    halves = graph.constant(f"{at}.halves", np.array([2, 2], np.int64))
    before, after = f"{at}.before", f"{at}.after"
    graph.nodes.append(helper.make_node("Split", [distances, halves], [before, after], f"{at}.split", axis=1))
    down, right = np.mgrid[:side, :side]
    cells = np.stack([right.ravel(), down.ravel()])[None].astype(np.float32) + np.float32(0.5)
    centres = graph.constant(f"{at}.cells", cells)
    first = graph.node("Sub", [centres, before], f"{at}.first")
    last = graph.node("Add", [centres, after], f"{at}.last")
    twice = graph.node("Add", [first, last], f"{at}.twice")
    middle = graph.node("Div", [twice, graph.constant(f"{at}.two", np.array(2, np.float32))], f"{at}.middle")
    extent = graph.node("Sub", [last, first], f"{at}.extent")
    boxes = graph.node("Concat", [middle, extent], f"{at}.boxes", axis=1)
    pixels = graph.constant(f"{at}.stride", np.array(stride, np.float32))
    scaled = graph.node("Mul", [boxes, pixels], f"{at}.px")
    scores = graph.node("Sigmoid", [graph.node("Reshape", [logits, flat], f"{at}.logits")], f"{at}.scores")
    return graph.node("Concat", [scaled, scores], at, axis=1)
