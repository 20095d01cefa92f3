"""Runs a prompt, with or without a picture, on a board's Ollama and takes its times. Also: survey, unload."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import ClassVar

import httpx

from edgetui.errors import CommandError
from edgetui.links import Link
from edgetui.model import OllamaInfo, Request
from edgetui.runners import Entered, Event
from edgetui.runners.llama_watch import Watch, watching
from edgetui.runners.ollama_attempt import Abilities, Attempt
from edgetui.runners.ollama_bound import Unanswered
from edgetui.runners.ollama_errors import Failed
from edgetui.runners.ollama_post import posted
from edgetui.runners.ollama_server import Server, reached, why_silent
from edgetui.runners.ollama_stream import BadStream


async def survey(link: Link, port: int, now: float) -> OllamaInfo:
    """What the board's Ollama has; where it does not answer, ``reason`` says why. ``now``: Unix s.

    Raises LinkError.
    """
    async with reached(link, port) as server:
        try:
            version = await server.version()
            return OllamaInfo(
                asked_at=now,
                version=version,
                era=await server.era(version),
                installed=await server.installed(),
                loaded=await server.loaded(),
            )
        except Unanswered as error:
            return OllamaInfo(asked_at=now, reason=str(error))
        except httpx.RequestError as error:
            return OllamaInfo(asked_at=now, reason=await why_silent(link, port, error))


async def unload(link: Link, port: int, model: str) -> None:
    """Have the board drop the model from its memory. Raises CommandError, LinkError."""
    async with reached(link, port) as server:
        try:
            await server.unload(model)
        except Unanswered as error:
            raise CommandError(str(error)) from error
        except httpx.RequestError as error:
            raise CommandError(f"{model} was not unloaded: {await why_silent(link, port, error)}") from error


class OllamaRunner:
    """One timed request: a look at what is there, a load step, then the request as a stream."""

    name: ClassVar[str] = "ollama"

    def __init__(self) -> None:
        self._abilities: Abilities = {}

    async def run(self, request: Request, link: Link) -> AsyncGenerator[Event, None]:
        """See ``Runner.run``. Whoever stops before ``Finished`` closes this generator (``contextlib.aclosing``)."""
        async with reached(link, request.port) as server:
            attempt = Attempt(request, link, server)
            times, failed = attempt.times, None
            try:
                await attempt.look(self._abilities)
                tells, pictured = attempt.era == "C", bool(request.image)
                async with (
                    watching(link, tells=tells, pictured=pictured) as watch,
                    aclosing(_asked(attempt, server, watch)) as events,
                ):
                    async for event in events:
                        yield event
                    attempt.evidence = watch.evidence
            except Failed as error:
                failed = error
            except BadStream as error:
                failed = Failed("error", f"Ollama's stream cannot be read: {error}")
            except httpx.RequestError as error:
                failed = await attempt.broken(error)
            times.ended = times.ended or time.monotonic()
            yield Entered("done")
            yield await attempt.finished(failed)


async def _asked(attempt: Attempt, server: Server, watch: Watch) -> AsyncGenerator[Event, None]:
    """The load step, then the timed request."""
    times = attempt.times
    times.loading = time.monotonic()
    yield Entered("load")
    await attempt.load()
    body = attempt.body()
    times.asking = time.monotonic()
    watch.asked()
    yield Entered("upload")
    async with posted(server.http, "/api/chat", body) as (sent, answer):
        await asyncio.wait((sent, answer), return_when=asyncio.FIRST_COMPLETED)
        if sent.done():
            times.sent = sent.result()
            yield Entered("encode")
        async with aclosing(watch.until(answer)) as looks:
            async for progress in looks:
                yield progress
        response = await attempt.accepted(answer)
        async for data in response.aiter_raw():
            for event in attempt.take(data):
                yield event
            watch.answered()
            if attempt.final is not None:
                return
        for event in attempt.take(b"\n"):  # what came after the last line's end
            yield event
