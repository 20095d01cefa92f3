"""``/api/pull`` as values: lines of progress, and what its errors mean."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import httpx

from edgetui.model.hostile import one_line
from edgetui.model.transfer import Ending
from edgetui.runners.ollama_bound import Unanswered, bound
from edgetui.runners.ollama_errors import refused
from edgetui.runners.ollama_server import Server
from edgetui.runners.ollama_stream import BadStream, Lines

_TABLE: tuple[tuple[str, Ending, str], ...] = (
    (r"pull model manifest: file does not exist", "not-found",
     "the registry has no such model or tag: look at its name on https://ollama.com/search"),
    (r"pull model manifest: 412|requires a newer version", "too-old",
     "the registry wants a newer Ollama for this model: update it on the board (a source build says 0.0.0)"),
    (r"no space left on device|disk quota exceeded", "no-space",
     "the disk is full: make room on the board and pull again, it resumes"),
    (r"digest mismatch", "corrupt",
     "what came is not what was sent, and was thrown away: pull again; if it repeats, look at cable, RAM and disk"),
    (r"max retries exceeded|connection reset|unexpected EOF|stream error|timeout awaiting", "no-internet",
     "the board lost its line to the registry: pull again, it resumes"),
    (r"lookup .*(no such host|server misbehaving|i/o timeout|connection refused|temporary failure)", "no-internet",
     "the board cannot look up names: it has no internet or no DNS; push the model to it instead"),
    (r"network is unreachable|no route to host|dial tcp .*(i/o timeout|connection refused)|TLS handshake timeout",
     "no-internet", "the board does not reach the registry: look at its network, or push the model to it instead"),
    (r"^EOF$", "error",
     "a full disk left broken parts behind: on the board, sudo systemctl restart ollama; then pull again"),
    (r"insecure protocol http", "error", "this registry speaks plain http: add --insecure"),
    (r"invalid model name|name is invalid", "not-found", "look at the model's name"),
    (r"permission denied|read-only file system", "no-space", "Ollama cannot write its folder of models: mend it"),
    (r"context canceled|request canceled", "cancelled", ""),
    (r"unauthorized|401|403", "error", "the registry wants a login"),
)  # fmt: skip
_RULES = tuple((re.compile(pattern, re.IGNORECASE | re.DOTALL), e, words) for pattern, e, words in _TABLE)
LONGEST = 300
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_MOST = 1 << 50


class PullFailed(Exception):
    """The pull ended otherwise than with ``success``."""

    def __init__(self, ending: Ending, reason: str) -> None:
        super().__init__(reason)
        self.ending: Ending = ending
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Progress:
    """One line of a pull."""

    status: str
    """``pulling manifest``, ``pulling 17075cabd44a``, ``verifying sha256 digest``, ``success`` …; clean."""
    digest: str = ""
    """Of the layer, with ``sha256:``; empty where the line is of none."""
    total: int = 0
    """Bytes of the layer."""
    completed: int = 0
    """Bytes that the board has; it may go down when a part is fetched anew."""


async def pulled(server: Server, model: str, *, insecure: bool = False) -> AsyncGenerator[Progress, None]:
    """Have the board pull; closing this generator ends the pull, its parts stay.

    Raises PullFailed, and httpx.RequestError where the board or its Ollama went away.
    """
    body = {"model": model, "stream": True, "insecure": insecure}
    last, lines = "", Lines()
    async with server.http.stream("POST", "/api/pull", json=body) as answer:
        if answer.status_code != 200:
            await bound(answer)
            raise _refused(answer.status_code, await answer.aread(), model)
        try:
            async for data in answer.aiter_raw():
                for line in lines.feed(data):
                    if (progress := _read(line)) is not None:
                        last = progress.status
                        yield progress
        except BadStream as error:
            raise PullFailed("error", f"Ollama's lines cannot be read: {error}") from error
    if last != "success":
        raise PullFailed("error", f"Ollama ended the pull without a word, after: {last or 'nothing'}")


def explained(words: str) -> PullFailed:
    """What an error line means, with its own words where they tell more."""
    said = one_line(words, LONGEST)
    for pattern, ending, remedy in _RULES:
        if pattern.search(words):
            return PullFailed(ending, f"{remedy} ({said})" if remedy else said)
    return PullFailed("error", said)


def _read(line: bytes) -> Progress | None:
    """None for a blank line. Raises PullFailed for an error, BadStream."""
    if not line.strip():
        return None
    try:
        said = json.loads(line)
    except (ValueError, RecursionError) as why:
        raise BadStream("a line that is no JSON") from why
    if not isinstance(said, dict):
        raise BadStream("a line that is no JSON object")
    if "error" in said:
        raise explained(str(said["error"]))
    digest = str(said.get("digest", ""))
    return Progress(
        one_line(str(said.get("status", "")), 80),
        digest if _DIGEST.fullmatch(digest) else "",
        _bytes(said.get("total")),
        _bytes(said.get("completed")),
    )


def _bytes(value: object) -> int:
    return value if type(value) is int and 0 <= value < _MOST else 0


def _refused(status: int, body: bytes, model: str) -> PullFailed:
    known = explained(body.decode("utf-8", "replace"))
    return known if known.ending != "error" else PullFailed("error", refused(status, body, model).reason)


async def copied(server: Server, source: str, target: str) -> None:
    """Give a model of the board another name. Raises Unanswered, httpx.RequestError."""
    await _done(server, "POST", "/api/copy", {"source": source, "destination": target}, f"copy to {target}")


async def deleted(server: Server, model: str) -> None:
    """Take a name from the board, with the layers that no other model needs. Raises as above."""
    await _done(server, "DELETE", "/api/delete", {"model": model}, f"remove {model}")


async def _done(server: Server, method: str, path: str, body: dict[str, str], what: str) -> None:
    async with server.http.stream(method, path, json=body, timeout=httpx.Timeout(30.0)) as answer:
        await bound(answer)
        said = await answer.aread()
    if answer.status_code == 404:
        raise Unanswered(f"Ollama did not {one_line(what)}: it is not on this board")
    if answer.status_code != 200:
        raise Unanswered(f"Ollama did not {one_line(what)}: {refused(answer.status_code, said, '').reason}")
