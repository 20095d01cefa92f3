"""What the start gate is worth: a bare Pi 5 answers five times, with it and without (must: under 3 %, over 15 %).

``python -m tests.bench.gate`` takes four minutes. Each run has a cluster of its own, whose board has
loaded the model and has come to rest again.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from statistics import median

from tests.simulated import simulated

SPEED = 20
REST_S = 40.0
"""Host s: a quarter of an hour of the board's."""
WORDS = ("count-potholes", "-m", "qwen2.5vl:3b", "-b", "pi5", "--mode", "burst", "--repeat", "5", "--json")


def drift(*more: str) -> tuple[list[float], float]:
    """Board s of each repeat, and by how much the last differs from the first, as part of the median."""
    with (
        tempfile.TemporaryDirectory(prefix="gate-") as folder,
        simulated(Path(folder), speed=SPEED, boards=3) as sim,
    ):
        sim.edgetui("run", "why-fell", *WORDS[1:7], "--no-gate", "--repeat", "1")
        time.sleep(REST_S)
        replies = json.loads(sim.edgetui("run", *WORDS, *more, timeout=600).stdout)["replies"]
    times = [reply["metrics"]["e2e_s"] * SPEED for reply in replies]
    return times, (times[-1] - times[0]) / median(times)


def main() -> None:
    """Print both."""
    for name, more in (("with the gate", ()), ("without", ("--no-gate",))):
        times, part = drift(*more)
        print(
            f"{name:14} {'  '.join(f'{t:6.1f}' for t in times)} s   first to last {100 * part:+.1f} %", flush=True
        )


if __name__ == "__main__":
    main()
