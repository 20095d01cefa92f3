"""The simulated Ollama against recordings of real servers: same status, type, keys, order of lines, error texts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from edgetui.sim.ollama.answers import Answer, Gallery, Seen
from edgetui.sim.ollama.catalog import Model
from edgetui.sim.work import Cost
from tests.sim.served import picture, served

GOLDEN = Path(__file__).parents[1] / "golden" / "ollama"
NOT_YET = {
    "create-from-blob": "create is not simulated",
    "create-missing-blob": "create is not simulated",
    "blob-post-new": "uploading blobs is not simulated",
    "blob-post-existing": "uploading blobs is not simulated",
    "blob-wrong-digest": "uploading blobs is not simulated",
    "error-model-does-not-load": "no broken model is installed",
    "empty-200-stream": "no request was recorded with it",
    "empty-200-nonstream": "no request was recorded with it",
    "ps-two-digests-one-name": "the model was created anew before the recording began",
    "tags-empty": "models are installed here",
}
CACHE_BUG = "got exception: Chunk not found"
"""An error of llama-server's prompt cache that comes by chance: not simulated."""


class Chatter(Gallery):
    """Answers longer than any num_predict of the recordings; ``…gggg`` and ``…moong`` say G only."""

    def __init__(self) -> None:
        super().__init__([])

    def answer(self, model: str, seen: tuple[Seen, ...], prompt: str) -> Answer:
        return Answer("G" * 64, 64) if re.match(r"edge-(gggg|moong)", model) else Answer("ab " * 64, 64)


def model(name: str, era_c: bool) -> Model:
    family = "phi2" if era_c else "mistral3"
    return Model(
        name=f"{name}:latest",
        digest="17075cabd44a269dbaae50198ed1bb3cefb18cef5fa19ba38d38f0b4e81ae81c",
        size=1161323,
        family=family,
        families=[family],
        parameter_size="575K",
        quantization_level="F16",
        context_length=2**31 if name == "edge-huge" else 2048 if era_c else 8192,
        embedding_length=128,
        capabilities=["completion", "vision"],
        template="[INST]{{ .Prompt }}[/INST]",
        parameters=["num_ctx                        2048"],
        info={"general.architecture": family},
        projector={"clip.has_vision_encoder": True} if era_c else {},
        layers=[("17075cabd44a269dbaae50198ed1bb3cefb18cef5fa19ba38d38f0b4e81ae81c", 1161323)],
        cost=Cost(
            file_gb=0.001, memory_gb=0.01, kv_bytes=2048, text_b=0.01, text_gb=0.01, vision_b=0.01, patches=729,
            picture_tokens=729 if era_c else 80,
        ),
    )  # fmt: skip


def sent(value: Any) -> Any:
    """The request with pictures and long texts put back in."""
    if isinstance(value, dict):
        return {key: sent(item) for key, item in value.items()}
    if isinstance(value, list):
        return [sent(item) for item in value]
    if not isinstance(value, str):
        return value
    if found := re.fullmatch(r"(.*)<scene\.(\w+) (\d+)x(\d+).*>", value):
        form = {"jpg": "JPEG"}.get(found[2], found[2].upper())
        return found[1] + picture(int(found[3]), int(found[4]), form)
    return "cat " * 4000 if value == "<'cat ' 4000 times>" else value


def shape(value: Any) -> Any:
    """Keys in their order and types; of a list, what its first element is like. Free: contents, model_info."""
    if isinstance(value, dict):
        return [(key, "map" if key in ("model_info", "projector_info") else shape(v)) for key, v in value.items()]
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def alike(line: str) -> Any:
    """What must be the same in a line: errors word for word, anything else by its shape."""
    value = json.loads(line) if line.startswith("{") else line
    if isinstance(value, str):
        return value
    return re.sub(r"\d{4,}", "N", value["error"]) if "error" in value else shape(value)


def recordings(version: str) -> list[dict[str, Any]]:
    lines = (GOLDEN / f"requests-{version}.jsonl").read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines if line]


@pytest.mark.parametrize("version", ["0.24.0", "0.32.15"])
async def test_every_recorded_exchange_comes_out_alike(version):
    era_c = version == "0.32.15"
    names = (
        ["edge-moon", "edge-moong", "edge-moonb"] if era_c else ["edge-tiny", "edge-gggg", "edge-mid", "edge-huge"]
    )
    models = {f"{name}:latest": model(name, era_c) for name in names}
    wrong, compared = [], 0
    async with served("pi5", version, models=models, gallery=Chatter()) as it:
        for record in recordings(version):
            name = record["name"]
            if name in NOT_YET or any(CACHE_BUG in text for _, text in record["lines"]):
                continue
            body = None if record["request"] is None else json.dumps(sent(record["request"])).encode()
            if record["request"] == "<raw>":
                body = {"error-empty-body": b"", "error-bad-json": b"{nope"}[name]
            headers = record.get("request_headers") or {}
            path = record["path"].replace("17075", "00000") if name == "blob-absent" else record["path"]
            answer = await it.client.request(record["method"], path, content=body, headers=headers)
            compared += 1
            lines = [line for line in answer.text.split("\n") if line]
            got = {
                "status": answer.status_code,
                "type": answer.headers.get("content-type"),
                "chunked": "transfer-encoding" in answer.headers,
                "first": alike(lines[0]) if lines else None,
                "last": alike(lines[-1]) if lines else None,
                "kinds": {str(alike(line)) for line in lines},
            }
            texts = [text for _, text in record["lines"]]
            want = {
                "status": record["status"],
                "type": record["content_type"],
                "chunked": record["chunked"],
                "first": alike(texts[0]) if texts else None,
                "last": alike(texts[-1]) if texts else None,
                "kinds": {str(alike(text)) for text in texts},
            }
            wrong += [
                f"{name}: {key}: {got[key]!r} instead of {want[key]!r}" for key in got if got[key] != want[key]
            ]
    assert not wrong, "\n".join(wrong)
    assert compared > 50


async def test_the_repetition_abort_has_31_lines_as_recorded():
    async with served("pi5", models={"edge-gggg:latest": model("edge-gggg", False)}, gallery=Chatter()) as it:
        request = {"model": "edge-gggg", "messages": [{"role": "user", "content": "x"}]}
        answer = await it.client.post("/api/chat", json=request)
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert len(lines) == 31
    assert not any(line["done"] for line in lines)
