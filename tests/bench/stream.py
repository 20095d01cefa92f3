"""CPU of the Ollama runner alone while one answer streams, and of one survey, in % of one core and ms.

    python -m tests.bench.stream [tokens per second] [seconds]

The server is a process of its own on a unix socket, each token a line, a chunk and a segment, as Ollama sends them.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import statistics
import sys
import tempfile
import time
from multiprocessing.synchronize import Event
from pathlib import Path

from edgetui.runners import Finished
from edgetui.runners.ollama import OllamaRunner, survey
from tests.runners.fake import FINAL, LOADED, FakeBoard, board, chunk, head, request, said

RUNS = 5
SURVEYS = 50


def serve(folder: str, rate: float, seconds: float, ready: Event) -> None:
    """Ollama, until it is terminated."""

    async def stream(_call: object, out: asyncio.StreamWriter) -> None:
        clock = asyncio.get_running_loop().time
        out.write(head(Transfer_Encoding="chunked"))
        start = clock()
        for n in range(int(rate * seconds)):
            out.write(
                chunk(json.dumps({**said(f" word{n}"), "created_at": "2026-11-21T02:52:52.4Z"}).encode() + b"\n")
            )
            await asyncio.sleep(start + (n + 1) / rate - clock())
        out.write(chunk(json.dumps(FINAL).encode() + b"\n") + b"0\r\n\r\n")

    async def forever() -> None:
        async with board(Path(folder)) as made:
            made.chat = [LOADED, stream] * RUNS
            ready.set()
            await asyncio.Event().wait()

    asyncio.run(forever())


async def answer(made: FakeBoard) -> float:
    """One run; CPU of this process during its decode phase in % of one core."""
    cpu = wall = 0.0
    async for event in OllamaRunner().run(request(), made):
        if isinstance(event, Finished):
            assert event.outcome == "ok", event
        if getattr(event, "phase", "") == "decode":
            cpu, wall = time.process_time(), time.perf_counter()
        if getattr(event, "phase", "") == "done":
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return cpu / wall * 100


async def measure(folder: str, rate: float) -> None:
    """All figures, printed."""
    made = FakeBoard(f"{folder}/ollama.sock")
    shares = [await answer(made) for _ in range(RUNS)]
    spread = f"of {RUNS}, {min(shares):.1f}-{max(shares):.1f}"
    print(f"runner at {rate:g} tok/s: {statistics.median(shares):.1f} % of a core ({spread})")
    start = time.process_time()
    for _ in range(SURVEYS):
        assert (await survey(made, 11434, time.time())).version
    print(f"survey: {(time.process_time() - start) / SURVEYS * 1000:.1f} ms of CPU")


def main() -> None:
    """Start the server, measure, end the server."""
    rate, seconds = (float(a) for a in [*sys.argv[1:], *["500", "5"][len(sys.argv) - 1 :]])
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    with tempfile.TemporaryDirectory() as folder:
        server = context.Process(target=serve, args=(folder, rate, seconds, ready), daemon=True)
        server.start()
        ready.wait()
        asyncio.run(measure(folder, rate))
        server.terminate()
        server.join()


if __name__ == "__main__":
    main()
