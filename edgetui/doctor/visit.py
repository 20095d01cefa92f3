"""Looks at one board through its keeper: how its first try ended, and what the checks are made from."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import AsyncIterator, Awaitable
from dataclasses import replace
from typing import TypeVar

from edgetui.cluster.asking import Answer, Clock, answers, script
from edgetui.cluster.keeper import Keeper
from edgetui.cluster.pulse import Pulse
from edgetui.doctor.check import PENDING, Evidence
from edgetui.doctor.questions import questions, room
from edgetui.errors import LinkError
from edgetui.links import Channel, Link
from edgetui.links.ssh import COMMANDS
from edgetui.model import NA, Identity, OllamaInfo, Reading, State, na
from edgetui.probes import Frame, Hello, program
from edgetui.runners.ollama import survey

TRY_S = 30.0
"""So long a board may take to be up, or known not to be."""
FRAME_S = 3.0
"""So long a board may take for the frame that tells what it cannot read."""
CLOCK_S = 10.0
QUESTIONS_S = 30.0
"""All questions together."""
TICKS = 100
"""Frames over which the probe's cost is measured: its CPU time is counted in hundredths of a second."""
COST_S = 20.0
_NUMBER = re.compile("[0-9]{1,15}")
"""Of a board: longer ones would end the whole fleet's visit, and are none."""

T = TypeVar("T")


async def first_look(keeper: Keeper) -> tuple[State, OllamaInfo | None]:
    """The outcome of the first try; of a board that is up its Ollama and a frame with all readings too."""
    try:
        async with asyncio.timeout(TRY_S):
            await keeper.settled.wait()
    except TimeoutError:
        return keeper.state, None
    if keeper.link is None:
        return keeper.state, None
    try:
        ollama = await survey(keeper.link, keeper.board.ollama_port, time.time())
    except LinkError as error:
        return keeper.state, OllamaInfo(asked_at=time.time(), reason=error.message)
    await asyncio.sleep(1.0)  # rates need two frames
    await keeper.fresh_sample(FRAME_S)
    return keeper.state, ollama.on(keeper.state.identity)


async def gather(keeper: Keeper, link: Link, identity: Identity, ollama: OllamaInfo) -> AsyncIterator[Evidence]:
    """Ask the board everything, one thing after another, and tell after each what is known.

    What is not asked yet is PENDING; what is not answered is NA with the reason.
    """
    names = questions(identity.family)
    evidence = Evidence(
        board=keeper.board,
        identity=identity,
        sample=keeper.state.sample,
        ollama=ollama,
        answers=dict.fromkeys((*names, "room"), PENDING),
        clock=PENDING,
        sessions=PENDING,
        wanted_sessions=COMMANDS,
        tick_ms=PENDING,
    )
    yield evidence
    evidence = replace(evidence, clock=await _tried(_clock(link)))
    asked = await _tried(_ask(link, names))
    lost = asked if isinstance(asked, NA) else na("the board was not asked")
    found: dict[str, Answer | NA] = dict.fromkeys(names, lost) | ({} if isinstance(asked, NA) else asked)
    evidence = replace(evidence, answers={**found, "room": PENDING})
    yield evidence
    service = found["service"]
    space = await _tried(_ask(link, {"room": room("" if isinstance(service, NA) else service.text)}))
    found |= {"room": space} if isinstance(space, NA) else space
    evidence = replace(evidence, answers=found)
    yield evidence
    evidence = replace(evidence, sessions=await _tried(_sessions(link)))
    yield evidence
    yield replace(evidence, tick_ms=await _tried(_tick_ms(link)))


async def _tried(question: Awaitable[T | NA]) -> T | NA:
    try:
        return await question
    except LinkError as error:
        return na(error.message)
    except TimeoutError:
        return na("the board did not answer in time")


async def _clock(link: Link) -> Clock | NA:
    asked = time.time()
    done = await link.run("date +%s", timeout=CLOCK_S)
    answered = time.time()
    said = done.stdout.strip()
    return Clock(int(said), asked, answered) if _NUMBER.fullmatch(said) else na("date gave no number")


async def _ask(link: Link, asked: dict[str, str]) -> dict[str, Answer]:
    token = secrets.token_hex(6)
    done = await link.run(script(asked, token), timeout=QUESTIONS_S)
    return answers(done.stdout, token)


async def _sessions(link: Link) -> Reading:
    """How many of ``COMMANDS`` sessions sshd opens at once, beside those that are open."""
    opened: list[Channel] = []
    try:
        async with asyncio.timeout(CLOCK_S):
            for _ in range(COMMANDS):
                opened.append(await link.open("cat", _ignore))  # noqa: PERF401 - what is open must be closed
    except LinkError as error:
        if link.lost.done():
            return na(error.message)
    finally:
        for channel in opened:
            channel.close()
    return float(len(opened))


async def _tick_ms(link: Link) -> Reading:
    """CPU ms of one frame, by the CPU time of a probe of our own before and after ``TICKS`` frames."""
    frames: asyncio.Queue[Frame] = asyncio.Queue()
    pulse, loop = Pulse(frames.put_nowait), asyncio.get_running_loop()
    try:
        async with asyncio.timeout(COST_S):
            await pulse.open(link, program(pulse.token), greets=True)
            pid = Hello.of(await frames.get()).word("pid")
            if not pid.isdecimal():
                return na("the probe is no program of its own here")
            before = await _cpu_ms(link, pid)
            for n in range(TICKS):
                pulse.tick(loop.time(), b"s\n" if n % 10 == 0 else b"\n")
                await frames.get()
            after = await _cpu_ms(link, pid)
    finally:
        pulse.close()
    if isinstance(before, NA):
        return before
    return after if isinstance(after, NA) else (after - before) / TICKS


async def _cpu_ms(link: Link, pid: str) -> Reading:
    """utime, stime and those of children that ended, fields 14 to 17 of stat, in ticks of 10 ms (proc(5))."""
    done = await link.run(f"cat /proc/{pid}/stat", timeout=CLOCK_S)
    fields = done.stdout.rpartition(")")[2].split()[11:15]
    if len(fields) < 4 or not all(map(_NUMBER.fullmatch, fields)):
        return na(f"/proc/{pid}/stat of the probe does not tell")
    return sum(map(int, fields)) * 10.0


def _ignore(_: bytes) -> None:
    pass
