"""Boxes: decoded from a YOLOv8 output, against labels, and against those of another model. Python 3.6, with numpy.

A box is a tuple: number of its class, score 0-1, left, top, right, bottom in px of the picture. A label is the same
without the score. mAP50 is counted as COCO and Ultralytics count it: for each class that is labelled at all,
precision at 101 steps of recall, each the best that is had at this recall or a higher one; a box is right if it
covers by half (intersection over union) a label of its class that no better box has taken.
"""

import numpy as np

ENOUGH = 0.5
SHOWN = 0.25
"""Score from which on a box would be drawn; agreement looks at these only. YOLO's own default."""
LEAST = 0.001
"""Score from which on a box counts for mAP50, as in Ultralytics' validation."""
SAME = 0.7
"""Overlap from which on a weaker box of the same class is taken for a second one of the same thing."""
MOST = 300
"""Boxes of one picture."""
CANDIDATES = 3000
"""Boxes that are looked at for one picture, the best first."""


def decode(output: np.ndarray, scale: float, left: float, top: float) -> list:
    """Boxes of a picture, the best first, from (4 + classes) × cells; ``scale`` and corner are the letterbox's."""
    scores, labels = output[4:].max(axis=0), output[4:].argmax(axis=0)
    order = np.argsort(-scores, kind="stable")[:CANDIDATES]
    order = order[scores[order] >= LEAST]
    middle, half = output[:2, order], output[2:4, order] / 2
    corner = np.array([[left], [top]], dtype=np.float32)
    edges = np.concatenate([(middle - half - corner) / scale, (middle + half - corner) / scale]).T
    kept = suppressed(edges, labels[order])[:MOST]
    return [
        (int(labels[order[at]]), round(float(scores[order[at]]), 4), *(round(float(edge), 2) for edge in edges[at]))
        for at in kept
    ]


def suppressed(edges: np.ndarray, labels: np.ndarray) -> list:
    """Which rows stay when each box, the best first, drops those of its class that cover it (NMS)."""
    left = np.arange(len(edges))
    kept = []
    while len(left) and len(kept) < MOST:
        best, left = left[0], left[1:]
        kept.append(int(best))
        same = (labels[left] == labels[best]) & (_overlaps(edges[best], edges[left]) > SAME)
        left = left[~same]
    return kept


def read_labels(text: str, width: int, height: int) -> list:
    """Labels of a YOLO text file: ``class x y width height`` a line, all but the class parts of the picture's size.

    Raises ValueError with the number of the line that is not so.
    """
    labels = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        if not words:
            continue
        try:
            label = int(words[0])
            x, y, across, down = [float(word) for word in words[1:]]
        except ValueError:
            raise ValueError(f"line {number} is not `class x y width height`") from None
        if label < 0 or not all(0 <= part <= 1 for part in (x, y, across, down)):
            raise ValueError(f"line {number}: the class counts from 0, all else is a part from 0 to 1")
        left, top = (x - across / 2) * width, (y - down / 2) * height
        labels.append((label, left, top, left + across * width, top + down * height))
    return labels


def map50(found: dict, labels: dict) -> "float | None":
    """0-1, over the pictures in ``labels``; None where nothing is labelled. Both are lists by name of picture."""
    classes = sorted({label[0] for of_picture in labels.values() for label in of_picture})
    if not classes:
        return None
    return sum(_average_precision(each, found, labels) for each in classes) / len(classes)


def agreement(one: dict, other: dict) -> "float | None":
    """Boxes that have a partner of their class in the other, of all boxes, 0-1; None where neither shows a box."""
    shown = pairs = 0
    for picture in set(one) | set(other):
        here, there = ([box for box in each.get(picture, ()) if box[1] >= SHOWN] for each in (one, other))
        shown += len(here) + len(there)
        for label in {box[0] for box in here}:
            partners = [box[2:] for box in there if box[0] == label]
            pairs += sum(hit for _, hit in _judged([box for box in here if box[0] == label], partners))
    return 2.0 * pairs / shown if shown else None


def _average_precision(label: int, found: dict, labels: dict) -> float:
    hits, total = [], 0
    for picture, truth in labels.items():
        things = [thing[1:] for thing in truth if thing[0] == label]
        total += len(things)
        hits += _judged([box for box in found.get(picture, ()) if box[0] == label], things)
    hits.sort(key=lambda hit: -hit[0])
    precision, right = np.zeros(101), 0
    for rank, (_, hit) in enumerate(hits, start=1):
        right += hit
        step = right * 100 // total
        precision[step] = max(precision[step], right / float(rank))
    return float(np.maximum.accumulate(precision[::-1]).mean())


def _judged(boxes: list, things: list) -> list:
    """Score of each box, the best first, and whether it covers a thing that none before it has taken."""
    free, judged = list(range(len(things))), []
    edges = np.array(things, dtype=float).reshape(-1, 4)
    for box in sorted(boxes, key=lambda each: -each[1]):
        covered = _overlaps(np.array(box[2:], dtype=float), edges[free])
        hit = bool(len(free)) and bool(covered.max() >= ENOUGH)
        if hit:
            del free[int(covered.argmax())]
        judged.append((box[1], hit))
    return judged


def _overlaps(box: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Intersection over union of one box with each of many."""
    width = np.minimum(box[2], others[:, 2]) - np.maximum(box[0], others[:, 0])
    height = np.minimum(box[3], others[:, 3]) - np.maximum(box[1], others[:, 1])
    shared = np.maximum(width, 0) * np.maximum(height, 0)
    areas = (others[:, 2] - others[:, 0]) * (others[:, 3] - others[:, 1])
    whole = areas + (box[2] - box[0]) * (box[3] - box[1]) - shared
    return np.where(whole > 0, shared / np.where(whole > 0, whole, 1), 0.0)
