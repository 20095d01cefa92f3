"""Vendors' tools on channels of their own, under real shells: asked again and again, or streaming."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import subprocess
from contextlib import asynccontextmanager

import pytest

from edgetui.cluster import vendor
from edgetui.links.local import LocalLink
from edgetui.probes import BOOTSTRAP, Command, FrameReader
from tests.probes.shells import SHELLS
from tests.servers import eventually, running, soon


@pytest.fixture
def tool(tmp_path, monkeypatch):
    """``tool(body)``: an executable ``smi`` with this text of sh, which notes each start in the file ``starts``."""
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    path = tmp_path / "smi"

    def write(body: str):
        path.write_text(f"#!/bin/sh\necho $* >>{tmp_path}/starts\n{body}\n")
        path.chmod(0o755)
        return path

    return write


def starts(tool_path):
    file = tool_path.with_name("starts")
    return file.read_text().splitlines() if file.exists() else []


def stream(text: str = "smi", *, timeout_s: float = 5.0) -> Command:
    return Command("smi", text, period_s=0.1, timeout_s=timeout_s, stream=True)


ROUNDS = 'n=0; while :; do n=$((n+1)); echo "0, $n, one"; echo "1, $n, two"; sleep 0.05; done'


@asynccontextmanager
async def polled(command: Command):
    """A link to this machine, and the outputs of a command on it that is ticked 50 times a second."""
    link, outputs = LocalLink(), {}
    tool = vendor.Tool(command, outputs)

    async def tick() -> None:
        while True:
            tool.tick(asyncio.get_running_loop().time())
            await asyncio.sleep(0.02)

    tasks = [asyncio.create_task(tool.run(link)), asyncio.create_task(tick())]
    try:
        yield link, outputs
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await link.close()


async def test_a_stream_is_one_process_and_each_round_of_lines_one_answer(tool):
    path = tool(ROUNDS)
    async with polled(stream()) as (_, outputs):
        await soon(lambda: "smi" in outputs, what="a first answer")
        first = outputs["smi"]
        await soon(lambda: outputs["smi"].text.startswith("0, 5,"), what="the fifth answer")
        assert first.exit_status == 0
        for output in (first, outputs["smi"]):
            one, two = output.text.splitlines()
            assert one.removesuffix("one") == "0" + two.removesuffix("two")[1:]
        assert outputs["smi"].at > first.at
        assert len(starts(path)) == 1
    await soon(lambda: not running(str(path)), what="the end of the tool")


async def test_a_stream_of_an_old_driver(tool):
    path = tool(f"case $* in *new*) echo 'Field \"new\" is not valid'; exit 2;; esac; {ROUNDS}")
    async with polled(stream("{ smi new || smi old; }")) as (_, outputs):
        await soon(lambda: "smi" in outputs and "Field" not in outputs["smi"].text, what="an answer")
        assert outputs["smi"].exit_status == 0
        assert starts(path) == ["new", "old"]


async def test_a_stream_that_fails_says_so_and_is_tried_again(tool):
    path = tool("echo 'no devices were found'; exit 6")
    async with polled(stream()) as (_, outputs):
        await soon(lambda: len(starts(path)) >= 3, what="a third start")
        assert (outputs["smi"].text, outputs["smi"].exit_status) == ("no devices were found", 6)


async def test_a_stream_that_falls_silent_is_ended_and_tried_again(tool):
    path = tool("echo '0, 1'; echo '0, 2'; exec sleep 86399")
    async with polled(stream(timeout_s=0.5)) as (_, outputs):
        await soon(lambda: len(starts(path)) >= 2, what="a second start")
        assert outputs["smi"].text == "0, 1"
    await soon(lambda: not running("sleep 86399"), what="the end of the silent tool")


async def test_a_poll_asks_again_and_again(tool):
    path = tool("echo one; echo; echo two; exit 3")
    async with polled(Command("smi", "smi", 0.05, 5.0)) as (_, outputs):
        await soon(lambda: len(starts(path)) >= 3, what="a third question")
        assert (outputs["smi"].text, outputs["smi"].exit_status) == ("one\ntwo", 3)


@pytest.mark.parametrize("shell", SHELLS)
def test_a_stream_ends_with_its_listener_in_every_shell(shell, tool):
    """No process group ends it here: stdin's end is all that it hears, as below sshd."""
    words = SHELLS[shell].split()
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is not installed (Debian package {words[0]})")
    path = tool(ROUNDS)
    program = (vendor._HEAD + vendor._STREAM).format(text="smi", token="5eed")
    with subprocess.Popen(
        [*words, "-c", shlex.split(BOOTSTRAP)[3]], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(program.encode() + b"\n")
        process.stdin.flush()
        reader, frames = FrameReader("5eed"), []
        while len(frames) < 3:
            frames += reader.feed(os.read(process.stdout.fileno(), 4096))
        assert [frame.lines for frame in frames[:2]] == [(f"0, {n}, one", f"1, {n}, two", "exit=0") for n in (1, 2)]
        assert reader.torn == 0
        process.stdin.close()
        process.wait(5)
    eventually(lambda: not running(str(path)), what="the end of the tool")
