"""Answering: the slot, the stages of work, the lines, and the figures at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from edgetui.sim import work
from edgetui.sim.ollama import catalog, errors
from edgetui.sim.ollama.answers import Answer, CutPicture, Gallery, Letters, NoPicture, Seen, as_json, see
from edgetui.sim.ollama.asking import Ask
from edgetui.sim.ollama.lines import Clock, Plan, last, line, logprobs
from edgetui.sim.ollama.residence import Loaded, Residence, Work, digest
from edgetui.sim.ollama.stream import Emit, Line
from edgetui.sim.ollama.wire import Left, Wire

MAX_QUEUE = 512
REPEATS = 30
"""More equal tokens in a row than this end the stream, without a last line."""
_GARBLED_CHANCE = 0.6
_KEPT_FIRST = 4
"""Tokens that llama-server keeps of the beginning of a prompt that is too long, before its last half."""
_TEXT_TOKENS = 10
"""The chat template's own."""


class Answering:
    """Answers one request at a time; others wait in the order in which they came."""

    def __init__(self, residence: Residence, number: tuple[int, int, int], gallery: Gallery) -> None:
        self.residence = residence
        self.active = 0
        """Requests that wait or work."""
        self.next_answers: list[Callable[[Answer], Answer]] = []
        """Faults: each changes the next answer and is used up."""
        self._number = number
        self._era_c = number >= catalog.ERA_C
        self._gallery = gallery

    async def answer(self, ask: Ask, began: float, wire: Wire, emit: Emit) -> None:
        """Give the lines of the answer to ``emit``. Raises Refusal, Left."""
        if self.active >= MAX_QUEUE:
            raise errors.busy()
        self.active += 1
        try:
            if ask.empty:
                await emit(await self._load_only(ask, began, wire))
            else:
                await self._whole(ask, Clock(began), wire, emit)
        finally:
            self.active -= 1

    async def _load_only(self, ask: Ask, began: float, wire: Wire) -> Line:
        if ask.keep_alive == 0:
            if (held := self.residence.loaded.get(ask.model.digest)) is not None:
                held.keep_alive = 0
                if not held.users:
                    self.residence.drop(held)
            return line(ask, "") | {"done": True, "done_reason": "unload"}
        held, _ = await self.residence.load(ask, began, lambda: wire.gone)
        self.residence.begin(held)
        self.residence.end(held)
        return line(ask, "") | {"done": True, "done_reason": "load"}

    async def _whole(self, ask: Ask, clock: Clock, wire: Wire, emit: Emit) -> None:
        held, clock.ready = await self.residence.load(ask, clock.began, lambda: wire.gone)
        self.residence.begin(held)
        try:
            waited = self.residence.slot.locked()
            async with self.residence.slot:
                clock.slot = self.residence.board.world.now() if waited else clock.ready
                try:
                    await self._run(ask, held, clock, wire, emit)
                finally:
                    held.slot.stop()
        finally:
            self.residence.end(held)

    async def _run(self, ask: Ask, held: Loaded, clock: Clock, wire: Wire, emit: Emit) -> None:
        if ask.form == "bad":
            quoted = ask.format_text.replace('"', '\\"')
            text = f'invalid format: "{quoted}"; expected "json" or a valid JSON Schema object'
            raise errors.Refusal(500, text, late=True)
        plan = await self._plan(ask, held)
        await self._read(ask, held, plan, clock, wire)
        pieces = plan.answer.pieces[: None if plan.answer.per_s else self._limit(ask, held)]
        reason = "length" if len(pieces) < len(plan.answer.pieces) else "stop"
        if await self._speak(ask, held, plan, pieces, clock, wire, emit):
            await emit(last(ask, plan, clock, len(pieces), reason, self.residence.board.world, self._number))

    async def _speak(
        self, ask: Ask, held: Loaded, plan: Plan, pieces: list[bytes], clock: Clock, wire: Wire, emit: Emit
    ) -> bool:
        """A line as soon as something can be read. False: it broke off, and nobody says so."""
        letters, tokens, before, repeated = Letters(), list[bytes](), "", 0
        for index, piece in enumerate(pieces):
            if index > plan.answer.at_once:
                await self._token(ask, held, plan, clock)
            try:
                said = letters.add(piece)
            except UnicodeDecodeError as error:
                if self._era_c:
                    return False
                said = letters.salvage(error)
            tokens.append(piece)
            if said:
                await emit(line(ask, said) | logprobs(ask, tokens))
                repeated = repeated + 1 if said.strip() == before else 1
                tokens, before = [], said.strip()
                if repeated > REPEATS:
                    return False
            if wire.gone:
                raise Left
        return True

    # the work

    async def _plan(self, ask: Ask, held: Loaded) -> Plan:
        seen = await self._look(ask)
        pictures = tuple(digest(p) for p in ask.pictures) if seen else ()
        if self._era_c and held.begins_an_album(pictures):
            raise errors.chunk_not_found()
        knows_pictures, knows_all = held.knows(pictures, ask.text)
        words = _TEXT_TOKENS + round(len(ask.text) / 4)
        in_pictures = sum(ask.model.tokens_of(s.size, self._era_c) for s in seen)
        tokens = words + in_pictures
        if tokens > held.num_ctx:
            if not ask.truncate:
                raise errors.too_long(tokens, held.num_ctx, era_c=self._era_c)
            tokens = _KEPT_FIRST + (held.num_ctx - _KEPT_FIRST) // 2 if self._era_c else held.num_ctx
        patches = 0 if knows_pictures else sum(ask.model.patches_of(s.size, self._era_c) for s in seen)
        same_prefix = pictures == held.prompt[0] and seen
        new = 1 if knows_all else min(words, tokens) if same_prefix else tokens
        held.pictures.extend(pictures)
        held.albums.add(pictures)
        held.prompt = (pictures, ask.text)
        self.residence.remember(held, tokens, new)
        return Plan(tokens, new, min(in_pictures, tokens) if new == tokens else 0, patches, self._answer(ask, seen))

    async def _look(self, ask: Ask) -> tuple[Seen, ...]:
        if not ask.model.sees:
            if ask.pictures and self._era_c:
                raise errors.blind()
            return ()
        return tuple([await asyncio.to_thread(self._see, picture) for picture in ask.pictures])

    def _see(self, picture: bytes) -> Seen:
        """Era C answers a picture that was cut as if it were whole."""
        try:
            return see(picture)
        except NoPicture as e:
            raise errors.not_a_picture(era_c=self._era_c) from e
        except CutPicture as e:
            if self._era_c:
                return e.seen
            raise errors.broken_jpeg() from e

    def _answer(self, ask: Ask, seen: tuple[Seen, ...]) -> Answer:
        board = self.residence.board
        lowest, fixed = catalog.GARBLED
        garbled = ask.model.name == "moondream:latest" and board.kind.jetson and board.kind.gpu
        garbled = garbled and lowest <= self._number < fixed and ask.options.get("num_gpu") != 0
        if garbled and board.chance.random() < _GARBLED_CHANCE:
            return Answer("G" * 64, 64)
        answer = self._gallery.answer(ask.model.name, seen, ask.text)
        if ask.form == "json":
            answer = as_json(answer)
        return self.next_answers.pop(0)(answer) if self.next_answers else answer

    async def _read(self, ask: Ask, held: Loaded, plan: Plan, clock: Clock, wire: Wire) -> None:
        """Encode the pictures, read the prompt, make the first token.

        A picture in work is encoded to its end, whether anybody waits for it or not; after that era C hears of it,
        era B at the first token (measured: 14 s and 6 s after a cancel in encode).
        """
        kind, cost = self.residence.board.kind, ask.model.cost

        def check() -> None:
            self._survive("prefill", held)
            if wire.gone and self._era_c:
                raise Left

        clock.now = clock.slot
        held.slot.begin(ask, plan.prompt_tokens, plan.new_tokens, plan.picture_tokens)
        if plan.patches:
            await self._do(work.overhead(kind), clock, lambda: self._survive("encode", held))
            held.slot.encoding()
            await self._do(work.vision(kind, cost, plan.patches), clock, lambda: self._survive("encode", held))
        clock.encoded = clock.slot if self._era_c else clock.now
        for tokens in held.slot.batches():
            await self._do(work.prefill(kind, cost, tokens), clock, check)
        await self._do(work.token(kind, cost), clock, check)
        held.slot.wrote()
        clock.first = clock.now
        if wire.gone:
            raise Left

    async def _token(self, ask: Ask, held: Loaded, plan: Plan, clock: Clock) -> None:
        board = self.residence.board
        if plan.answer.per_s:
            clock.now += board.world.speed / plan.answer.per_s
            await board.world.until(clock.now)
            self._survive("decode", held)
        else:
            await self._do(work.token(board.kind, ask.model.cost), clock, lambda: self._survive("decode", held))
        held.slot.wrote()

    async def _do(self, stage: work.Stage, clock: Clock, check: Callable[[], None]) -> None:
        clock.now = await self.residence.board.work(stage, clock.now, check)

    def _survive(self, doing: Work, held: Loaded) -> None:
        """Raises Refusal where the runner is killed."""
        if self.residence.strikes(doing, held):
            raise errors.killed_running(era_c=self._era_c, streaming=doing == "decode")

    def _limit(self, ask: Ask, held: Loaded) -> int:
        wanted = ask.number("num_predict", -1)
        most = 10 * held.num_ctx
        return most if wanted < 0 else min(wanted, most)
