"""How a board's Ollama is set, out of what real commands print (Ollama's server/routes.go and llm/server.go)."""

from __future__ import annotations

from edgetui.cluster.asking import Answer
from edgetui.cluster.visit.serving import (
    environment,
    flash_attention,
    kv_type,
    listed,
    num_parallel,
    runner_options,
)
from edgetui.model import NA, na

NOTHING = Answer("-- No entries --\n", 1)
HIDDEN = Answer("No journal files were opened due to insufficient permissions.\n", 1)
STARTED = Answer(
    'time=2026-11-20T10:00:00Z level=INFO source=routes.go:1304 msg="server config" env="map[CUDA_VISIBLE_DEVICES:'
    " HTTPS_PROXY:http://me:secret@proxy:3128 OLLAMA_CONTEXT_LENGTH:4096 OLLAMA_FLASH_ATTENTION:false"
    " OLLAMA_HOST:http://192.0.2.1:11434 OLLAMA_KEEP_ALIVE:5m0s OLLAMA_KV_CACHE_TYPE: OLLAMA_MAX_LOADED_MODELS:0"
    ' OLLAMA_MODELS:/home/me/models OLLAMA_NUM_PARALLEL:1 OLLAMA_ORIGINS:[http://localhost] http_proxy:]"\n',
    0,
)


def service(environment: str) -> Answer:
    return Answer(f"LoadState=loaded\nEnvironment={environment}\n", 0)


def test_what_the_running_server_told_goes_before_its_service() -> None:
    told = environment(service("OLLAMA_NUM_PARALLEL=4"), STARTED)
    assert (
        listed(told) == "FLASH_ATTENTION=false, NUM_PARALLEL=1, CONTEXT_LENGTH=4096, KEEP_ALIVE=5m0s,"
        " MAX_LOADED_MODELS=0"
    )
    assert num_parallel(told) == "1"
    assert isinstance(flash_attention(told), NA)  # false is printed where Ollama decides by model, too
    assert isinstance(kv_type(told), NA)


def test_addresses_keys_and_folders_are_not_kept() -> None:
    for answer in (
        environment(NOTHING, STARTED),
        environment(service('"OLLAMA_API_KEY=abc" OLLAMA_HOST=0.0.0.0'), NOTHING),
    ):
        words = str(listed(answer))
        assert not any(part in words for part in ("secret", "192.0.2", "/home", "abc", "0.0.0.0"))


def test_the_service_where_its_log_is_hidden() -> None:
    told = environment(
        service('PATH=/usr/bin "OLLAMA_FLASH_ATTENTION=1" OLLAMA_KV_CACHE_TYPE=q8_0 OLLAMA_NUM_PARALLEL=2'), HIDDEN
    )
    assert (flash_attention(told), kv_type(told), num_parallel(told)) == ("on", "q8_0", "2")
    assert listed(environment(service("PATH=/usr/bin"), HIDDEN)) == "nothing set"


def test_started_by_hand_is_not_nothing_set() -> None:
    found = environment(Answer("LoadState=not-found\nEnvironment=\n", 0), NOTHING)
    assert isinstance(found, NA)
    assert "no service" in found.reason
    assert flash_attention(found) == kv_type(found) == num_parallel(found) == listed(found) == found
    assert environment(na("the line broke"), na("the line broke")) == na("the line broke")


def argv(*words: str, pid: int = 812) -> str:
    return f"/proc/{pid}/cmdline:" + "\0".join((*words, "")) + "\n"


def test_a_runners_options_without_its_files() -> None:
    line = argv(
        "/usr/local/lib/ollama/llama-server",
        "--model",
        "/home/me/.ollama/models/blobs/sha256-1",
        "--port",
        "40001",
        "--flash-attn",
        "auto",
        "-ctk",
        "q8_0",
        "-np",
        "1",
        "--image-min-tokens=1024",
    )
    ours = argv("sh", "-c", "grep -Has -e llama-server -e 'ollama.runner' /proc/[0-9]*/cmdline", pid=900)
    said = runner_options(Answer(line + ours, 0))
    assert said == "llama-server --flash-attn auto --cache-type-k q8_0 --parallel 1 --image-min-tokens 1024"


def test_an_option_without_a_value() -> None:
    line = argv("/usr/bin/ollama", "runner", "--flash-attn", "--kv-cache-type", "f16", "--model", "/x")
    assert runner_options(Answer(line, 0)) == "ollama runner --flash-attn --kv-cache-type f16"


def test_two_runners_and_none() -> None:
    two = argv("/usr/bin/ollama", "runner", "--model", "a") + argv("/usr/bin/ollama", "runner", pid=9)
    assert isinstance(found := runner_options(Answer(two, 0)), NA)
    assert "2 runners" in found.reason
    assert isinstance(found := runner_options(Answer("", 1)), NA)
    assert "no runner" in found.reason
    assert runner_options(na("late")) == na("late")
