"""The simulated Ollama: its routes and what they answer, by version."""

from __future__ import annotations

import asyncio
import ipaddress
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

from edgetui.sim.board import Board
from edgetui.sim.ollama import asking, catalog, slot
from edgetui.sim.ollama.answering import Answering
from edgetui.sim.ollama.answers import Gallery
from edgetui.sim.ollama.blobs import Blobs, Broken
from edgetui.sim.ollama.create import Creator
from edgetui.sim.ollama.errors import Refusal, not_found
from edgetui.sim.ollama.inventory import Inventory
from edgetui.sim.ollama.pull import NAME, Puller
from edgetui.sim.ollama.residence import Residence
from edgetui.sim.ollama.stream import Line, Stream, deliver
from edgetui.sim.ollama.wire import SPARE, Left, Request, Wire, go_json
from edgetui.sim.processes import Processes

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
        self.blobs = Blobs(folder, self.models, board.room)
        self.puller = Puller(board, self.models, self.blobs)
        self.creator = Creator(self.models, self.blobs, self.puller)
        self.number = catalog.version_tuple(version)
        self.era_c = self.number >= catalog.ERA_C
        board.processes = self.processes = Processes(board.uptime_now, self.era_c)
        self.residence = Residence(board, self.processes, era_c=self.era_c)
        self.answering = Answering(self.residence, self.number, gallery)
        self.inventory = Inventory(self.residence, self.number)
        self.wires: set[Wire] = set()
        self.running = False
        """Before it was started and while the service is down: connections are refused."""
        self.runners_answer = True
        """Can the ports of its runners be reached?"""
        self._revival: asyncio.TimerHandle | None = None
        self._routes = self._table()
        self.start()

    def _table(self) -> dict[tuple[str, str], _Route]:
        return {
            ("GET", "/"): lambda _r, w: w.text(200, "Ollama is running", "text/plain; charset=utf-8"),
            ("GET", "/api/version"): lambda _r, w: w.json({"version": self.version}),
            ("GET", "/api/tags"): lambda _r, w: w.json({"models": self.inventory.installed(self.models.values())}),
            ("GET", "/api/ps"): lambda _r, w: w.json({"models": self.inventory.loaded()}),
            ("POST", "/api/show"): self._show,
            ("POST", "/api/chat"): lambda r, w: self._ask(r, w, chat=True),
            ("POST", "/api/generate"): lambda r, w: self._ask(r, w, chat=False),
            ("POST", "/api/pull"): lambda r, w: self._progress(self.puller.pull, r, w),
            ("POST", "/api/create"): lambda r, w: self._progress(self.creator.create, r, w),
            ("DELETE", "/api/delete"): self._delete,
            ("POST", "/api/copy"): self._copy,
            ("POST", "/api/embed"): self._embed,
        }

    def runner(self, port: int) -> Wire | None:
        """A connection to the runner at this port of the board's loopback; None where nothing listens there."""
        found = (held for held in self.residence.loaded.values() if held.runner and held.runner.port == port)
        held = next(found, None)
        if held is None or not self.era_c or not self.runners_answer:
            return None
        return Wire(lambda wire: slot.serve(wire, held.slot))

    def handle(self) -> Wire:
        """A connection, to be given to asyncio or asyncssh."""
        return Wire(self._serve)

    async def _serve(self, wire: Wire) -> None:
        self.wires.add(wire)
        try:
            while True:
                request = await wire.request()
                await self._answer(request, wire)
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
        blob = request.method in ("HEAD", "POST") and _BLOB.match(request.path)
        route = self._blob if blob else self._routes.get((method, request.path))
        if not blob:
            request = await _with_body(request, wire)
        if route is not None:
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

    async def _progress(
        self, begin: Callable[[Line], AsyncGenerator[Line, None]], request: Request, wire: Wire
    ) -> None:
        body = asking.parse_json(request.body)
        lines = begin(body)
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
        self.blobs.removed(model)
        await wire.head(200, None, length=0)

    async def _copy(self, request: Request, wire: Wire) -> None:
        body = asking.parse_json(request.body)
        source = str(body.get("source") or "")
        if (model := self.models.get(catalog.whole_name(source))) is None:
            raise Refusal(404, f'model "{source}" not found')
        target = catalog.whole_name(str(body.get("destination") or ""))
        if not NAME.fullmatch(target):
            raise Refusal(400, f'destination "{body.get("destination")}" is invalid')
        self.models[target] = replace(model, name=target, modified=catalog.stamp())
        self.blobs.copied(model.name, target)
        await wire.head(200, None, length=0)

    async def _embed(self, request: Request, wire: Wire) -> None:
        asking.parse(request.body, False, self.models)
        if self.era_c:
            raise Refusal(501, "This server does not support embeddings. Start it with `--embeddings`")
        raise Refusal(501, "this model does not support embeddings")

    async def _blob(self, request: Request, wire: Wire) -> None:
        """Is it there? An upload of what is there is answered at once, its bytes unread."""
        wanted = request.path.rsplit(":", 1)[-1]
        here = self.blobs.size(wanted) is not None
        if request.method == "HEAD" and not here:
            await wire.head(404, "application/json; charset=utf-8", length=0)
        elif here:
            await wire.head(200, None, length=0)
            if await wire.body(request, SPARE) is None:
                wire.refuse()
                raise Left
        else:
            await self._keep(wanted, (await _with_body(request, wire)).body)
            await wire.head(201, None, length=0)

    async def _keep(self, wanted: str, data: bytes) -> None:
        """Under its true digest, whatever was said. Raises Refusal."""
        try:
            got = await asyncio.to_thread(self.blobs.keep, data)
        except Broken as error:
            raise Refusal(500, str(error)) from error
        if got != wanted:
            raise Refusal(400, f'digest mismatch, expected "sha256:{wanted}", got "sha256:{got}"')

    # what is done to it

    def kill(self, *, restart_s: float | None) -> None:
        """The service dies and systemd starts it anew after ``restart_s`` host s; None: it is stopped by order."""
        self.running = False
        self.processes.kill(crashed=restart_s is not None)
        for wire in tuple(self.wires):
            wire.reset()
        self.residence.clear()
        if self.number < catalog.KEEPS_PARTS:
            self.puller.downloads.forget()
        if restart_s is not None and not self.processes.by_hand:
            self._revival = asyncio.get_running_loop().call_later(restart_s, lambda: self.start(again=True))

    def start(self, *, again: bool = False) -> None:
        """The service is up; ``again``: systemd has seen to it."""
        if self._revival is not None:
            self._revival.cancel()
        self.running = True
        self.processes.start(again=again)


async def _with_body(request: Request, wire: Wire) -> Request:
    """Raises Left, also where it is more than a simulated board takes."""
    if (body := await wire.body(request)) is None:
        raise Left
    return replace(request, body=body)


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
