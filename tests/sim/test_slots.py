"""The simulated llama-server's /slots and log against those of a real one, and how they are reached."""

import asyncio
import json
import re
from pathlib import Path

import asyncssh
import httpx
import pytest

from edgetui.links.tether import tethered
from edgetui.runners.llama_log import message_of
from edgetui.runners.llama_watch import FIND, FOLLOW, ports_in

from .cluster import lab
from .served import asking, chat, served

GOLDEN = Path(__file__).parents[1] / "golden" / "ollama"
LONG = "word " * 880


def recorded() -> list[list[dict]]:
    lines = (GOLDEN / "slots-0.32.15.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(json.loads(line)["body"]) for line in lines]


def shape(value):
    """Keys in their order and types; of lists the first."""
    if isinstance(value, dict):
        return [(key, shape(each)) for key, each in value.items()]
    if isinstance(value, list):
        return ["list", *(shape(each) for each in value[:1])]
    return type(value).__name__


def kinds(lines: list[str]) -> list[str]:
    """Lines that are simulated, without their numbers."""
    told = [re.sub(r"\d+(\.\d+)?", "N", re.sub(r" +", " ", line)) for line in lines]
    parts = "processing task|new prompt|cached n_tokens|encoding|init sampler|prompt processing|eval time|stop proc"
    made = re.compile(rf"^(slot .*({parts})|decoding image|image decoded|srv update_slots|srv stop)")
    return [line for line in told if made.match(line)]


def logged(title: str) -> list[str]:
    text = (GOLDEN / "runner-log-0.32.15.txt").read_text(encoding="utf-8")
    parts = {part.partition("\n")[0].partition(":")[0]: part for part in text.split("\n## ")}
    return kinds(parts[title].split("\n")[1:])[1:]  # the first is the end of the request before


async def test_slots_have_the_recorded_shape():
    idle, *busy = recorded()
    async with served("pi5", "0.32.15", speed=200) as it:
        told = []
        answer = asyncio.create_task(chat(it, asking(model="moondream", words=LONG)))
        while not answer.done():
            told += [
                held.slot.shown() for held in it.ollama.residence.loaded.values() if held.slot.shown() not in told
            ]
            await asyncio.sleep(0.002)
        (held,) = it.ollama.residence.loaded.values()
        told.append(held.slot.shown())
    assert shape(told[0]) == shape(idle)
    assert {str(shape(slots)) for slots in told[1:]} == {str(shape(slots)) for slots in busy}
    read = list(dict.fromkeys(s["n_prompt_tokens_processed"] for (s,) in told[1:] if s["is_processing"]))
    assert read == [11, 740, 1252, 1764, 1839]


@pytest.mark.parametrize("title", ["vision", "long text"])
async def test_the_log_has_the_recorded_kinds_of_lines_in_their_order(title):
    request = asking(model="moondream", words="How many?" + " word" * 20)
    if title == "long text":
        request = asking(None, model="moondream", words="word " * 1208)
    async with served("pi5", "0.32.15", speed=200) as it:
        await chat(it, asking(None, model="moondream", words="x"))
        it.board.journal.entries.clear()
        await chat(it, request)
        told = kinds([entry.text for entry in it.board.journal.entries])
    # the recorded server read a beginning again that it had cached, ours begins without one
    assert told == logged(title)


async def test_up_to_0_24_nothing_is_logged_and_no_port_answers():
    async with served("pi5", "0.24.0") as it:
        await chat(it, asking(model="moondream"))
        (held,) = it.ollama.residence.loaded.values()
        assert it.ollama.runner(held.runner.port) is None
        assert not it.board.journal.entries


async def test_on_the_board_the_runner_is_found_and_its_journal_followed(tmp_path):
    async with lab(boards=3, mixed=True, speed=50) as it, it.connected("pi5") as connection:
        ollama = it.stations["pi5"].ollama
        async with connection.create_process(tethered(FOLLOW), encoding=None) as journal:
            path = str(tmp_path / "o")
            async with await connection.forward_local_path_to_port(path, "127.0.0.1", 11434):
                transport = httpx.AsyncHTTPTransport(uds=path)
                async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=20) as http:
                    await http.post("/api/chat", json=asking(None, model="moondream", words="Hello"))
            (held,) = ollama.residence.loaded.values()
            found = await connection.run(FIND, encoding=None)
            assert ports_in(found.stdout.decode()) == (held.runner.port,)
            slots, _ = await connection.create_connection(asyncssh.SSHTCPSession, "127.0.0.1", held.runner.port)
            slots.close()
            lines = [message_of(await journal.stdout.readline()) for _ in range(3)]
            assert [re.sub(r".*\| ", "", text)[:12] for text, _ in lines] == [
                "processing t",
                "new prompt, ",
                "cached n_tok",
            ]
            assert lines[0][1] <= lines[1][1] <= lines[2][1]
            journal.stdin.write_eof()
        await it.do("pi5", "no-slots")
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.create_connection(asyncssh.SSHTCPSession, "127.0.0.1", held.runner.port)
        await it.do("pi5", "no-journal")
        refused = await connection.run(tethered(FOLLOW))
        assert refused.exit_status == 1
        assert "insufficient permissions" in refused.stderr
        assert not it.stations["pi5"].board.journal.followers
