"""A terminal for tests and benchmarks: a program in a pseudo-terminal, its screen kept by pyte."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pyte

ANSWERS = (
    (rb"\x1b\[\?2026\$p", b"\x1b[?2026;2$y"),  # synchronised output: supported
    (rb"\x1b\[\?2048\$p", b"\x1b[?2048;0$y"),  # in-band resize: not
    (rb"\x1b\[0?c", b"\x1b[?62;22c"),
    (rb"\x1b\[6n", b"\x1b[1;1R"),
    (rb"\x1b\[\?u", b"\x1b[?0u"),
)
"""Queries of a program and what a modern xterm answers."""

PRIVATE = re.compile(rb"\x1b\[[<>=][0-9;]*[a-zA-Z]")
"""pyte takes sequences such as ``\\x1b[>1u`` for plain ones and would print their tail."""


class Terminal:
    """Starts ``argv`` in a pseudo-terminal of its own, drains what it writes and draws it."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        columns: int = 120,
        rows: int = 40,
        env: Mapping[str, str] | None = None,
        answers: Sequence[tuple[bytes, bytes]] = ANSWERS,
    ) -> None:
        self.answers = answers
        self.output = bytearray()
        self.chunks: list[tuple[float, int]] = []
        """When something came (s since the start) and how much had come by then."""
        self.started = time.perf_counter()
        self.display = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.display)
        self._drawn = 0
        self.exit_status: int | None = None
        size = struct.pack("HHHH", rows, columns, 0, 0)
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            signal.signal(signal.SIGHUP, signal.SIG_DFL)
            fcntl.ioctl(0, termios.TIOCSWINSZ, size)
            keep = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS", "LINES", "TMUX")}
            keep |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", **(env or {})}
            os.execvpe(argv[0], list(argv), keep)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, size)
        os.set_blocking(self.fd, False)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def pump(self, timeout: float) -> bytes:
        """Read once, waiting at most ``timeout`` s; answers the program's queries."""
        if not select.select([self.fd], [], [], max(0.0, timeout))[0]:
            return b""
        try:
            data = os.read(self.fd, 1 << 16)
        except OSError:
            data = b""
        if not data:
            self._reap()
            return b""
        self.output += data
        self.chunks.append((time.perf_counter() - self.started, len(self.output)))
        if b"\x1b" in data:
            for query, answer in self.answers:
                for _ in re.findall(query, data):
                    os.write(self.fd, answer)
        return data

    def text(self) -> str:
        """The screen as lines of text."""
        fresh = PRIVATE.sub(b"", bytes(self.output[self._drawn :]))
        self._drawn = len(self.output)
        self._stream.feed(fresh)
        return "\n".join(self.display.display)

    def replay(self) -> Iterator[tuple[float, list[str]]]:
        """Everything again, chunk by chunk: s since the start, and the screen's lines then. For benchmarks."""
        screen = pyte.Screen(self.display.columns, self.display.lines)
        stream, begin = pyte.ByteStream(screen), 0
        for at, end in self.chunks:
            stream.feed(PRIVATE.sub(b"", bytes(self.output[begin:end])))
            begin = end
            yield at, screen.display

    def wait(self, ready: Callable[[str], bool], timeout: float = 15.0) -> str:
        """The screen once ``ready(screen)``; AssertionError with the screen where that never comes."""
        deadline = time.perf_counter() + timeout
        while time.perf_counter() < deadline:
            screen = self.text()
            if ready(screen):
                return screen
            if self.exit_status is not None:
                break
            self.pump(min(0.2, deadline - time.perf_counter()))
        raise AssertionError(f"not seen within {timeout} s (exit {self.exit_status}):\n{self.text()}")

    def wait_for(self, *texts: str, timeout: float = 15.0) -> str:
        """The screen once all ``texts`` stand on it."""
        return self.wait(lambda screen: all(t in screen for t in texts), timeout)

    def send(self, keys: str) -> None:
        """Type."""
        os.write(self.fd, keys.encode())

    def drain(self, seconds: float) -> None:
        """Read for so long, drawing nothing: what a benchmark does between two looks."""
        deadline = time.perf_counter() + seconds
        while self.exit_status is None and (left := deadline - time.perf_counter()) > 0:
            self.pump(left)

    def wait_exit(self, timeout: float = 15.0) -> int:
        """The exit status once the program has ended."""
        deadline = time.perf_counter() + timeout
        while self.exit_status is None and time.perf_counter() < deadline:
            self.pump(0.1)
        if self.exit_status is None:
            raise AssertionError(f"still running after {timeout} s:\n{self.text()}")
        return self.exit_status

    def cpu_s(self) -> float:
        """CPU time of the program's process so far, all threads."""
        return time.clock_gettime(((~self.pid) << 3) | 2)  # CLOCK_PROCESS_CPUTIME_ID of another process

    def rss_mb(self) -> float:
        """Resident memory of the program's process, MB."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def close(self) -> None:
        """Kill what still runs."""
        if self.exit_status is None:
            os.kill(self.pid, signal.SIGKILL)
            self._reap()
        os.close(self.fd)

    def _reap(self) -> None:
        if self.exit_status is None:
            self.exit_status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
