"""The app on its fake in a terminal of its own: what the pseudo-terminal tests start."""

from __future__ import annotations

import sys

from edgetui.cluster.live import LiveRun
from edgetui.ui.running import run_app
from tests.ui import fake


class Doomed(fake.FakeBackground):
    """A bug shows up when the first run is fired."""

    def fire(self, order: object) -> LiveRun:
        raise ZeroDivisionError("a bug in the background")


def main() -> int:
    config = fake.config()
    background = (Doomed if "doomed" in sys.argv else fake.FakeBackground)(config)
    background.states = fake.eight()
    code = run_app(config, background, fake.tasks_of_text)  # type: ignore[arg-type]
    print("closed" if ("close",) in background.calls else "left open")
    return code


if __name__ == "__main__":
    raise SystemExit(main())
