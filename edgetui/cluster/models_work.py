"""Models on their way to boards: pulls and pushes, their turns, and how each ended."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import httpx

from edgetui.cluster.keeper import Keeper
from edgetui.cluster.models_job import Job
from edgetui.cluster.models_source import discard, fetch, kept, on_board
from edgetui.config import ModelsSection
from edgetui.errors import CommandError, EdgetuiError, LinkDown, UsageError
from edgetui.links import Link
from edgetui.links.roads import Roads
from edgetui.model import Event, Reading, known, na
from edgetui.model.transfer import Transfer
from edgetui.runners.ollama import unload
from edgetui.runners.ollama_bound import Unanswered
from edgetui.runners.ollama_folder import Layer, Manifest, Name, held, host_folders, parse_name
from edgetui.runners.ollama_pull import copied, deleted
from edgetui.runners.ollama_registry import Registry
from edgetui.runners.ollama_server import Server, reached, why_silent

UNSUPPORTED = "there is no Ollama for a board of 32 bits"


class Models:
    """All methods are called in the cluster's loop; ``transfers`` is read from any thread."""

    def __init__(
        self,
        keepers: Mapping[str, Keeper],
        roads: Roads,
        settings: ModelsSection,
        tell: Callable[[Event], None] = lambda _: None,
    ) -> None:
        """``tell``: gets what failed, as an event."""
        self._tell = tell
        self.transfers: dict[tuple[str, str], Transfer] = {}
        """By board and whole name of the model: those of this session, the newest of each."""
        self._keepers = keepers
        self._roads = roads
        self._settings = settings
        self._turns = asyncio.Semaphore(settings.parallel)
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}

    async def pull(self, board: str, model: str, *, insecure: bool = False) -> Transfer:
        """Have a board fetch a model; returns how it ended, whatever happened. Raises UsageError (the name)."""
        name = str(parse_name(model))
        asked = model if "://" in model else name

        async def work(job: Job) -> None:
            async with job.server(job.link()) as server:
                await job.follow(server, asked, insecure=insecure)
                job.end("ok", digest=await _digest(server, name))

        return await self._one(Transfer(board=board, model=name, size_bytes=self._size(name)), work)

    async def push(self, board: str, name: Name, manifest: Manifest, folder: Path) -> Transfer:
        """Have a board fetch a model from this machine through its SSH connection."""
        model = str(name)

        async def work(job: Job) -> None:
            link = await self._roads.connect(job.keeper.board)  # of its own: bulk must not delay telemetry
            try:
                async with job.server(link) as server:
                    if await _digest(server, model) != manifest.digest:
                        await _send(job, link, server, name, manifest, folder)
                    job.end("ok", digest=await _digest(server, model))
            finally:
                await link.close()
            if job.now.ending == "ok" and job.now.digest != manifest.digest:
                job.end("corrupt", "the board's digest is another than the source's", digest=job.now.digest)

        size = float(manifest.size)
        return await self._one(Transfer(board=board, model=model, kind="push", size_bytes=size), work)

    async def share(self, boards: Sequence[str], model: str, source: str | None = None) -> list[Transfer]:
        """Push a model to these boards from the board ``source``, else from this machine, else from a board.

        Raises UsageError (the name, no source).
        """
        name = parse_name(model)
        folder, manifest = await self._source(name, source)
        ended = await asyncio.gather(*(self.push(board, name, manifest, folder) for board in boards))
        if folder == kept() and all(each.ending == "ok" for each in ended):
            discard(manifest)
        return ended

    async def _source(self, name: Name, source: str | None) -> tuple[Path, Manifest]:
        folders = (self._settings.folder,) if self._settings.folder else host_folders()
        if source is None and (found := held(name, folders)) is not None:
            return found
        why = [] if source else [f"this machine has it in none of {', '.join(map(str, folders))}"]
        for board in [source] if source else self._having(str(name)):
            ended, manifest = await self._fetch(board, name)
            if manifest is not None:
                return kept(), manifest
            why.append(f"{board}: {ended.reason}")
        raise UsageError(f"there is no source for {name}: {'; '.join(why)}", f"get it here: ollama pull {name}")

    async def _fetch(self, board: str, name: Name) -> tuple[Transfer, Manifest | None]:
        """Bring a model from a board's files to this machine; None: it could not be had."""
        got: list[Manifest] = []

        async def work(job: Job) -> None:
            link, loop = job.link(), asyncio.get_running_loop()
            folder, manifest = await on_board(link, name)
            job.set(replace(job.now, size_bytes=float(manifest.size)))

            def told(layer: Layer, completed: int) -> None:
                job.set(job.now.loaded(layer.digest, layer.size, completed, loop.time()))

            await fetch(link, folder, manifest, told)
            got.append(manifest)
            job.end("ok", digest=manifest.digest)

        ended = await self._one(Transfer(board=board, model=str(name), kind="fetch"), work)
        return ended, got[0] if got else None

    def _having(self, model: str) -> list[str]:
        infos = [(name, keeper.state.ollama) for name, keeper in self._keepers.items() if keeper.link is not None]
        return [board for board, info in infos if info and any(row.name == model for row in info.installed)]

    def cancel(self, board: str, model: str) -> None:
        """End a transfer; what came stays on the board, and the next one resumes."""
        if (task := self._tasks.get((board, model))) is not None:
            task.cancel()

    async def remove(self, board: str, model: str) -> None:
        """Take a model from a board. Raises CommandError, LinkError."""
        link, port = self._open(board), self._keepers[board].board.ollama_port
        async with reached(link, port) as server:
            try:
                await deleted(server, model)
            except Unanswered as error:
                raise CommandError(str(error)) from error
            except httpx.RequestError as error:
                raise CommandError(await why_silent(link, port, error)) from error
            finally:
                self._keepers[board].survey_soon()

    async def unload(self, board: str, model: str) -> None:
        """Give the memory of a loaded model back. Raises CommandError, LinkError."""
        await unload(self._open(board), self._keepers[board].board.ollama_port, model)
        self._keepers[board].survey_soon()

    def _open(self, board: str) -> Link:
        keeper = self._keepers[board]
        if keeper.link is None:
            raise LinkDown(f"{board}: {keeper.state.reason}", keeper.state.remedy)
        return keeper.link

    async def _one(self, first: Transfer, work: Callable[[Job], Awaitable[None]]) -> Transfer:
        """One transfer from its place in the queue to its end; one that is under way already is joined."""
        key = first.board, first.model
        if (task := self._tasks.get(key)) is None:
            task = self._tasks[key] = asyncio.create_task(self._worked(first, work))
            task.add_done_callback(lambda _: self._tasks.pop(key))
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            task.cancel()
            raise
        return self.transfers[key]

    async def _worked(self, first: Transfer, work: Callable[[Job], Awaitable[None]]) -> None:
        keeper, key = self._keepers[first.board], (first.board, first.model)
        job = Job(keeper, first, self._settings.stall_s, lambda now: self.transfers.__setitem__(key, now))
        job.set(first)
        identity = keeper.state.identity
        try:
            if identity is not None and identity.is_32_bit:
                job.end("unsupported", UNSUPPORTED)
                return
            async with self._turns:
                job.begin()
                await work(job)
        except EdgetuiError as error:
            job.failed(error)
        except asyncio.CancelledError:
            job.end("cancelled", "what came stays on the board: the next one resumes")
        finally:
            keeper.survey_soon()
            if job.now.ending not in (None, "ok", "cancelled"):
                self._tell(_failed(job.now, time.time()))

    def _size(self, model: str) -> Reading:
        """Of the whole model, as a board tells that has it."""
        for keeper in self._keepers.values():
            info = keeper.state.ollama
            for row in info.installed if info else ():
                if row.name == model and known(row.size_bytes):
                    return row.size_bytes
        return na("Ollama tells a layer's size when it comes to it")


def _failed(transfer: Transfer, now: float) -> Event:
    what = f"{transfer.kind} of {transfer.model} failed"
    detail = {"action": "failed", "title": what, "ending": transfer.ending}
    text = f"{what}: {transfer.ending}: {transfer.reason}"
    return Event(time=now, board=transfer.board, kind="model", text=text, detail=detail)


async def _send(job: Job, link: Link, server: Server, name: Name, manifest: Manifest, folder: Path) -> None:
    """From a registry at our end of a port of the board's, under a name that ends with it."""
    registry = Registry(name, manifest, folder)
    listener = await link.listen(registry.serve)
    try:
        alias = str(Name(f"127.0.0.1:{listener.port}", name.namespace, name.model, name.tag))
        try:
            await job.follow(server, f"http://{alias}", insecure=True)
            await copied(server, alias, str(name))
        finally:
            with suppress(Unanswered, httpx.RequestError):  # it is not there after a pull that failed
                await deleted(server, alias)
    finally:
        listener.close()
        job.set(replace(job.now, fetched_bytes=registry.sent))


async def _digest(server: Server, model: str) -> str:
    """Of a model that the board has; empty where it has none of that name. Raises Unanswered, RequestError."""
    return next((row.digest for row in await server.installed() if row.name == model), "")
