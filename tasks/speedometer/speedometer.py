"""How fast is this board, without any model: in at most 20 s, with what is there (numpy is used where it is)."""

import json
import mmap
import os
import sys
import time
from array import array
from typing import Any, Callable, Tuple  # noqa: UP035 - boards may have Python 3.6

PART_S = 3.0
"""So long each part may measure."""
BLOCK = 128 << 20
"""Bytes copied at a time, where memory allows: with 32 MB a PC measured its third cache."""
STORED = 128 << 20
SIDE, PLAIN_SIDE = 512, 96


def tell(event: str, **members: Any) -> None:  # noqa: ANN401 - JSON values
    """One line of docs/scripts.md."""
    print(json.dumps({"event": event, **members}), flush=True)


def best(act: Callable[[], Any], seconds: float = PART_S) -> Tuple[float, int]:  # noqa: UP006
    """Shortest s of one call, after one call to warm up, and how often it was called."""
    act()
    shortest, times, end = float("inf"), 0, time.perf_counter() + seconds
    while times < 3 or time.perf_counter() < end:
        began = time.perf_counter()
        act()
        shortest, times = min(shortest, time.perf_counter() - began), times + 1
    return shortest, times


def memory(size: int) -> None:
    """Copying reads and writes each byte once: two bytes of traffic for each byte copied."""
    if size < 1 << 20:
        tell("na", name="memory_copy_bytes_per_s", reason="less than 8 MB of memory are available")
        return
    source, target = bytearray(os.urandom(1 << 20) * (size >> 20)), bytearray(size)
    view = memoryview(target)

    def copy() -> None:
        view[:] = source

    seconds, _ = best(copy)
    tell("result", memory_copy_bytes_per_s=2 * size / seconds)


def products() -> None:
    """By numpy; what plain Python does instead bears another name."""
    try:
        import numpy
    except ImportError:
        plain_product()
        reason = "no numpy on this board; plain Python's rate stands under python_product_flop_per_s"
        for name in ("float32_product_flop_per_s", "int8_product_op_per_s"):
            tell("na", name=name, reason=reason)
        return
    tell("meta", numpy=numpy.__version__)
    chance = numpy.random.RandomState(1)  # and no matmul with a dtype: JetPack 4 has numpy 1.13
    a, b = (chance.rand(SIDE, SIDE).astype(numpy.float32) for _ in range(2))
    seconds, _ = best(lambda: numpy.dot(a, b))
    tell("result", float32_product_flop_per_s=2 * SIDE**3 / seconds)
    # numpy multiplies int8 in int8, which overflows: the sums need int32, as in a quantised model
    c, d = (chance.randint(-128, 128, (SIDE, SIDE)).astype(numpy.int8) for _ in range(2))
    seconds, _ = best(lambda: numpy.dot(c.astype(numpy.int32), d.astype(numpy.int32)), PART_S / 2)
    tell("result", int8_product_op_per_s=2 * SIDE**3 / seconds)
    tell("meta", int8="by numpy, which has no fast kernel for it: what ONNX Runtime does is another figure")


def plain_product() -> None:
    """Of lists, in plain Python: says how fast Python is, not what the processor could do."""
    n = PLAIN_SIDE
    a = [array("d", [(i * j) % 7 for j in range(n)]) for i in range(n)]
    columns = list(zip(*a))  # noqa: B905 - Python 3.6
    seconds, _ = best(lambda: [[sum(map(float.__mul__, row, column)) for column in columns] for row in a])
    tell("result", python_product_flop_per_s=2 * n**3 / seconds)


def storage(folder: str) -> None:
    """Reads a file of our own past the page cache; without O_DIRECT there is no telling the disk from memory."""
    path = os.path.join(folder, "speedometer.bin")
    free = os.statvfs(folder)
    size = min(STORED, free.f_bavail * free.f_frsize // 4) >> 20 << 20
    if size < 16 << 20:
        tell("na", name="storage_read_bytes_per_s", reason="less than 64 MB of disk are free")
        return
    block = os.urandom(1 << 20)
    deadline = time.perf_counter() + PART_S
    with open(path, "wb") as file:
        began, written = time.perf_counter(), 0
        while written < size and (time.perf_counter() < deadline or written < 16 << 20):
            file.write(block)
            written += len(block)
            os.fdatasync(file.fileno()) if written % (16 << 20) == 0 else None
        os.fsync(file.fileno())
    tell("result", storage_write_bytes_per_s=written / (time.perf_counter() - began))
    buffer = mmap.mmap(-1, 1 << 20)  # aligned, as O_DIRECT wants it
    try:
        handle = os.open(path, os.O_RDONLY | os.O_DIRECT)
    except (OSError, AttributeError):
        reason = "this file system knows no O_DIRECT: what it reads comes from memory"
        tell("na", name="storage_read_bytes_per_s", reason=reason)
        return
    began, read = time.perf_counter(), 0
    try:
        while read < written and time.perf_counter() - began < PART_S:
            read += os.readv(handle, [buffer])
    finally:
        os.close(handle)
    tell("result", storage_read_bytes_per_s=read / (time.perf_counter() - began))


def main() -> None:
    """All parts."""
    tell("meta", python=sys.version.split()[0], cpus=os.cpu_count())
    with open("/proc/meminfo") as file:
        rows = dict(line.split(":", 1) for line in file)
    available = int(rows.get("MemAvailable", rows["MemFree"]).split()[0]) * 1024
    parts = [
        ("memory", lambda: memory(min(BLOCK, available // 8 >> 20 << 20))),
        ("matrix product", products),
        ("storage", lambda: storage(os.environ.get("EDGETUI_SCRATCH", "."))),
    ]
    for done, (name, act) in enumerate(parts):
        tell("progress", done=done, total=len(parts), text=name)
        act()
    tell("result", text="measured")


main()
