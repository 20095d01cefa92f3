"""The simulated Ollama: its routes and what they answer, by version."""

from __future__ import annotations

import asyncio
import ipaddress
import re
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

from edgetui.sim.board import Board
from edgetui.sim.ollama import asking, catalog
from edgetui.sim.ollama.answering import Answering
from edgetui.sim.ollama.answers import Gallery
from edgetui.sim.ollama.errors import Refusal, not_found
from edgetui.sim.ollama.inventory import Inventory
from edgetui.sim.ollama.pull import Puller
from edgetui.sim.ollama.residence import Residence
from edgetui.sim.ollama.stream import Stream, deliver
from edgetui.sim.ollama.wire import Left, Request, Wire, go_json

_BLOB = re.compile(r"/api/blobs/sha256:([0-9a-f]{64})$")
_Route = Callable[[Request, Wire], Awaitable[None]]


class Ollama:
    """One server. ``handle`` makes the connections that asyncio or asyncssh feed."""

    def __init__(
        self,
        board: Board,
        version: str,
        models: dict[str, catalog.Model],
        gallery: Gallery,
        folder: Path | None = None,
    ) -> None:
        """``folder``: for the bytes of models that have some; None: such cannot be pulled."""
        self.board = board
        self.version = version
        self.models = dict(models)
        self.puller = Puller(board, self.models, folder)
        self.number = catalog.version_tuple(version)
        self.era_c = self.number >= catalog.ERA_C
        self.residence = Residence(board, era_c=self.era_c)
        self.answering = Answering(self.residence, self.number, gallery)
        self.inventory = Inventory(self.residence, self.number)
        self.wires: set[Wire] = set()
        self.running = True
        """False while the service is down: connections are refused."""
        self._revival: asyncio.TimerHandle | None = None
        self._routes: dict[tuple[str, str], _Route] = {
            ("GET", "/"): lambda _r, w: w.text(200, "Ollama is running", "text/plain; charset=utf-8"),
            ("GET", "/api/version"): lambda _r, w: w.json({"version": self.version}),
            ("GET", "/api/tags"): lambda _r, w: w.json(
                {"models": [*map(self.inventory.row, self.models.values())]}
            ),
            ("GET", "/api/ps"): lambda _r, w: w.json({"models": self.inventory.loaded()}),
            ("POST", "/api/show"): self._show,
            ("POST", "/api/chat"): lambda r, w: self._ask(r, w, chat=True),
            ("POST", "/api/generate"): lambda r, w: self._ask(r, w, chat=False),
            ("POST", "/api/pull"): self._pull,
            ("DELETE", "/api/delete"): self._delete,
            ("POST", "/api/copy"): self._copy,
            ("POST", "/api/embed"): self._embed,
        }

    def handle(self) -> Wire:
        """A connection, to be given to asyncio or asyncssh."""
        return Wire(self._serve)

    async def _serve(self, wire: Wire) -> None:
        self.wires.add(wire)
        try:
            while True:
                request = await wire.request()
                if (body := await wire.body(request)) is None:
                    return
                await self._answer(replace(request, body=body), wire)
                if request.headers.get("connection", "").lower() == "close":
                    return
        except Left:
            pass
        finally:
            self.wires.discard(wire)
            wire.close()

    async def _answer(self, request: Request, wire: Wire) -> None:
        if not _welcome(request):
            await wire.head(403, None, length=0)
            return
        method = "GET" if request.method == "HEAD" else request.method
        if _BLOB.match(request.path) and request.method == "HEAD":
            await self._blob(request, wire)
        elif (route := self._routes.get((method, request.path))) is not None:
            try:
                await route(request, wire)
            except Refusal as refusal:
                await wire.json({"error": refusal.message}, refusal.status)
        elif any(path == request.path for _, path in self._routes):
            await wire.text(405, "405 method not allowed")
        else:
            await wire.text(404, "404 page not found")

    async def _show(self, request: Request, wire: Wire) -> None:
        body = asking.parse_json(request.body)
        name = str(body.get("model") or body.get("name") or "")
        model = self.models.get(catalog.whole_name(name))
        if model is None:
            raise not_found(catalog.whole_name(name) if self.era_c else name)
        await wire.head(200, "application/json; charset=utf-8", length=None)
        await wire.chunk(go_json(self.inventory.shown(model)))
        await wire.last()

    async def _ask(self, request: Request, wire: Wire, *, chat: bool) -> None:
        began = self.board.world.now()
        ask = asking.parse(request.body, chat, self.models)
        await deliver(lambda emit: self.answering.answer(ask, began, wire, emit), wire, ask, self.number)

    async def _pull(self, request: Request, wire: Wire) -> None:
        body = asking.parse_json(request.body)
        lines = self.puller.pull(body)
        if body.get("stream") is False:
            *_, last = [line async for line in lines]
            await wire.json(last, 500 if "error" in last else 200)
            return
        stream = Stream(wire)
        async with aclosing(lines):
            async for line in lines:
                await stream.line(line)
        await stream.end()

    async def _delete(self, request: Request, wire: Wire) -> None:
        body = asking.parse_json(request.body)
        name = str(body.get("model") or body.get("name") or "")
        if (model := self.models.pop(catalog.whole_name(name), None)) is None:
            raise not_found(name)
        self.puller.removed(model)
        await wire.head(200, None, length=0)

    async def _copy(self, request: Request, wire: Wire) -> None:
        body = asking.parse_json(request.body)
        source = str(body.get("source") or "")
        if (model := self.models.get(catalog.whole_name(source))) is None:
            raise Refusal(404, f'model "{source}" not found')
        target = catalog.whole_name(str(body.get("destination") or ""))
        self.models[target] = replace(model, name=target)
        self.puller.copied(model.name, target)
        await wire.head(200, None, length=0)

    async def _embed(self, request: Request, wire: Wire) -> None:
        asking.parse(request.body, False, self.models)
        if self.era_c:
            raise Refusal(501, "This server does not support embeddings. Start it with `--embeddings`")
        raise Refusal(501, "this model does not support embeddings")

    async def _blob(self, request: Request, wire: Wire) -> None:
        wanted = request.path.rsplit(":", 1)[-1]
        here = any(wanted == digest for model in self.models.values() for digest, _ in model.layers)
        if here:
            await wire.head(200, None, length=0)
        else:
            await wire.head(404, "application/json; charset=utf-8", length=0)

    # what is done to it

    def kill(self, *, restart_s: float | None) -> None:
        """The service dies; it is started anew after ``restart_s`` host s, None: not by itself."""
        self.running = False
        for wire in tuple(self.wires):
            wire.reset()
        self.residence.clear()
        if self.number < catalog.KEEPS_PARTS:
            self.puller.downloads.forget()
        if restart_s is not None:
            self._revival = asyncio.get_running_loop().call_later(restart_s, self.start)

    def start(self) -> None:
        """The service is up."""
        if self._revival is not None:
            self._revival.cancel()
        self.running = True


def _welcome(request: Request) -> bool:
    """Ollama on a loopback answers to loopback and private names only, and to no foreign web page."""
    if "origin" in request.headers and "localhost" not in request.headers["origin"]:
        return False
    host = request.headers.get("host", "").rsplit(":", 1)[0].strip("[]")
    if host in ("", "localhost") or host.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_private or address.is_unspecified
