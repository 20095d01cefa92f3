"""What Ollama says when it cannot, word for word, by era."""

from __future__ import annotations

import json

from edgetui.sim.supply import PLACE


class Refusal(Exception):
    """An error answer. ``late``: found by the runner, so it comes in the shape of a stream."""

    def __init__(self, status: int, message: str, *, late: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.late = late


def nested(code: int, message: str, kind: str, **more: int) -> Refusal:
    """Era C hands on llama-server's own JSON inside the string."""
    inner = {"error": {"code": code, "message": message, "type": kind, **more}}
    return Refusal(code, json.dumps(inner, separators=(",", ":")), late=True)


def not_found(name: str) -> Refusal:
    """No such model."""
    return Refusal(404, f"model '{name}' not found")


def busy() -> Refusal:
    """The queue is full; the two blanks are Ollama's."""
    return Refusal(503, "server busy, please try again.  maximum pending requests exceeded")


def out_of_memory(needed_gb: float, free_gb: float, *, era_c: bool) -> Refusal:
    """The model does not fit."""
    if era_c:
        size = int(needed_gb * 1e9)
        return Refusal(
            500,
            "llama-server reported out-of-memory during startup: ggml_backend_cpu_buffer_type_alloc_buffer: "
            f"failed to allocate buffer of size {size}",
        )
    return Refusal(
        500, f"model requires more system memory ({needed_gb:.1f} GiB) than is available ({free_gb:.1f} GiB)"
    )


def does_not_load(*, era_c: bool) -> Refusal:
    """The weights fit, the context does not."""
    if era_c:
        return Refusal(500, "llama-server process has terminated: exit status 1: error: failed to create context")
    return Refusal(
        500,
        "model failed to load, this may be due to resource limitations or an internal error, "
        "check ollama server logs for details",
    )


def no_projector(blob: str) -> Refusal:
    """Era C, a model of Ollama's own engine: llama-server cannot read the projector in its one file."""
    cause = "error loading model: done_getting_tensors: wrong number of tensors; expected 45, got 21"
    failed = f"error: Failed to load CLIP model from {PLACE}/sha256-{blob}"
    return Refusal(500, f"llama-server process has terminated: exit status 1: {failed}\n{cause}\n{cause}")


def killed_loading(*, era_c: bool) -> Refusal:
    """The runner was killed while it loaded. (0.24; older ones of era B are said to tell the signal too.)"""
    if era_c:
        return Refusal(500, "llama-server process has terminated: signal: killed")
    return Refusal(500, "llama runner process has terminated with exit code -1")


def chunk_not_found() -> Refusal:
    """Era C: llama-server's prompt cache has lost its way between pictures."""
    return nested(500, "got exception: Chunk not found", "server_error")


def killed_running(*, era_c: bool, streaming: bool) -> Refusal:
    """The runner died under a request."""
    if streaming or era_c:
        return Refusal(500, "an error was encountered while running the model: unexpected EOF", late=True)
    return Refusal(
        500,
        "model runner has unexpectedly stopped, this may be due to resource limitations or an internal error, "
        "check ollama server logs for details",
        late=True,
    )


def not_a_picture(*, era_c: bool) -> Refusal:
    """The bytes are no picture that the runner knows."""
    if era_c:
        return nested(400, "Failed to load image or audio file", "invalid_request_error")
    return Refusal(500, "Failed to create new sequence: failed to process inputs: image: unknown format", late=True)


def broken_jpeg() -> Refusal:
    """A JPEG that was cut."""
    return Refusal(
        500,
        "Failed to create new sequence: failed to process inputs: invalid JPEG format: short Huffman data",
        late=True,
    )


def blind() -> Refusal:
    """Era C, pictures for a model that cannot see (era B ignores them in silence)."""
    text = "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj"
    return nested(500, text, "server_error")


def too_long(tokens: int, num_ctx: int, *, era_c: bool) -> Refusal:
    """``truncate: false`` and a prompt beyond the context."""
    if not era_c:
        return Refusal(400, "the input length exceeds the context length")
    text = f"request ({tokens} tokens) exceeds the available context size ({num_ctx} tokens), try increasing it"
    refusal = nested(400, text, "exceed_context_size_error", n_prompt_tokens=tokens, n_ctx=num_ctx)
    refusal.late = False
    return refusal
