"""How long to wait before the next try. Numbers: a healed link is back within 5 s, a dead board costs little."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

BASE_S = 1.0
FRESH_S = 120.0
"""An outage younger than this is tried often: somebody may be plugging the cable back in."""
FRESH_CAP_S = 2.0
STALE_CAP_S = 30.0
FRESH_TCP_TIMEOUT_S = 2.0
SETTLED_S = 30.0
"""A link that was up for so long ended its outage; a shorter one was part of it."""


@dataclass(slots=True)
class Backoff:
    """Full jitter: a uniform draw below a ceiling that doubles up to a cap: a fleet never comes all at once."""

    clock: Callable[[], float] = time.monotonic
    """In s."""
    jitter: Callable[[], float] = random.random
    """Uniform in [0, 1)."""
    _attempts: int = field(default=0, init=False)
    _since: float | None = field(default=None, init=False)

    def next(self) -> float:
        """Note a failed try and say how many s to wait before the next one."""
        if self._since is None:
            self._since = self.clock()
        ceiling = min(FRESH_CAP_S if self._fresh else STALE_CAP_S, BASE_S * (1 << min(self._attempts, 10)))
        self._attempts += 1
        return self.jitter() * ceiling

    def was_up(self, seconds: float) -> None:
        """Note how long the link held; a board that flaps is still in its outage."""
        if seconds >= SETTLED_S:
            self._attempts, self._since = 0, None

    @property
    def tcp_timeout_s(self) -> float | None:
        """How long a TCP connect may take in a fresh outage; None: as configured."""
        return FRESH_TCP_TIMEOUT_S if self._since is not None and self._fresh else None

    @property
    def _fresh(self) -> bool:
        return self._since is None or self.clock() - self._since < FRESH_S
