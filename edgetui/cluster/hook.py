"""A command of the user's that gets every alert: one at a time, as JSON on its stdin, never through a shell."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from edgetui.model import Event

TIMEOUT_S = 10.0
WAITING = 100
"""Events that may wait for it; those beyond are told to be lost."""


class Hook:
    """Without ``argv`` it does nothing. What goes wrong with it is an event of its own."""

    def __init__(self, argv: Sequence[str], tell: Callable[[Event], None], timeout_s: float = TIMEOUT_S) -> None:
        self._argv = argv
        self._tell = tell
        self._timeout_s = timeout_s
        self._queue: asyncio.Queue[Event] = asyncio.Queue(WAITING)

    def send(self, event: Event) -> None:
        """Have the command started with this event, after those before it."""
        if not self._argv:
            return
        try:
            self._queue.put_nowait(event)
        except asyncio.QueueFull:
            self._failed(event, f"{WAITING} events wait for it already")

    async def run(self) -> None:
        """Start the command for ever."""
        while True:
            event = await self._queue.get()
            if why := await self._call(event):
                self._failed(event, why)

    async def _call(self, event: Event) -> str:
        """Why it failed; empty where it did not."""
        null = asyncio.subprocess.DEVNULL
        try:
            process = await asyncio.create_subprocess_exec(
                *self._argv, stdin=asyncio.subprocess.PIPE, stdout=null, stderr=null, start_new_session=True
            )
        except OSError as error:
            return f"it cannot be started: {error.strerror}"
        try:
            async with asyncio.timeout(self._timeout_s):
                await process.communicate(json.dumps(event.to_json()).encode() + b"\n")
        except TimeoutError:
            return f"no end within {self._timeout_s:g} s"
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)  # what it started ends with it
                await process.wait()
            assert process.stdin is not None
            process.stdin.close()  # of one that read nothing it would outlive the loop
            with suppress(ConnectionError):
                await process.stdin.wait_closed()
        return f"exit status {process.returncode}" if process.returncode else ""

    def _failed(self, event: Event, why: str) -> None:
        text = f"alert hook {self._argv[0]}: {why}"
        detail = {"action": "hook-failed", "about": event.text}
        self._tell(Event(time=time.time(), board=event.board, kind="alert", text=text, detail=detail))
