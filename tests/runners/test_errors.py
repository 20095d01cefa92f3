"""Ollama's error texts, by era, as they were recorded or reported."""

import json

import pytest

from edgetui.runners.ollama_errors import in_stream, refused

from .fake import recordings


def nested(message: str, code: int = 500) -> str:
    return json.dumps({"error": {"code": code, "message": message, "type": "server_error"}})


CRASH = "this may be due to resource limitations or an internal error, check ollama server logs for details"
TABLE = [
    # era, status, text, outcome
    ("A", 404, "model 'x' not found, try pulling it first", "not-installed"),
    ("A", 500, "llama runner process has terminated: signal: killed", "oom"),
    ("A", 500, "llama runner process no longer running: -1 ", "aborted-by-runtime"),
    ("AB", 500, "llama runner process has terminated: exit status 2", "aborted-by-runtime"),
    (
        "AB",
        500,
        "llama runner process has terminated: GGML_ASSERT(ggml_can_mul_mat(a, b)) failed",
        "aborted-by-runtime",
    ),
    (
        "AB",
        500,
        "llama runner process has terminated: cudaMalloc failed: out of memory\nggml_gallocr_reserve_n: failed to "
        "allocate CUDA0 buffer of size 838447104",
        "oom",
    ),
    (
        "AB",
        500,
        "llama runner process has terminated: CUDA error: the resource allocation failed\n  current device: 0, in "
        "function cublas_handle at ...common.cuh:644",
        "oom",
    ),
    ("B", 500, "model requires more system memory (5.0 GiB) than is available (3.9 GiB)", "oom"),
    ("B", 500, "llama runner process has terminated with exit code -1", "oom"),
    ("B", 500, f"model failed to load, {CRASH}", "oom"),
    ("B", 500, f"model runner has unexpectedly stopped, {CRASH}", "aborted-by-runtime"),
    ("B", 404, "model 'x' not found", "not-installed"),
    ("B", 500, "Failed to create new sequence: failed to process inputs: image: unknown format", "error"),
    (
        "B",
        500,
        "Failed to create new sequence: failed to process inputs: this model is missing data required for image "
        "input",
        "no-vision",
    ),
    ("B", 400, "the input length exceeds the context length", "error"),
    (
        "B",
        500,
        "'llama3.2-vision' is no longer compatible with your version of Ollama and has been "
        "replaced by a newer version",
        "error",
    ),
    ("B", 400, '"x" does not support chat', "unsupported"),
    ("B", 400, "vision model only supports a single image per message", "error"),
    ("B", 400, "illegal base64 data at input byte 4", "error"),
    ("BC", 503, "server busy, please try again.  maximum pending requests exceeded", "busy"),
    ("BC", 499, "request canceled", "cancelled"),
    ("BC", 500, "timed out waiting for llama runner to start - progress 0.00 - ", "timeout"),
    ("BC", 500, "an error was encountered while running the model: unexpected EOF", "aborted-by-runtime"),
    (
        "C",
        500,
        "llama-server startup failed before projector CPU offload retry: llama-server reported out-of-memory "
        "during startup: ggml_backend_cpu_buffer_type_alloc_buffer: failed to allo...",
        "oom",
    ),
    ("C", 500, "llama-server process has terminated: signal: killed", "oom"),
    (
        "C",
        500,
        "llama-server process has terminated: exit status 1: error: wrong number of tensors",
        "aborted-by-runtime",
    ),
    ("C", 500, "timed out waiting for llama-server to start", "timeout"),
    (
        "C",
        500,
        nested("image input is not supported - hint: if this is unexpected, you may need to provide the mmproj"),
        "no-vision",
    ),
    ("C", 400, nested("Multimodal data provided, but model does not support multimodal requests."), "no-vision"),
    ("C", 400, nested("Failed to load image or audio file", 400), "error"),
    ("C", 500, nested("got exception: Chunk not found"), "error"),
    (
        "C",
        400,
        nested("request (9 tokens) exceeds the available context size (4 tokens), try increasing it", 400),
        "error",
    ),
]


@pytest.mark.parametrize(
    ("era", "status", "words", "outcome"), TABLE, ids=[f"{e}-{w[:40]}" for e, _, w, _ in TABLE]
)
def test_with_a_status_and_as_a_line_of_a_200(era, status, words, outcome):
    failed = refused(status, json.dumps({"error": words}).encode(), "x")
    assert failed.outcome == outcome
    assert failed.reason
    assert not {"{", "}", "\n"} & set(failed.reason)
    assert in_stream(words, "x", begun=False).outcome == outcome


def test_an_object_where_a_text_belongs():
    assert in_stream({"code": 500, "message": "out of memory"}, "x", begun=False).outcome == "oom"


def test_unknown_words_are_passed_on_and_cut_off_an_answer():
    assert "flux capacitor" in in_stream("flux capacitor empty", "x", begun=False).reason
    assert in_stream("flux capacitor empty", "x", begun=False).outcome == "error"
    assert in_stream("flux capacitor empty", "x", begun=True).outcome == "aborted-by-runtime"
    assert in_stream("CUDA out of memory", "x", begun=True).outcome == "oom"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (403, b""),
        (404, b"404 page not found"),
        (405, b"405 method not allowed"),
        (502, b"<html><head><title>502 Bad Gateway</title></head></html>"),
        (500, b""),
        (500, b'{"error":""}'),
        (500, b"[" * 100_000),
        (500, b'{"error":{"error":{"error":{"error":{"error":{"error":{"error":{}}}}}}}}'),
        (500, b"\xff\xfe\x00"),
    ],
)
def test_bodies_that_are_not_ollamas(status, body):
    failed = refused(status, body, "x")
    assert failed.outcome == "error"
    assert str(status) in failed.reason
    assert "<" not in failed.reason


def test_hostile_words_are_cleaned():
    failed = refused(500, json.dumps({"error": "a\x1b[31mb\u202ec" + "d" * 5000}).encode(), "x\x1b")
    assert not {"\x1b", "\u202e"} & set(failed.reason)
    assert len(failed.reason) < 400


RECORDED = {
    "error-unknown-model": "not-installed",
    "error-image-not-an-image": "error",
    "error-prompt-too-long": "error",
    "error-not-enough-memory": "oom",
    "error-model-does-not-load": "aborted-by-runtime",
    "error-think-unsupported": "unsupported",
    "error-option-wrong-type": "error",
    "runner-killed-in-load": "oom",
    "runner-killed-in-prefill": "aborted-by-runtime",
}


@pytest.mark.parametrize("version", ["0.24.0", "0.32.15"])
def test_what_real_servers_said(version):
    records = recordings(version)
    there = {name: outcome for name, outcome in RECORDED.items() if name in records}
    assert len(there) >= 8
    got = {name: refused(records[name]["status"], records[name]["lines"][0][1].encode(), "x") for name in there}
    assert {name: failed.outcome for name, failed in got.items()} == there
    assert all("{" not in failed.reason for failed in got.values())
