"""Runs a task's script on a board, listens to it and measures it from outside: docs/scripts.md."""

from __future__ import annotations

import asyncio
import hashlib
import signal
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import fields, replace
from itertools import pairwise
from typing import ClassVar

from edgetui.errors import CommandError, TaskError
from edgetui.links import Link
from edgetui.links.files import Unsupported
from edgetui.links.manifest import manifest_of
from edgetui.links.sync import Synced, sync
from edgetui.model import Metrics, Outcome, Phases, Reading, Request, known, na
from edgetui.model.hostile import one_line
from edgetui.model.script import Script
from edgetui.runners import Entered, Event, Finished, Piece, Told
from edgetui.runners.script_job import Ended, Job, beating
from edgetui.runners.script_lines import Lines
from edgetui.runners.script_needs import lacking
from edgetui.runners.script_supervisor import command_of
from edgetui.runners.script_venv import python_of

NO_MODEL = na("a script, not a model")
NOT_SEEN = na("the board did not tell")


class ScriptRunner:
    """One variant of a script, once."""

    name: ClassVar[str] = "script"

    async def run(self, request: Request, link: Link) -> AsyncGenerator[Event, None]:
        """See ``Runner.run``. Whoever stops before ``Finished`` ends the script, unless it is to be detached."""
        script = request.script
        if script is None:
            yield Finished(outcome="error", reason=f"task {one_line(request.task)!r} has no script")
            return
        times = [time.monotonic()]
        try:
            yield Entered("load")
            if script.venv:
                script = replace(script, command=(await python_of(link, script), *script.command[1:]))
            if lack := await lacking(link, script, _python(script)):
                yield Finished(outcome=lack.outcome, reason=lack.reason)
                return
            manifest = await asyncio.to_thread(manifest_of, script.files)
            times.append(time.monotonic())
            yield Entered("upload")
            synced = await sync(link, manifest)
            times.append(time.monotonic())
            yield Entered("decode")
            async with aclosing(_done(request, script, link, synced, manifest.digest, times)) as events:
                async for event in events:
                    yield event
        except Unsupported as error:
            yield Finished(outcome="unsupported", reason=error.sentence)
        except (CommandError, TaskError) as error:
            words = f"{error.message}; {error.remedy}" if error.remedy else error.message
            yield Finished(outcome="error", reason=one_line(words, 400))


async def _done(
    request: Request, script: Script, link: Link, synced: Synced, digest: str, times: list[float]
) -> AsyncGenerator[Event, None]:
    """The script's own time, from its start or from where it is found again."""
    lines = Lines()
    async with link.files() as files:
        job = Job(link, files, synced.root, job_name(request))
        if not (script.detach and await job.found()):
            words = command_of(*_words(request, script, synced.root), script.nice)
            await job.start(digest, words, detach=script.detach)
        beat = asyncio.create_task(beating(job.channel)) if job.channel else None
        try:
            yield Told("started")
            async with aclosing(job.output()) as output:
                async for data in output:
                    if text := lines.feed(data):
                        yield Piece(text)
                    yield Told(lines.progress)
            if text := lines.end():
                yield Piece(text)
            ended = await job.ended()
            times.append(time.monotonic())
            outcome, reason = verdict(ended, lines.printed)
            if outcome not in ("ok", "empty") and ended.stderr:
                yield Piece(f"{'─' * 8} stderr\n{ended.stderr}")
            await job.remove()
            yield Entered("done")
            yield Finished(
                outcome=outcome,
                reason=reason,
                phases=_phases(times),
                metrics=_metrics(ended),
                figures=(*lines.figures().items(), *measured(ended)),
                marks=() if synced.verified else ("unverified",),
                version=NO_MODEL,
                era=NO_MODEL,
                digest=digest,
                cached_tokens=NO_MODEL,
                size_bytes=NO_MODEL,
                size_vram_bytes=NO_MODEL,
            )
        finally:
            if beat is not None:
                beat.cancel()
            await job.leave()


def job_name(request: Request) -> str:
    """The same for the same cell, and fit for a folder's name."""
    cell = "\0".join((request.board, request.task, request.item, request.model, str(request.repeat)))
    return f"{request.run}-{hashlib.sha256(cell.encode()).hexdigest()[:12]}"


def _python(script: Script) -> str:
    word = script.command[0]
    return word if word.rpartition("/")[2].startswith("python") else "python3"


def _words(request: Request, script: Script, root: str) -> tuple[list[str], dict[str, str]]:
    """Command and environment; ours win."""
    words, env = script.words(request.model, request.item)
    name = job_name(request)
    ours = {
        "EDGETUI_RUN": name,
        "EDGETUI_VARIANT": request.model,
        "EDGETUI_ITEM": request.item,
        "EDGETUI_REPEAT": str(request.repeat),
        "EDGETUI_SCRATCH": f"{root}/jobs/{name}/scratch",
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        "PYTHONIOENCODING": "utf-8",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return list(words), env | ours


def verdict(ended: Ended, printed: bool) -> tuple[Outcome, str]:
    """Outcome and reason, with the evidence."""
    last = next((line for line in reversed(ended.stderr.splitlines()) if line.strip()), "")
    said = f": {one_line(last)}" if last else ""
    status = ended.exit_status
    if ended.ended_there:
        why = "it had not heard from edgetui for some seconds, or edgetui tasks clean was called"
        return "aborted-by-runtime", f"it was ended on the board: {why}"
    if status is None:
        return "aborted-by-runtime", f"nobody saw it end: the board was switched off, or it was killed{said}"
    if status == 0:
        return ("ok", "") if printed else ("empty", "it printed nothing")
    if status > 128 and status - 128 in {s.value for s in signal.Signals}:
        name = signal.Signals(status - 128).name
        if status == 128 + signal.SIGKILL and ended.oom_kills:
            return "oom", f"killed by {name} while the kernel's count of OOM kills rose by {ended.oom_kills}{said}"
        return "aborted-by-runtime", f"killed by {name}{said}"
    if last.startswith("MemoryError") or "std::bad_alloc" in last:
        return "oom", f"exit code {status}{said}"
    return "error", f"exit code {status}{said}"


def measured(ended: Ended) -> list[tuple[str, Reading]]:
    """What the board's supervisor saw from outside."""
    wall, cpu, status = ended.wall_s, ended.cpu_s, ended.exit_status
    share: Reading = NOT_SEEN
    if wall is not None and cpu is not None:
        share = 100 * cpu / wall if wall >= 0.1 else na("it ended too soon to be measured")
    return [
        ("wall_s", NOT_SEEN if wall is None else wall),
        ("cpu_percent", share),
        ("peak_rss_bytes", _peak(ended)),
        ("exit_status", NOT_SEEN if status is None else status),
    ]


def _peak(ended: Ended) -> Reading:
    if ended.peak_rss_bytes is None:
        return na("it ended before it was looked at")
    if ended.grew_last:
        return na(f"it grew until it ended: {ended.peak_rss_bytes / 1e6:.0f} MB or more")
    return ended.peak_rss_bytes


def _metrics(ended: Ended) -> Metrics:
    none = {each.name: NO_MODEL for each in fields(Metrics)}
    return Metrics(**{**none, "e2e_s": NOT_SEEN if ended.wall_s is None else ended.wall_s})


def _phases(times: list[float]) -> Phases:
    spent: list[Reading] = [later - earlier for earlier, later in pairwise(times)]
    none = {each.name: NO_MODEL for each in fields(Phases)}
    load, upload, work = spent
    total = sum(value for value in spent if known(value))
    return Phases(**{**none, "load_s": load, "upload_s": upload, "decode_s": work, "total_s": total})
