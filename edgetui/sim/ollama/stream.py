"""How an answer goes over the wire: one JSON object a line, headers only with the first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from edgetui.sim.ollama.asking import Ask
from edgetui.sim.ollama.catalog import TRUE_STATUS
from edgetui.sim.ollama.errors import Refusal
from edgetui.sim.ollama.wire import Wire, go_json

Line: TypeAlias = dict[str, Any]
Emit: TypeAlias = Callable[[Line], Awaitable[None]]
"""Takes one line of an answer."""
_TEAR_EVERY = 7
_NOTHING: Line = {
    "model": "",
    "created_at": "0001-01-01T00:00:00Z",
    "message": {"role": "", "content": ""},
    "done": False,
}
"""What era C says where not even a first piece could be read."""


class Stream:
    """Lines in chunks. Now and then one arrives in two pieces, torn at an odd byte, as networks do."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._lines = 0

    async def line(self, value: Line, status: int = 200, content_type: str = "application/x-ndjson") -> None:
        """One object. The status line and headers wait for the first."""
        if not self._lines:
            await self._wire.head(status, content_type, length=None)
        self._lines += 1
        data = (go_json(value) + "\n").encode()
        chunk = b"%x\r\n%b\r\n" % (len(data), data)
        if self._lines % _TEAR_EVERY == 0:
            middle = len(chunk) * 2 // 3 | 1
            await self._wire.write(chunk[:middle])
            await asyncio.sleep(0)
            chunk = chunk[middle:]
        await self._wire.write(chunk)

    async def fail(self, refusal: Refusal, number: tuple[int, int, int]) -> None:
        """An error line: with a status of its own where nothing was sent yet and the version knows how."""
        if not self._lines and number >= TRUE_STATUS:
            await self.line({"error": refusal.message}, refusal.status, "application/json")
        else:
            await self.line({"error": refusal.message})
        await self.end()

    async def end(self) -> None:
        """No more lines."""
        if not self._lines:
            await self._wire.head(200, "application/x-ndjson", length=None)
        await self._wire.last()


async def deliver(
    answer: Callable[[Emit], Awaitable[None]], wire: Wire, ask: Ask, number: tuple[int, int, int]
) -> None:
    """Send the lines as they come, or all of them as one object. Raises Refusal for what is no stream's error."""
    if not ask.stream or ask.empty:
        lines: list[Line] = []

        async def keep(line: Line) -> None:
            lines.append(line)

        await answer(keep)
        await wire.json(_joined(lines, ask))
        return
    stream = Stream(wire)
    try:
        await answer(stream.line)
    except Refusal as refusal:
        if not refusal.late:
            raise
        await stream.fail(refusal, number)
    else:
        await stream.end()


def _joined(lines: list[Line], ask: Ask) -> Line:
    """``stream: false``: the pieces in one object; without an end the last piece's ``done: false`` stays."""
    if not lines:
        return _NOTHING
    last = lines[-1]
    if ask.chat:
        text = "".join(line["message"]["content"] for line in lines)
        last["message"] = {**last["message"], "content": text}
    else:
        last["response"] = "".join(line["response"] for line in lines)
    logprobs = [entry for line in lines for entry in line.get("logprobs", [])]
    return last | ({"logprobs": logprobs} if logprobs else {})
