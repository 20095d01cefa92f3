"""How the runner of a model grows from answer to answer, and when the next one would not fit. Pure.

Ollama ≥ 0.30 keeps the state of every past prompt in RAM, up to 8 GiB whatever the board has (measured on 0.32.15:
+18 MB a picture on a toy, 2 · layers · kv heads · head size · 2 bytes · tokens; about 150 MB on moondream).
"""

from __future__ import annotations

from dataclasses import dataclass

from edgetui.model.reading import Reading, known

FREE = 0.1
"""Share of a board's memory that must stay available: below it earlyoom(1) begins to end programs by default, and
the kernel to take away what answers need, files first."""
AHEAD = 2
"""So many of the greatest steps seen must fit: pictures differ in size, and a warm-up comes with a picture too."""
WORTH = 0.05
"""Share of a board's memory that unloading must give back: any server moves by some megabytes, and a load costs a
small board a minute."""
MARKED = 0.1
"""Share of a board's memory by which a runner has grown markedly: some pictures' worth (moondream's are 2 % of 8 GB
each), and more than MemAvailable moves by itself on a board at rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """What a board's memory is like between two requests, in bytes."""

    pids: tuple[int, ...]
    """Of Ollama's runners; empty where there are none, or the board does not tell them."""
    rss_bytes: Reading
    """Resident in all of them."""
    file_bytes: float
    """The part of it that lies in files too: it counts as available, and every token would read it anew."""
    taken_bytes: Reading
    """What grows: the runners without what lies in files, which comes in as it is read; where the board does not
    tell them, everything that runs there."""
    available_bytes: Reading
    """MemAvailable."""
    total_bytes: Reading

    def __str__(self) -> str:
        """``runner 3.1 GB, MemAvailable 0.4 GB``."""

        def gb(value: Reading) -> str:
            return f"{value / 1e9:.1f} GB" if known(value) else str(value)

        return f"runner {gb(self.rss_bytes)}, MemAvailable {gb(self.available_bytes)}"


@dataclass(frozen=True, slots=True)
class Growth:
    """Of the same processes, since they were first seen."""

    pids: tuple[int, ...]
    first_bytes: float
    last_bytes: float
    step_bytes: float = 0.0
    """The most from one look to the next, and of processes before them; 0: none seen."""

    @property
    def grown_bytes(self) -> float:
        """Since the first look."""
        return self.last_bytes - self.first_bytes

    def seen(self, now: Footprint) -> Growth:
        """The same with another look; of other processes it begins anew."""
        taken = now.taken_bytes
        if not known(taken):
            return self
        if now.pids != self.pids:
            return Growth(now.pids, taken, taken, self.step_bytes)
        step = max(self.step_bytes, taken - self.last_bytes)
        return Growth(now.pids, min(self.first_bytes, taken), taken, step)

    def is_marked(self, total_bytes: Reading) -> bool:
        """Has it grown markedly? See ``MARKED``."""
        return known(total_bytes) and self.grown_bytes > MARKED * total_bytes

    def is_in_the_way(self, now: Footprint) -> bool:
        """Would another answer not fit, and would unloading help? What has not grown gives nothing back."""
        total, available = now.total_bytes, now.available_bytes
        if not known(total) or not known(available):
            return False
        room = available - now.file_bytes
        least = max(self.step_bytes or MARKED * total, WORTH * total)
        return self.grown_bytes >= least and room < FREE * total + AHEAD * self.step_bytes


def first_seen(now: Footprint, counted_bytes: Reading, step_bytes: float = 0.0) -> Growth | None:
    """None where nothing tells. ``counted_bytes``: what Ollama says its models take, which no past prompt is in."""
    taken = now.taken_bytes
    if not known(taken):
        return None
    return Growth(now.pids, min(taken, counted_bytes) if known(counted_bytes) else taken, taken, step_bytes)
