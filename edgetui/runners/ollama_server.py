"""One board's Ollama: what it has, asked with the ``ollama`` package over the Link. The only importer of it.

The package and our own requests share one pool of connections, so that each costs the link one channel.
"""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from typing import TYPE_CHECKING

import httpx

from edgetui.links import Link
from edgetui.model import InstalledModel, LoadedModel
from edgetui.model.hostile import one_line
from edgetui.runners.ollama_bound import Unanswered, bound
from edgetui.runners.ollama_rows import installed_models, loaded_models
from edgetui.runners.unix_road import UnixTransport

if TYPE_CHECKING:
    from ollama import AsyncClient

SHORT = httpx.Timeout(10.0)
"""For questions that a server answers from memory; a board that swaps takes seconds for them."""
LONG = httpx.Timeout(None, connect=10.0, write=120.0)
"""For answers: the first byte may come after minutes, the limit is the caller's."""
PLAIN = {"Accept-Encoding": "identity"}
"""The stream is read raw."""
_VERSION = re.compile(r"(\d{1,6})\.(\d{1,6})\.(\d{1,6})")


class Server:
    """Made by ``reached``."""

    def __init__(self, http: httpx.AsyncClient, ollama: AsyncClient) -> None:
        self.http = http
        """For what the package has not: the version, the timed stream."""
        self.ollama = ollama

    async def version(self) -> str:
        """``0.33.0-rc2``; source builds say ``0.0.0``. Raises Unanswered, httpx.RequestError."""
        answer = await self._get("/api/version")
        version = answer.get("version")
        if not isinstance(version, str) or not version:
            raise Unanswered("something answers on that port, but it is no Ollama")
        return one_line(version, 40)

    async def era(self, version: str) -> str:
        """``A``, ``B``, ``C``; empty where even its list of models does not tell."""
        if era := era_of(version):
            return era
        models = (await self._get("/api/tags")).get("models")
        rows = models if isinstance(models, list) else []
        if not rows:
            return ""
        return "C" if any(isinstance(row, dict) and "capabilities" in row for row in rows) else "B"

    async def shown(self, model: str) -> Mapping[str, object]:
        """``/api/show`` as it is. Raises Unanswered, httpx.RequestError."""
        return await self._asked(self.http.build_request("POST", "/api/show", json={"model": model}, timeout=SHORT))

    async def _get(self, path: str) -> Mapping[str, object]:
        return await self._asked(self.http.build_request("GET", path, timeout=SHORT))

    async def _asked(self, request: httpx.Request) -> Mapping[str, object]:
        reply = await self.http.send(request, stream=True)
        try:
            await bound(reply)
            await reply.aread()
        finally:
            await reply.aclose()
        if reply.status_code == 403:
            raise Unanswered("Ollama refuses calls by this Host name (403)")
        try:
            said = reply.json()
        except (ValueError, RecursionError):
            said = None
        if reply.status_code != 200 or not isinstance(said, dict):
            raise Unanswered(f"something answers on that port, but not as Ollama does (HTTP {reply.status_code})")
        return said

    async def installed(self) -> tuple[InstalledModel, ...]:
        """``/api/tags``. Raises Unanswered, httpx.RequestError."""
        with _as_unanswered("its list of models"):
            return installed_models(await self.ollama.list())

    async def loaded(self) -> tuple[LoadedModel, ...]:
        """``/api/ps``; a model made anew is listed twice under one name: compare digests. Raises as above."""
        with _as_unanswered("its loaded models"):
            return loaded_models(await self.ollama.ps())

    async def capabilities(self, model: str) -> frozenset[str] | None:
        """What ``/api/show`` says the model can do; None: it does not say. Raises Unanswered, httpx.RequestError.

        Before 0.6.4 there are no capabilities, but a vision model has a projector's family or tensors.
        """
        from ollama import ResponseError

        with _as_unanswered("what the model can do"):
            try:
                shown = await self.ollama.show(model)
            except (ResponseError, ValueError, TypeError):
                return None  # too old a server for the package; the run itself will tell
        if shown.capabilities is not None:
            return frozenset(shown.capabilities)
        families = (shown.details.families if shown.details else None) or ()
        keys = shown.modelinfo or {}
        vision = {"clip", "mllama"} & set(families) or any(key.endswith(".vision.block_count") for key in keys)
        return frozenset({"completion", "vision"} if vision else {"completion"})

    async def unload(self, model: str) -> None:
        """Ask for the model's memory back. Raises Unanswered, httpx.RequestError."""
        with _as_unanswered("the request to unload"):
            await self.ollama.generate(model, keep_alive=0)


@asynccontextmanager
async def reached(link: Link, port: int) -> AsyncIterator[Server]:
    """The Server at ``port`` of the board's loopback; nothing is sent yet. Raises LinkError."""
    endpoint = await link.http(port)
    if endpoint.uds:
        transport: httpx.AsyncHTTPTransport = UnixTransport(endpoint.uds)
    else:  # with an empty context: httpx's own reads all the host's certificates, 20 ms
        transport = httpx.AsyncHTTPTransport(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    http = httpx.AsyncClient(
        base_url=endpoint.url, transport=transport, trust_env=False, timeout=LONG, headers=PLAIN
    )
    package = _package_client()(
        endpoint.url,
        transport=transport,
        trust_env=False,
        timeout=SHORT,
        headers=PLAIN,
        event_hooks={"request": [_without_key], "response": [bound]},
    )
    async with http:
        yield Server(http, package)


@cache
def _package_client() -> type[AsyncClient]:
    # the package makes a client as it is imported, out of the host's proxies and OLLAMA_HOST, and a wrong one of
    # those breaks the import (ollama-python#424): it shall not see them
    hidden = {k: os.environ.pop(k) for k in list(os.environ) if k.lower().endswith("_proxy") or k == "OLLAMA_HOST"}
    try:
        from ollama import AsyncClient
    finally:
        os.environ.update(hidden)
    return AsyncClient


async def _without_key(request: httpx.Request) -> None:
    """The package sends the host's OLLAMA_API_KEY to whomever it asks; a board has no business with it."""
    request.headers.pop("authorization", None)


@contextmanager
def _as_unanswered(what: str) -> Iterator[None]:
    from ollama import ResponseError

    try:
        yield
    except ResponseError as error:
        words = one_line(str(error.error), 120) or f"HTTP {error.status_code}"
        raise Unanswered(f"Ollama does not give {what}: {words}") from error
    except ConnectionError as error:  # the package's own word for httpx.ConnectError
        raise httpx.ConnectError(str(error)) from error
    # no JSON, not of the package's form, no object at all; an error's body that is none (AttributeError); too deep
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise Unanswered(f"Ollama's answer to {what} cannot be read") from error


async def why_silent(link: Link, port: int, error: httpx.RequestError) -> str:
    """Why the board's port does not answer. Raises the Link's own error where that is lost."""
    words = await link.reach(port)
    if link.lost.done():
        raise link.lost.result() from error
    if words:
        return words
    return "Ollama did not answer in time" if isinstance(error, httpx.TimeoutException) else "Ollama hung up"


def era_of(version: str) -> str:
    """``A`` ≤ 0.3.13, ``B`` ≤ 0.24, ``C`` from 0.30 on; empty for a source build (0.0.0) and what is no version."""
    found = _VERSION.match(version)
    number = tuple(int(part) for part in found.groups()) if found else (0, 0, 0)
    if number == (0, 0, 0):
        return ""
    if number <= (0, 3, 13):
        return "A"
    return "B" if number < (0, 30, 0) else "C"


def full_name(model: str) -> str:
    """A name without a tag means ``:latest``."""
    return model if ":" in model.rpartition("/")[2] else f"{model}:latest"
