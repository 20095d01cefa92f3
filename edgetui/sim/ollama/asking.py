"""The body of a chat or generate request, checked in the order in which Ollama checks it."""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from dataclasses import dataclass
from typing import Any, TypeVar

from edgetui.sim.ollama.catalog import Model, whole_name
from edgetui.sim.ollama.errors import Refusal, not_found

T = TypeVar("T")

RELOADING = ("num_ctx", "num_batch", "num_gpu", "num_thread", "main_gpu", "use_mmap")
"""Options that cannot change without loading the model anew."""
_INTEGERS = {*RELOADING[:5], "num_predict", "num_keep", "seed", "top_k", "repeat_last_n"}
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(\d+(?:\.\d*)?)(ns|us|µs|ms|s|m|h)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A request that can be tried."""

    asked: str
    """The model's name as the client wrote it: answers repeat it."""
    model: Model
    chat: bool
    stream: bool
    keep_alive: float | None
    """s; None: as before."""
    options: dict[str, Any]
    text: str
    """Every word of the prompt."""
    pictures: tuple[bytes, ...]
    empty: bool
    """Nothing but to load or unload."""
    truncate: bool
    top_logprobs: int | None
    """None: no logprobs."""
    form: str
    """``json`` where the answer must be JSON; ``bad`` where the format asked makes no sense."""
    format_text: str = ""

    def number(self, name: str, default: int) -> int:
        """An integer option."""
        return int(self.options.get(name, default))


def parse_json(body: bytes) -> dict[str, Any]:
    """A JSON object, or Ollama's words for what it is not."""
    if not body:
        raise Refusal(400, "missing request body")
    try:
        value = json.loads(body)
    except ValueError as e:
        at = getattr(e, "pos", 0)
        text = body.decode(errors="replace")
        if at >= len(text):
            raise Refusal(400, "unexpected EOF") from e
        before = text[:at].rstrip()[-1:]
        where = "object key string" if before in ("{", ",") else "value"
        raise Refusal(400, f"invalid character '{text[at]}' looking for beginning of {where}") from e
    if not isinstance(value, dict):
        raise Refusal(400, f"json: cannot unmarshal {type(value).__name__} into Go value of type api.ChatRequest")
    return value


def parse_keep_alive(value: object) -> float | None:
    """Seconds; a negative number is for ever; a string is a Go duration."""
    if value is None:
        return None
    if isinstance(value, int | float):
        seconds = float(value)
    else:
        text = str(value)
        parts = _DURATION.findall(text)
        if "".join(n + u for n, u in parts) != text.lstrip("+-") or not parts:
            raise Refusal(400, f'time: invalid duration "{text}"')
        seconds = sum(float(n) * _UNITS[u] for n, u in parts) * (-1 if text.startswith("-") else 1)
    return math.inf if seconds < 0 else seconds


def _pictures(encoded: object) -> list[bytes]:
    pictures = []
    for text in encoded if isinstance(encoded, list) else []:
        alphabet = re.match(r"[A-Za-z0-9+/]*={0,2}", str(text))
        good = alphabet.end() if alphabet else 0
        if good != len(str(text)):
            raise Refusal(400, f"illegal base64 data at input byte {good}")
        try:
            pictures.append(base64.b64decode(str(text), validate=True))
        except binascii.Error as e:
            raise Refusal(400, f"illegal base64 data at input byte {good}") from e
    return pictures


def parse(body: bytes, chat: bool, models: dict[str, Model]) -> Ask:
    """The request. Raises Refusal with the status and the words of the real server."""
    raw = parse_json(body)
    keep_alive = parse_keep_alive(raw.get("keep_alive"))
    messages = _messages(raw) if chat else [{"content": raw.get("prompt"), "images": raw.get("images")}]
    pictures = tuple(p for message in messages for p in _pictures(message.get("images")))
    text = "\n".join(str(m.get("content") or "") for m in messages) + str(raw.get("system") or "")
    top = _typed(raw, "top_logprobs", int, 0)
    if not 0 <= top <= 20:
        raise Refusal(400, "top_logprobs must be between 0 and 20")
    name = _typed(raw, "model", str, "")
    if not name:
        raise Refusal(400, "model is required") if chat else not_found("")
    if (model := models.get(whole_name(name))) is None:
        raise not_found(name)
    _check_wishes(raw, name, model)
    return Ask(
        asked=name,
        model=model,
        chat=chat,
        stream=raw.get("stream") is not False,
        keep_alive=keep_alive,
        options=model.defaults | _options(raw),
        text=text,
        pictures=pictures,
        empty=not messages or not (chat or text or pictures),
        truncate=raw.get("truncate") is not False,
        top_logprobs=top if raw.get("logprobs") else None,
        form=_form(raw.get("format")),
        format_text=json.dumps(raw.get("format")),
    )


def _typed(raw: dict[str, Any], key: str, kind: type[T], default: T) -> T:
    value = raw.get(key)
    if value is not None and (not isinstance(value, kind) or isinstance(value, bool)):
        raise Refusal(400, f"json: cannot unmarshal {type(value).__name__} into Go struct field ChatRequest.{key}")
    return default if value is None else value


def _messages(raw: dict[str, Any]) -> list[dict[str, Any]]:
    messages: list[Any] = _typed(raw, "messages", list, [])
    if not all(isinstance(message, dict) for message in messages):
        raise Refusal(400, "json: cannot unmarshal into Go struct field ChatRequest.messages of type api.Message")
    return messages


def _check_wishes(raw: dict[str, Any], name: str, model: Model) -> None:
    if raw.get("think") and "thinking" not in model.capabilities:
        raise Refusal(400, f'"{name}" does not support thinking')
    if raw.get("tools") and "tools" not in model.capabilities:
        raise Refusal(400, f"registry.ollama.ai/library/{model.name} does not support tools")


def _options(raw: dict[str, Any]) -> dict[str, Any]:
    options: dict[str, Any] = _typed(raw, "options", dict, {})
    for key, value in options.items():
        if key in _INTEGERS and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise Refusal(500, f'option "{key}" must be of type integer')
    return dict(options)


def _form(wish: object) -> str:
    if wish in (None, ""):
        return ""
    return "json" if wish == "json" or isinstance(wish, dict) else "bad"
