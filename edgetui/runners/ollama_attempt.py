"""One run on a board's Ollama: what it sends, what it hears, what comes of it.

The timed stream is read as raw bytes: the ``ollama`` package cuts lines at U+2028 and drops unknown fields.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import httpx

from edgetui.errors import CommandError
from edgetui.links import Completed, Link
from edgetui.model import NA, InstalledModel, LoadedModel, Request, na
from edgetui.model.board import is_32_bit
from edgetui.model.hostile import one_line
from edgetui.runners import TRANSIENT, Entered, Event, Finished, Piece, timing
from edgetui.runners.figures import UNSAID, Figures, waited
from edgetui.runners.llama_evidence import Evidence, proven
from edgetui.runners.ollama_asked import load_step, timed_chat
from edgetui.runners.ollama_bound import Unanswered
from edgetui.runners.ollama_errors import Failed, in_stream, refused
from edgetui.runners.ollama_post import short_body
from edgetui.runners.ollama_rows import others_at_work, row_of
from edgetui.runners.ollama_server import Server, full_name, why_silent
from edgetui.runners.ollama_stream import Line, Lines
from edgetui.runners.verdict import verdict

Abilities: TypeAlias = dict[tuple[str, str], frozenset[str] | None]
"""What ``show`` said, by digest and Ollama version: it may be 100 KB long and is asked once."""
LOSS_GRACE_S = 0.5
"""When a connection breaks, the Link may take so long to notice that it is lost itself."""
BITS = "uname -m; getconf LONG_BIT"
"""A 64-bit kernel may carry a 32-bit system (Raspberry Pi OS), for which there is no Ollama either."""
MOST_TEXT = 4 << 20
"""Characters of answer and thinking together: a model in a loop shall not fill the host's memory."""
LATE_S = 5.0
"""So long a question beside the run may take."""
LOG = "see on the board: journalctl -u ollama -n 200"


class Attempt:
    """What one run knows so far."""

    def __init__(self, request: Request, link: Link, server: Server) -> None:
        self.request = request
        self.times = timing.HostTimes(started=time.monotonic())
        self.final: Mapping[str, object] | None = None
        """The line that says ``done``."""
        self.evidence: Sequence[Evidence] = ()
        """What the board told beside."""
        self._link = link
        self._server = server
        self._lines = Lines()
        self._length = 0
        self._text: list[str] = []
        self._thinking: list[str] = []
        self._version = self._era = ""
        self._model: InstalledModel | None = None
        self._before: Sequence[LoadedModel] = ()
        """What was loaded before the run."""
        self._no_model = "Ollama gave no list of its models"
        self._thinks = False

    async def look(self, abilities: Abilities) -> None:
        """Is everything there that the request needs? Raises Failed, LinkError."""
        try:
            self._version = await self._server.version()
            self._era = await self._server.era(self._version)
            rows = await self._server.installed()
            name = full_name(self.request.model)
            self._model = model = next((row for row in rows if full_name(row.name) == name), None)
            if model is None:
                self._no_model = "not installed"
                remedy = f"edgetui models pull {one_line(self.request.model)} -b {self.request.board}"
                raise Failed("not-installed", f"{one_line(self.request.model)} is not on this board; {remedy}")
            key = model.digest, self._version
            if key not in abilities:
                abilities[key] = await self._server.capabilities(model.name)
            self._before = await self._server.loaded()
        except Unanswered as error:
            raise Failed("error", str(error)) from error
        except httpx.RequestError as error:
            raise await self._silent(error) from error
        able = abilities[key]
        self._thinks = able is not None and "thinking" in able
        if self.request.image and able is not None and "vision" not in able:
            raise Failed("no-vision", f"{one_line(self.request.model)} sees no pictures; take a model that does")

    @property
    def era(self) -> str:
        """``A``, ``B``, ``C``; empty where nobody can tell."""
        return self._era

    async def _silent(self, error: httpx.RequestError) -> Failed:
        words = await why_silent(self._link, self.request.port, error)
        if isinstance(error, httpx.TimeoutException):
            return Failed("error", f"{words}; {LOG}")
        try:
            bits = await self._link.run(BITS, timeout=LATE_S)
        except (TimeoutError, CommandError):
            bits = Completed(None, "", "")
        arch, _, width = bits.stdout.strip().partition("\n")
        if width.strip() == "32" or is_32_bit(arch.strip()):
            return Failed("unsupported", f"Ollama has no build for a 32-bit system ({one_line(arch)})")
        return Failed("error", f"no Ollama on the board: {words}; start it there: sudo systemctl start ollama")

    async def load(self) -> None:
        """Have the model loaded, in a step of its own."""
        asked = load_step(self.request, thinks=self._thinks)
        request = self._server.http.build_request("POST", "/api/chat", json=asked)
        response = await self._server.http.send(request, stream=True)
        try:
            body = await short_body(response)
        finally:
            await response.aclose()
        if response.status_code != 200:
            raise refused(response.status_code, body, self.request.model)
        if (line := Line.read(body)) is not None and line.error is not None:
            raise in_stream(line.error, self.request.model, begun=False)

    def body(self) -> bytes:
        """The timed request."""
        return timed_chat(self.request, thinks=self._thinks)

    async def accepted(self, answer: asyncio.Task[httpx.Response]) -> httpx.Response:
        """The response, its headers read. Raises Failed where it is no stream."""
        response = await answer
        if response.status_code != 200:
            raise refused(response.status_code, await short_body(response), self.request.model)
        return response

    def take(self, data: bytes) -> list[Event]:
        """What the next bytes of the stream mean. Raises Failed for an error line, BadStream."""
        events: list[Event] = []
        for raw in self._lines.feed(data):
            line = Line.read(raw)
            if line is None:
                continue
            if line.error is not None:
                raise in_stream(line.error, self.request.model, begun=self.times.first_piece is not None)
            for text, thinking in ((line.thinking, True), (line.content, False)):
                if not text:
                    continue
                self._length += len(text)
                if self._length > MOST_TEXT:
                    raise Failed("error", "the answer is longer than 4 MB and was cut off")
                if self.times.first_piece is None:
                    self.times.first_piece = time.monotonic()
                    events.append(Entered("decode"))
                (self._thinking if thinking else self._text).append(text)
                events.append(Piece(text, thinking))
            if line.final is not None:
                self.final = line.final
                self.times.ended = time.monotonic()
                break
        return events

    async def broken(self, error: httpx.RequestError) -> Failed:
        """The connection broke in mid-run: link, server or runner? Raises the Link's error where it was the link.

        A server that the kernel killed for memory looks the same from here; the board's count of OOM kills tells.
        """
        self.times.ended = time.monotonic()
        await asyncio.wait({self._link.lost}, timeout=LOSS_GRACE_S)
        words = await why_silent(self._link, self.request.port, error)
        return Failed("aborted-by-runtime", f"Ollama broke off: {words}; {LOG}")

    async def finished(self, failed: Failed | None) -> Finished:
        """The last event."""
        final = self.final or {}
        done_reason = final.get("done_reason")
        done_reason = done_reason if isinstance(done_reason, str) else ""
        text, thinking = "".join(self._text), "".join(self._thinking)
        outcome, reason, marks = verdict(text, thinking, self.final is not None, done_reason)
        told = Finished(
            outcome=failed.outcome if failed else outcome,
            reason=failed.reason if failed else reason,
            done_reason=one_line(done_reason, 40),
            phases=timing.by_host(self.times),
            metrics=timing.seen_metrics(self.times),
            marks=marks,
            version=self._version or na("Ollama did not answer"),
            era=self._era or na("no sign of its era" if self._version else "Ollama did not answer"),
            digest=self._model.digest if self._model else na(self._no_model),
        )
        if (picture := self.request.image) and self.times.sent is not None:
            told = replace(told, sent_sha256=hashlib.sha256(picture).hexdigest(), sent_bytes=len(picture))
        if failed and failed.transient:
            told = replace(told, marks=(*marks, TRANSIENT))
        if failed:
            return replace(told, size_bytes=na("the run failed"), size_vram_bytes=na("the run failed"))
        return self._measured(told, await self._after())

    async def _after(self) -> Sequence[LoadedModel] | NA:
        try:
            async with asyncio.timeout(LATE_S):
                return await self._server.loaded()
        except (TimeoutError, httpx.RequestError):
            return na("Ollama did not answer after the run")
        except Unanswered as error:
            return na(str(error))

    def _measured(self, told: Finished, loaded: Sequence[LoadedModel] | NA) -> Finished:
        only_new = self._era == "A" or self._version == "0.30.0"
        most = max(0, self.request.options.num_predict)
        figures = Figures.read(self.final or {}, most_output=most, only_new=only_new)
        figures, encode_s = proven(self.evidence, figures, only_new=only_new)
        digest = self._model.digest if self._model else ""
        rows = () if isinstance(loaded, NA) else loaded
        after, before = row_of(rows, digest), row_of(self._before, digest)
        fresh = before is None or (after is not None and after.context_length != before.context_length)
        marks = [*told.marks, "cold-load"] if fresh else list(told.marks)
        if after is not None and after.context_length not in (None, self.request.options.num_ctx):
            marks.append("context-clamped")
        if self.final is not None:
            phases = timing.phases(self.times, figures, in_prefill=self._era == "C", encode_s=encode_s)
            metrics = timing.metrics(
                self.times,
                phases,
                figures,
                fresh=fresh,
                only_new=only_new,
                pictured=bool(self.request.image),
            )
            if timing.cache_suspect(phases, metrics.itl_s, figures, fresh=fresh):
                marks.append("cache-suspect")
            encodes = bool(self.request.image) and self._era != "C"
            if waited(figures, encodes=encodes) or others_at_work(self._before, rows, digest):
                marks.append("shared-server?")
            told = replace(told, phases=phases, metrics=metrics)
        if figures.cached_tokens != UNSAID:
            told = replace(told, cached_tokens=figures.cached_tokens)
        gone = loaded if isinstance(loaded, NA) else na("no longer loaded when asked after the run")
        return replace(
            told,
            marks=tuple(marks),
            size_bytes=gone if after is None else after.size_bytes,
            size_vram_bytes=gone if after is None else after.size_vram_bytes,
        )
