"""What Ollama's error texts mean, in all its eras. Pure.

Era A: ≤ 0.3.13, C++ server. Era B: 0.3.14-0.24, Go runners. Era C: ≥ 0.30, llama-server, whose error is often a
JSON document inside the string. Errors come with their status, or as a line of a 200 once a byte was sent (before
0.12.6 always so).
"""

from __future__ import annotations

import json
import re

from edgetui.model import Outcome
from edgetui.model.hostile import one_line

LONGEST = 300
"""Characters of the server's words that are kept."""

SMALLER = "take a smaller model, or a smaller num_ctx"
_TRANSIENT = "Chunk not found"
"""llama-server's prompt cache lost its place (recorded on 0.32.15): with another picture it does not come again."""
_KILLED = r"terminated.*(signal: killed|exit code -1\b)"
"""Mostly the kernel's OOM killer; 0.24 reports the same as exit code -1."""
_DIED = r"unexpectedly stopped|unexpected EOF|has terminated|no longer running|GGML_ASSERT|CUDA error"
_TABLE: tuple[tuple[str, Outcome, str], ...] = (
    # what is searched for, outcome, remedy
    (r"server busy|maximum pending requests", "busy", "try again when the board has less to do"),
    (r"^model ['\"].*not found|try pulling it first", "not-installed", "run on the board: ollama pull {model}"),
    (r"no longer compatible with your version|may be incompatible with your version|requires a newer version",
     "error", "run on the board: ollama pull {model}, or update Ollama there"),
    (r"requires more system memory|out[ -]of[ -]memory|cudaMalloc failed|cannot allocate memory|unable to allocate"
     r"|failed to allo|NvMapMemAlloc\w* .*error 12|resource allocation failed|insufficient memory",
     "oom", SMALLER),
    # era B says this where the KV cache cannot be had; a damaged model has other words
    (r"model failed to load, this may be due to resource limitations", "oom", "take a smaller num_ctx or model"),
    (_KILLED, "oom", SMALLER),
    (r"missing data required for image input|image input is not supported|does not support multimodal"
     r"|doesn't support images?|this model does not support image",
     "no-vision", "take a model with vision"),
    (r"does not support (chat|generate|thinking|embeddings|tools)", "unsupported", ""),
    (r"request cancell?ed", "cancelled", ""),
    (r"timed out waiting for (the )?llama", "timeout", "raise OLLAMA_LOAD_TIMEOUT in the board's ollama.service"),
    (r"exceeds? the (available )?context|longer than the context", "error", "raise num_ctx, or shorten the prompt"),
    (r"image: unknown format|invalid (JPEG|PNG|image)|failed to load image|illegal base64|invalid image type",
     "error", "check the picture with: edgetui tasks check"),
    (_TRANSIENT, "error", "llama-server lost its prompt cache: send it again"),
    (rf"{_DIED}|startup failed", "aborted-by-runtime", "see on the board: journalctl -u ollama -n 200"),
)  # fmt: skip
_RULES = tuple((re.compile(pattern, re.IGNORECASE | re.DOTALL), o, r) for pattern, o, r in _TABLE)


class Failed(Exception):
    """A request that the server did not do: outcome, and the reason with its remedy in words."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome: Outcome = outcome
        self.reason = reason

    @property
    def transient(self) -> bool:
        """Is it known to be gone when asked again?"""
        return self.outcome == "error" and _TRANSIENT.lower() in self.reason.lower()


def runner_died(words: str) -> bool:
    """Does Ollama say that it has lost its runner?"""
    return re.search(_DIED, words, re.IGNORECASE) is not None


def taken_for_memory(words: str) -> bool:
    """Is memory named as the reason only because somebody killed the runner?"""
    return re.search(_KILLED, words, re.IGNORECASE) is not None


def refused(status: int, body: bytes, model: str) -> Failed:
    """Of a reply whose status is not 200."""
    words = _words(_loaded(body.decode("utf-8", "replace")))
    if status == 503:
        return Failed("busy", _sentence(words or "server busy", _RULES[0][2]))
    if status == 403:
        return Failed("error", "Ollama refused the request (403): it checks the Host and Origin it is called by")
    if not words:
        plain = one_line(re.sub(rb"<[^>]*>", b" ", body).decode("utf-8", "replace"), 80)
        return Failed("error", f"port answers, but not as Ollama does: HTTP {status} {plain}".rstrip())
    return _judged(words, model, f"HTTP {status}: ")


def in_stream(error: object, model: str, *, begun: bool) -> Failed:
    """Of an ``error`` line. ``begun``: pieces came before it, so the answer was cut off whatever the words."""
    failed = _judged(_words({"error": error}) or "an error without words", model, "")
    return Failed("aborted-by-runtime", failed.reason) if begun and failed.outcome == "error" else failed


def _judged(words: str, model: str, prefix: str) -> Failed:
    for pattern, outcome, remedy in _RULES:
        if pattern.search(words):
            return Failed(outcome, _sentence(one_line(words, LONGEST), remedy.format(model=one_line(model))))
    return Failed("error", prefix + one_line(words, LONGEST))


def _sentence(words: str, remedy: str) -> str:
    return f"{words}; {remedy}" if remedy else words


def _loaded(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _words(said: object, depth: int = 5) -> str:
    """The innermost words of ``{"error": …}``, which may be text, an object, or text that is JSON again."""
    if isinstance(said, dict) and depth:
        return _words(said.get("error", said.get("message")), depth - 1)
    if not isinstance(said, str):
        return ""
    inner = _words(_loaded(said), depth - 1) if depth and said.lstrip().startswith("{") else ""
    return inner or said
