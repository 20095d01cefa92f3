"""A Cluster in a thread and loop of its own: what the screen talks to."""

from __future__ import annotations

from collections.abc import Mapping

from edgetui.cluster.live import LiveReply, LiveRun, Order
from edgetui.config import Config
from edgetui.model import State


class Background:
    """All methods may be called from the screen's thread; none of them waits for a board."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.states: Mapping[str, State] = {b.name: State(board=b.name) for b in config.board}
        """Newest State of every board, in the order of the configuration, from the first moment on."""
        self.runs: list[LiveRun] = []
        """Runs of this session, oldest first."""
        self.store_error: str = ""
        """Why nothing can be stored, in words with the remedy; empty while all is well."""

    def start(self) -> None:
        """Begin to connect. Imports asyncssh and friends in the thread: call it after the first paint."""
        raise NotImplementedError

    def close(self, timeout: float = 3.0) -> None:
        """Cancel what runs (partial replies are stored), close links, join the thread."""
        raise NotImplementedError

    def fire(self, order: Order) -> LiveRun:
        """Queue an order; returns at once with all its cells ``queued``."""
        raise NotImplementedError

    def cancel(self, run: LiveRun, board: str | None = None) -> None:
        """Cancel one board's unfinished cells of a run, or all."""
        raise NotImplementedError

    def running_on(self, board: str) -> LiveReply | None:
        """The cell that this board works on now."""
        raise NotImplementedError

    def waiting_on(self, board: str) -> int:
        """Cells in this board's queue."""
        raise NotImplementedError

    def accept_host_key(self, board: str) -> None:
        """Store the *unknown* key whose fingerprint the State shows, then reconnect. Never for a changed key."""
        raise NotImplementedError

    def retry(self, board: str) -> None:
        """Connect now: after a refusal was mended, or to skip the back-off."""
        raise NotImplementedError
