"""The runner against every answer that was recorded from real servers, and a table of what it must make of them."""

import asyncio
import json
import tomllib
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest

from edgetui.model import NA, Metrics, Options, Phases, known
from edgetui.runners import Finished, Piece, unix_road
from edgetui.runners.ollama import survey

from .fake import LOADED, Call, board, chunk, events, head, ps, recordings, request, whole

VERSIONS = ("0.24.0", "0.32.15")
TABLE = tomllib.loads(Path(__file__).with_name("recorded.toml").read_text(encoding="utf-8"))
SERIES = {"ps-while-loading-and-running"}
"""No exchange, but many answers of /api/ps."""
AS_IT_CAME, EVERY_BYTE, AT_ONCE = 0, 1, 1 << 20
"""Bytes of a segment; 0: a line."""
ALL = [pytest.param(version, name, id=f"{version}-{name}") for version in TABLE for name in TABLE[version]]


class Tape:
    """A recorded answer as bytes of HTTP, and the time at which each of them came, in s."""

    def __init__(self, record: dict) -> None:
        self.chunked = bool(record["chunked"])
        end = record["end_ms"] / 1000
        parts = [(text.encode() + b"\n" * self.chunked, ms / 1000) for ms, text in record["lines"]]
        size = {} if self.chunked else {"Content_Length": str(sum(len(part) for part, _ in parts))}
        how = {"Transfer_Encoding": "chunked"} if self.chunked else size
        first = (record["first_byte_ms"] or 0.0) / 1000
        self.parts = [(head(record["status"], record["content_type"], **how), first)]
        self.parts += [(chunk(part) if self.chunked else part, at) for part, at in parts]
        # their notes: the server died, or the client hung up, which for one that did not is the same
        self.broken = record["name"].startswith("server-killed") or record["end"] == "closed by client"
        if self.chunked and not self.broken:
            self.parts.append((b"0\r\n\r\n", end))
        final = json.loads(record["lines"][-1][1]) if record["lines"] and _is_json(record["lines"][-1][1]) else {}
        self.begin = min(0.0, parts[-1][1] - final.get("total_duration", 0) / 1e9) if parts else 0.0
        """The recorder's clock began with the request's last byte; the server may have been at it for some ms."""
        self.end = end


class Reading:
    """In place of the runner's clock and of its way to read from its connection, so that both go by a tape."""

    def __init__(self, tape: Tape, most: int) -> None:
        self._tape, self._most = tape, most
        self._now = tape.begin
        self._left: list[tuple[int, float]] = []
        self._here = b""
        self.playing = False

    def monotonic(self) -> float:
        return self._now

    async def answer(self, _call: Call, out: asyncio.StreamWriter) -> None:
        self.playing = True
        self._left = [(len(data), at) for data, at in self._tape.parts]
        out.write(b"".join(data for data, _ in self._tape.parts))
        await out.drain()
        if self._tape.broken:
            out.close()

    async def read(self, stream: unix_road._Stream, max_bytes: int, timeout: float | None = None) -> bytes:
        if not self._here:
            data = await stream._reader.read(max_bytes)
            if not self.playing:
                return data
            if not data:
                self._now = self._tape.end
            self._here = data
        wanted = self._most or (self._left[0][0] if self._left else len(self._here))
        data, self._here = self._here[:wanted], self._here[wanted:]
        self._pass(len(data))
        return data

    def _pass(self, count: int) -> None:
        """So many bytes of the tape have come."""
        while count and self._left:
            size, self._now = self._left.pop(0)
            if size > count:
                self._left.insert(0, (size - count, self._now))
            count = max(0, count - size)
        if not self._left and not self._tape.broken:
            self.playing = False  # what is asked after the answer is no part of the tape


def _is_json(text: str) -> bool:
    return text.startswith("{")


@pytest.fixture
def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable:
    """The text and the end of a run whose timed request is answered with a recording, ``most`` bytes at a time."""

    async def play(version: str, name: str, most: int) -> tuple[str, Finished]:
        record = recordings(version)[name]
        tape = Tape(record)
        reading = Reading(tape, most)
        for module in ("ollama", "ollama_attempt", "ollama_post"):
            monkeypatch.setattr(f"edgetui.runners.{module}.time", reading)
        monkeypatch.setattr(unix_road._Stream, "read", lambda *how, **more: reading.read(*how, **more))
        asked = record.get("request") if isinstance(record.get("request"), dict) else {}
        told = asked.get("options", {})
        options = Options(num_predict=told.get("num_predict", 512))
        row = TABLE[version][name]
        pictured = request().image if '"images"' in json.dumps(asked) else b""
        async with board(tmp_path) as pi:
            pi.routes["/api/version"] = whole({"version": version})
            pi.unreachable = "connection refused"
            lists = iter([{"models": []}] if "cold-load" in row.get("marks", []) else [])

            async def list_loaded(call: Call, out: asyncio.StreamWriter) -> None:
                await whole(next(lists, ps()))(call, out)

            pi.routes["/api/ps"] = list_loaded
            pi.chat = [LOADED, reading.answer]
            got = await events(pi, request(image=pictured, options=options))
        assert isinstance(got[-1], Finished)
        return "".join(e.text for e in got if isinstance(e, Piece)), got[-1]

    return play


def held_against(values: Phases | Metrics, told: dict[str, float | str]) -> dict[str, tuple[object, object]]:
    """What is otherwise than in the table: a figure that is not in it must be n/a."""
    wrong = {}
    for name in (f.name for f in fields(values)):
        value, expected = getattr(values, name), told.get(name, "n/a")
        same = value == pytest.approx(expected, abs=2e-6) if known(value) and expected != "n/a" else False
        if not (same or (isinstance(value, NA) and value.reason and expected == "n/a")):
            wrong[name] = value, expected
    return wrong


def judge(text: str, last: Finished, row: dict) -> None:
    assert last.outcome == row["outcome"]
    assert row["reason"] in last.reason
    assert text == row.get("text", "")
    assert last.done_reason == row.get("done_reason", "")
    assert sorted(last.marks) == row.get("marks", [])


def metrics_of(row: dict) -> dict[str, float | str]:
    """With the one that follows from another."""
    told = row.get("metrics", {})
    rate = told.get("tok_per_s", "n/a")
    return {**told, "itl_s": rate if rate == "n/a" else 1 / rate}


def test_every_recorded_exchange_is_in_the_table():
    for version in VERSIONS:
        assert set(TABLE[version]) == set(recordings(version)) - SERIES - set(recordings(version, "pull"))


@pytest.mark.parametrize(("version", "name"), ALL)
async def test_each_recorded_answer_is_told_as_in_the_table(played, version, name):
    row = TABLE[version][name]
    for most in (AS_IT_CAME, EVERY_BYTE):
        text, last = await played(version, name, most)
        judge(text, last, row)
        assert held_against(last.phases, row["phases"] | {"upload_s": 0}) == {}
        assert held_against(last.metrics, metrics_of(row)) == {}
    text, last = await played(version, name, AT_ONCE)  # only the host's own times are others then
    judge(text, last, row)
    told, counted = row["phases"], {"tok_per_s", "prompt_tokens", "output_tokens", "prefill_tok_per_s"}
    assert held_against(last.phases, told).keys() <= {"upload_s", "decode_s", "net_s", "total_s"}
    assert not held_against(last.metrics, metrics_of(row)).keys() & counted


@pytest.mark.parametrize("version", VERSIONS)
async def test_each_look_at_what_is_loaded_while_a_model_was_loading_can_be_read(tmp_path, version):
    looks = recordings(version, "timing")["ps-while-loading-and-running"]["lines"]
    async with board(tmp_path) as pi:
        for _, text in looks:
            pi.routes["/api/ps"] = whole(text.encode())
            info = await survey(pi, 11434, now=0.0)
            assert info.reason == ""
            assert len(info.loaded) == len(json.loads(text)["models"])
