"""Do repeated runs of detect-yolo over a real sshd agree? ``python -m tests.bench.detect [RUNS]``.

Prints each variant's medians and how far the largest is above the smallest; 10 % is the budget on a machine with
nothing else to do. The load of the machine stands beside it: on a busy one nothing can agree.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

from tests.servers import Sshd
from tests.whole.test_real_sshd import Bench

VARIANTS = ("precision=fp32,threads=1", "precision=int8,threads=1")
BUDGET_PERCENT = 10.0


def main() -> None:
    """Run, compare, print."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    with tempfile.TemporaryDirectory() as name:
        sshd = Sshd(Path(name))
        path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
        sshd.options = ("Subsystem sftp internal-sftp", f"SetEnv HOME={sshd.home} PATH={path}")
        with sshd:
            bench = Bench(Path(name), sshd)
            bench.trust()
            medians: dict[str, list[float]] = {variant: [] for variant in VARIANTS}
            for _ in range(runs):
                words = [word for variant in VARIANTS for word in ("-m", variant)]
                done = bench.edgetui("run", "detect-yolo", *words, "--json")
                for reply in json.loads(done.stdout)["replies"]:
                    medians[reply["model"]].append(reply["figures"]["latency_median_s"])
    for variant, found in medians.items():
        apart = 100 * (max(found) / min(found) - 1)
        shown = ", ".join(f"{1e3 * each:.2f}" for each in found)
        verdict = "ok" if apart <= BUDGET_PERCENT else "missed"
        print(f"{variant}: {shown} ms; {apart:.1f} % apart, budget {BUDGET_PERCENT:g} %: {verdict}")
    print(f"load of this machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
