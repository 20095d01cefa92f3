"""Ollama's processes on a simulated board, as /proc, systemd and the service's log tell of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

FIRST_PID = 997
TICKS = 100
"""Of /proc, in a second."""
PAGE = 4096
FILES_KB = 24_000
"""Of a process: its program and libraries. Weights are read, not mapped."""
_TREE = "/usr/share/ollama/.ollama/models/blobs/sha256-"


@dataclass(slots=True)
class Process:
    """One program."""

    pid: int
    name: str
    """``ollama``, or ``llama-server`` where era C's runner is meant."""
    parent: int
    argv: tuple[str, ...]
    started_s: float
    """Board's uptime."""
    resident_bytes: float = 30e6
    port: int = 0
    """On the board's loopback; 0: none of interest."""


@dataclass(slots=True)
class Processes:
    """One server and its runners; ``uptime`` gives the board's own in s."""

    uptime: Callable[[], float]
    era_c: bool
    cache_mib: int | None = None
    """LLAMA_ARG_CACHE_RAM of the service; None: it is not set."""
    by_hand: bool = False
    """Nobody starts it anew, and nobody ends what it leaves behind."""
    server: Process | None = None
    runners: dict[int, Process] = field(default_factory=dict)
    """By process id; in era C also those whose server is dead."""
    restarts: int = 0
    """systemd's NRestarts."""
    entered_s: float = 0.0
    """Uptime at which the service last became active."""
    exited_s: float = 0.0
    """… and at which its main process ended; 0 while it runs."""
    crashed: bool = False
    """It did not end by order."""
    log: list[tuple[float, str]] = field(default_factory=list)
    """Uptime and words of what the service said."""
    _last: int = FIRST_PID - 1

    def start(self, *, again: bool = False) -> None:
        """The server is there; ``again``: systemd has brought it back."""
        if self.server is not None:
            return
        now = self.uptime()
        self.restarts += again
        self.entered_s, self.exited_s, self.crashed = now, 0.0, False
        self.server = self._spawn("ollama", 1, ("/usr/local/bin/ollama", "serve"))
        if again:
            self.log.append((now, f"systemd[1]: Started ollama.service, restart counter is at {self.restarts}."))

    def kill(self, *, crashed: bool) -> None:
        """The server is gone. Era B's runners end by themselves, era C's are ended by systemd alone (measured)."""
        if self.server is None:
            return
        self.exited_s, self.crashed, self.server = self.uptime(), crashed, None
        if self.by_hand and self.era_c and crashed:
            for runner in self.runners.values():
                runner.parent = 1
        else:
            self.runners.clear()
        if crashed and not self.by_hand:
            words = "systemd[1]: ollama.service: Main process exited, code=killed, status=9/KILL"
            self.log.append((self.exited_s, words))

    def tidy(self) -> None:
        """It is systemd's again, and what was left behind is ended."""
        self.by_hand = False
        for runner in self.orphans:
            del self.runners[runner.pid]

    def boot(self) -> None:
        """Nothing has been started yet."""
        self.runners.clear()
        self.log.clear()
        self.server, self.restarts, self.entered_s, self.exited_s, self._last = None, 0, 0.0, 0.0, FIRST_PID - 1

    def run(self, blob: str, gb: float) -> Process:
        """A runner for a model."""
        parent = self.server.pid if self.server else 1
        port = 39000 + self._last % 1000
        head = ("/usr/local/lib/ollama/llama-server",) if self.era_c else ("/usr/local/bin/ollama", "runner")
        tail = ("--log-verbosity", "4", "--no-log-prefix", "--no-log-timestamps") if self.era_c else ()
        argv = (*head, "--model", _TREE + blob, "--port", str(port), *tail)
        runner = self._spawn("llama-server" if self.era_c else "ollama", parent, argv)
        runner.resident_bytes, runner.port = gb * 1e9, port
        self.runners[runner.pid] = runner
        return runner

    def end(self, runner: Process) -> None:
        """It is gone, unless it outlived its server."""
        if self.server is not None:
            self.runners.pop(runner.pid, None)

    @property
    def orphans(self) -> list[Process]:
        """Runners that outlived their server."""
        return [runner for runner in self.runners.values() if runner.parent == 1]

    def _spawn(self, name: str, parent: int, argv: tuple[str, ...]) -> Process:
        self._last += 7
        return Process(self._last, name, parent, argv, self.uptime())


def files(processes: Processes) -> dict[str, str]:
    """Their entries in /proc."""
    found = {}
    for process in (*([processes.server] if processes.server else []), *processes.runners.values()):
        base, pid, pages = f"/proc/{process.pid}", process.pid, int(process.resident_bytes) // PAGE
        started = int(process.started_s * TICKS)
        found[f"{base}/cmdline"] = "\0".join((*process.argv, ""))
        found[f"{base}/comm"] = f"{process.name}\n"
        found[f"{base}/stat"] = (
            f"{pid} ({process.name}) S {process.parent} {pid} {pid} 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 8 0 "
            f"{started} {int(process.resident_bytes * 2)} {pages}\n"
        )
        found[f"{base}/status"] = (
            f"Name:\t{process.name}\nState:\tS (sleeping)\nPid:\t{pid}\nPPid:\t{process.parent}\n"
            f"VmRSS:\t{int(process.resident_bytes) // 1024:8d} kB\n"
            f"RssFile:\t{FILES_KB:8d} kB\n"
        )
    return found


def shown(processes: Processes | None) -> dict[str, str]:
    """``systemctl show ollama``, by property."""
    if processes is None or processes.by_hand:
        return {"LoadState": "not-found", "ActiveState": "inactive", "SubState": "dead", "MainPID": "0"}
    server = processes.server
    waits = server is None and processes.crashed
    limit = processes.cache_mib
    return {
        "LoadState": "loaded",
        "ActiveState": "active" if server else "activating" if waits else "inactive",
        "SubState": "running" if server else "auto-restart" if waits else "dead",
        "Result": "signal" if waits else "success",
        "NRestarts": str(processes.restarts),
        "MainPID": str(server.pid if server else 0),
        "ExecMainStatus": "9" if waits else "0",
        "ActiveEnterTimestampMonotonic": str(int(processes.entered_s * 1e6)),
        "ExecMainExitTimestampMonotonic": str(int(processes.exited_s * 1e6)),
        "Environment": "PATH=/usr/local/bin:/usr/bin:/bin"
        + ("" if limit is None else f" LLAMA_ARG_CACHE_RAM={limit}"),
    }
