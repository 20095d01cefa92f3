"""One simulated board: its kind, its body, what lies in its memory, and what has been done to it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import uuid4

from edgetui.sim.heat import Body
from edgetui.sim.journal import Journal
from edgetui.sim.kinds import Kind
from edgetui.sim.processes import Processes
from edgetui.sim.supply import Line, Room
from edgetui.sim.work import Stage, carry_out
from edgetui.sim.world import World

_MOST = 0.97
"""Share of a board's memory that programs can have."""
_SPAN_WALL_S = 0.03
"""How often work looks up, in host s."""


@dataclass(slots=True)
class Board:
    """The state that files, commands and Ollama of one board share."""

    name: str
    kind: Kind
    world: World
    seed: int
    ollama_version: str
    """Empty: there is no Ollama."""
    ambient_c: float = 25.0
    """The room; what the body feels may be made hotter."""
    body: Body = field(init=False)
    booted_s: float = field(init=False)
    """Uptime in s at world time 0."""
    boot_id: str = field(default_factory=lambda: str(uuid4()))
    """Another one each time the cluster is started, as after any boot."""
    chance: random.Random = field(init=False)
    resident_gb: float = 0.0
    """What loaded models take of the board's memory or of its card's."""
    cached_bytes: int = 0
    """What their runners keep of past prompts in the board's memory."""
    killed_at: list[float] = field(default_factory=list)
    """Unix s of the host at which the kernel killed a program for memory, since boot."""
    victim: str = "1834 (ollama)"
    """Process id and name of the last one."""
    processes: Processes | None = None
    """Ollama's; None: it has none."""
    swapped_kb: int = 0
    """What lies in swap."""
    defects: set[str] = field(default_factory=set)
    """What is wrong with its system: names of ``sim.defects``."""
    line: Line = field(default_factory=Line)
    room: Room = field(default_factory=Room)
    journal: Journal = field(default_factory=Journal)
    vanished: set[str] = field(default_factory=set)
    """Files that cannot be read any more."""
    governor: str = "ondemand"
    mode: int = 0
    """nvpmodel's number of the power mode in force."""
    frames: int = 0
    """Of the probe, since it was first started after boot."""
    probed_at_s: float = 0.0
    """Board's uptime then."""

    def __post_init__(self) -> None:
        self.chance = random.Random(f"{self.seed}:{self.name}")
        self.mode = self.kind.power_mode[1]
        self.booted_s = self.chance.uniform(3, 200) * 3600
        self.body = Body(self.kind, self.ambient_c)
        self.body.busy_s = self.booted_s * self.kind.cores * 0.02
        self.look()

    def look(self) -> None:
        """Bring the body up to the world's clock; whatever is read afterwards is of that moment."""
        self.body.advance(self.world.now())

    def boot(self) -> None:
        """What is counted since boot begins anew."""
        self.look()
        self.boot_id = str(uuid4())
        self.booted_s = -self.body.time
        self.body.busy_s = 0.0
        self.body.ever.clear()
        self.killed_at.clear()
        self.swapped_kb = self.frames = 0
        if self.processes is not None:
            self.processes.boot()
        self.set_governor("ondemand")

    def oom_killed(self, victim: str = "1834 (ollama)") -> None:
        """The kernel has just killed a program for memory: its process id and name."""
        self.killed_at.append(time.time())
        self.victim = victim

    def uptime_now(self) -> float:
        """Board's own uptime in s."""
        self.look()
        return self.uptime_s

    def set_governor(self, name: str) -> None:
        """How the CPU's clock follows its load, until the next boot."""
        self.look()
        self.governor = name
        self._hold()

    def set_mode(self, number: int) -> None:
        """Another power mode; it outlasts a boot."""
        self.look()
        self.mode = number
        self._hold()

    def _hold(self) -> None:
        """A power mode holds all clocks down; powersave holds the CPU's at its lowest."""
        cap = self.mode_cap
        if self.governor == "powersave" and not self.kind.gpu:
            cap = min(cap, self.kind.cpu_hz[1] / self.kind.cpu_hz[0])
        self.body.cap = cap

    @property
    def mode_cap(self) -> float:
        """Highest clock that the power mode allows, as a share of the hardware's."""
        return next((share for _, number, share in self.kind.power_modes if number == self.mode), 1.0)

    @property
    def tick_ms(self) -> float:
        """CPU time of one frame of the probe: a made-up figure of the right size, slower cores take longer."""
        return 3.6e9 / self.kind.cpu_hz[0]

    async def work(self, stage: Stage, start: float, check: Callable[[], None]) -> float:
        """Carry out ``stage`` from world time ``start`` on; returns its end. ``check`` may end it by raising."""
        steps = carry_out(self.body, stage, start, _SPAN_WALL_S * self.world.speed)
        moment = start
        try:
            for moment in steps:
                await self.world.until(moment)
                check()
        finally:
            steps.close()
        return moment

    @property
    def uptime_s(self) -> float:
        """Board's own uptime as of the last look."""
        return self.booted_s + self.body.time

    @property
    def oom_kills(self) -> int:
        """The kernel's counter since boot."""
        return len(self.killed_at)

    @property
    def memory_used_kb(self) -> int:
        """System, models where they lie in the board's own memory, and what their runners keep."""
        return min(self._wanted_kb, int(self.kind.memory_kb * _MOST))

    @property
    def swap_used_kb(self) -> int:
        """What was swapped out, and what the memory does not hold."""
        return min(self.kind.swap_kb, self.swapped_kb + self._wanted_kb - self.memory_used_kb)

    @property
    def memory_is_full(self) -> bool:
        """Nothing is left, in swap neither: the kernel kills."""
        return self.swapped_kb + self._wanted_kb - self.memory_used_kb > self.kind.swap_kb

    @property
    def _wanted_kb(self) -> int:
        models = 0.0 if self.kind.gpu_memory_gb else self.resident_gb
        return int((self.kind.reserve_gb * 0.75 + models) * 1024**2) + self.cached_bytes // 1024
