"""The slot of a simulated llama-server: what its ``/slots`` shows and its log says while it works on a request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from edgetui.sim.ollama.asking import Ask
from edgetui.sim.ollama.wire import Left, Wire
from edgetui.sim.world import World

BATCH = 512
"""Tokens of a prompt that are read at once."""
LEAD = 11
"""Tokens that stand before a picture."""
_SAID_AFTER_S = 3.0
"""Board's s from which on each batch is logged."""
_SAMPLERS = ("penalties", "dry", "top_n_sigma", "top_k", "typ_p", "top_p", "min_p", "xtc", "temperature")


class Slot:
    """One, for a runner has no more. Up to 0.24 nobody can see it and nothing is logged."""

    def __init__(self, world: World, num_ctx: int, log: Callable[[str], None]) -> None:
        self._world = world
        self._num_ctx = num_ctx
        self._log = log
        self._tasks = -1
        self._busy = False
        self._cached = self._processed = self._in_work = self._written = self._most = 0
        self._total = self._pictured = 0
        self._seed, self._temperature = 0, 0.0
        self._began = self._first = 0.0

    # the work

    def begin(self, ask: Ask, total: int, new: int, pictured: int) -> None:
        """A request of so many prompt tokens, ``new`` of which must be read, ``pictured`` of them a picture's."""
        self._tasks += 1
        self._busy, self._total, self._cached, self._pictured = True, total, total - new, min(pictured, new)
        self._processed = self._in_work = self._written = 0
        self._most = ask.number("num_predict", -1)
        self._seed, self._temperature = ask.number("seed", 0), float(ask.options.get("temperature", 0.8))
        self._began = self._world.now()
        self._say("launch_slot_", "processing task, is_child = 0")
        words = f"new prompt, n_ctx_slot = {self._num_ctx}, n_keep = 4, task.n_tokens = {total}"
        self._say("  operator()", words)
        self._say_cached()
        if self._pictured:
            self._processed = min(LEAD, new - self._pictured)
            self._say_cached()

    def encoding(self) -> None:
        """The picture goes into its encoder."""
        start = self._cached + self._processed
        self._say("process_mtmd", f"encoding mtmd batch from idx = {start}, n_chunks = 1")

    def batches(self) -> Iterator[int]:
        """Tokens of each batch of the prompt, to be worked on before the next is taken."""
        lead = self._processed
        yield from self._picture(lead)
        left = self._total - self._cached - self._processed
        while left > 0:
            self._in_work = min(BATCH, left)
            if self._in_work == left:
                words = f"init sampler, took 0.03 ms, tokens: text = {self._total - self._pictured}"
                self._say("init_sampler", f"{words}, total = {self._total}")
            yield self._in_work
            self._processed += self._in_work
            left, self._in_work = left - self._in_work, 0
            if left:
                self._say_batch()
                self._say_cached()
        self._first = self._world.now()

    def _picture(self, lead: int) -> Iterator[int]:
        """Decoded in batches, but told as one."""
        left, count = self._pictured, -(-self._pictured // BATCH)
        for number in range(1, count + 1):
            tokens = min(BATCH, left)
            began = self._world.now()
            self._log(f"decoding image batch {number}/{count}, n_tokens_batch = {tokens}")
            yield tokens + (lead if number == 1 else 0)
            took_ms = (self._world.now() - began) / self._world.speed * 1000
            self._log(f"image decoded (batch {number}/{count}) in {took_ms:.0f} ms")
            left -= tokens
        self._processed += self._pictured

    def wrote(self) -> None:
        """A token of the answer."""
        self._written += 1

    def stop(self) -> None:
        """The request is over, or was given up."""
        if not self._busy:
            return
        read_s, wrote_s = self._seconds(self._first - self._began), self._seconds(self._world.now() - self._first)
        if self._total == self._cached + self._processed:
            self._say_time("prompt eval time", read_s, self._processed)
            self._say_time("       eval time", wrote_s, self._written)
        else:
            self._log(f"srv          stop: cancel task, id_task = {self._tasks}")
        held = self._held
        self._busy = False
        self._say("     release", f"stop processing: n_tokens = {held}, truncated = 0")
        self._log("srv  update_slots: all slots are idle")

    def _seconds(self, world_s: float) -> float:
        return max(1e-6, world_s / self._world.speed)

    def _say(self, who: str, words: str) -> None:
        self._log(f"slot {who}: id  0 | task {self._tasks} | {words}")

    def _say_cached(self) -> None:
        done = self._cached + self._processed
        self._say("  operator()", f"cached n_tokens = {done}, memory_seq_rm [{done}, end)")

    def _say_batch(self) -> None:
        if (took := self._world.now() - self._began) < _SAID_AFTER_S:
            return
        share, t = (self._cached + self._processed) / self._total, self._seconds(took)
        words = f"prompt processing, n_tokens = {self._processed:6d}, progress = {share:.2f}, t = {t:6.2f} s"
        self._say("print_timing", f"{words} / {self._processed / t:.2f} tokens per second")

    def _say_time(self, what: str, took_s: float, tokens: int) -> None:
        ms = took_s * 1000
        each = f"{ms / max(1, tokens):8.2f} ms per token, {tokens / took_s:8.2f} tokens per second"
        self._say("print_timing", f"{what} = {ms:10.2f} ms / {tokens:5d} tokens ({each})")

    # what is shown

    @property
    def _held(self) -> int:
        return self._cached + self._processed + self._in_work + self._written

    def shown(self) -> list[dict[str, Any]]:
        """``GET /slots``."""
        slot: dict[str, Any] = {
            "id": 0, "n_ctx": self._num_ctx, "speculative": False, "is_processing": self._busy,
        }  # fmt: skip
        if self._tasks < 0:
            return [slot]
        busy = self._busy
        slot |= {
            "id_task": self._tasks,
            "n_prompt_tokens": self._held,
            "n_prompt_tokens_processed": self._processed if busy else 0,
            "n_prompt_tokens_cache": self._cached if busy else 0,
            "params": self._params(),
            "next_token": [
                {
                    "has_next_token": busy,
                    "has_new_line": False,
                    "n_remain": self._most - self._written if busy else -1,
                    "n_decoded": self._written if busy else 0,
                }
            ],
        }
        return [slot]

    def _params(self) -> dict[str, Any]:
        return {
            "seed": self._seed, "temperature": self._temperature, "dynatemp_range": 0.0, "dynatemp_exponent": 1.0,
            "top_k": 40, "top_p": 0.8999999761581421, "min_p": 0.0, "top_n_sigma": -1.0, "xtc_probability": 0.0,
            "xtc_threshold": 0.10000000149011612, "typical_p": 1.0, "repeat_last_n": 64, "repeat_penalty": 1.0,
            "presence_penalty": 0.0, "frequency_penalty": 0.0, "dry_multiplier": 0.0, "dry_base": 1.75,
            "dry_allowed_length": 2, "dry_penalty_last_n": 64, "mirostat": 0, "mirostat_tau": 5.0,
            "mirostat_eta": 0.10000000149011612, "adaptive_target": -1.0, "adaptive_decay": 0.8999999761581421,
            "max_tokens": self._most, "n_predict": self._most, "n_keep": 4, "n_discard": 0, "ignore_eos": False,
            "stream": True, "n_probs": 0, "min_keep": 0, "chat_format": "Content-only",
            "reasoning_format": "deepseek", "reasoning_in_content": False, "generation_prompt": "",
            "samplers": list(_SAMPLERS), "speculative.types": "none", "timings_per_token": False,
            "post_sampling_probs": False, "backend_sampling": False, "lora": [],
        }  # fmt: skip


async def serve(wire: Wire, slot: Slot) -> None:
    """The runner's own HTTP: as much of it as somebody asks for."""
    try:
        while True:
            request = await wire.request()
            if (request.method, request.path) == ("GET", "/slots"):
                await wire.json(slot.shown())
            elif (request.method, request.path) == ("GET", "/health"):
                await wire.json({"status": "ok"})
            else:
                error = {"code": 404, "message": "File Not Found", "type": "not_found_error"}
                await wire.json({"error": error}, 404)
    except Left:
        pass
    finally:
        wire.close()
