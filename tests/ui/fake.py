"""A Background without boards: States and runs as scripted, no thread, no clock of its own."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image

from edgetui.cluster.actions import Action
from edgetui.cluster.alerts import Standing
from edgetui.cluster.live import LiveReply, LiveRun, make_run
from edgetui.cluster.performing import Done
from edgetui.cluster.plan import Order, Question
from edgetui.cluster.visit.visit import Visit
from edgetui.config import Board, Config
from edgetui.errors import StoreError
from edgetui.model import (
    Event,
    Finding,
    HistoryPoint,
    Identity,
    InstalledModel,
    LoadedModel,
    Metrics,
    OllamaInfo,
    Phases,
    Reply,
    Sample,
    State,
    Throttle,
    na,
)
from edgetui.tasks import Item, Task

NOW = 1_780_000_000.0
GIB = float(1 << 30)
EIGHT = ("rtx3060", "orin-nano", "pi5", "pi4-8g", "pi4-4g", "nano-4g", "nano-2g", "pi2")
MODELS = {
    "rtx3060": "NVIDIA GeForce RTX 3060",
    "orin-nano": "NVIDIA Jetson Orin Nano Developer Kit",
    "pi5": "Raspberry Pi 5 Model B Rev 1.0",
    "pi4-8g": "Raspberry Pi 4 Model B Rev 1.4",
    "pi4-4g": "Raspberry Pi 4 Model B Rev 1.2",
    "nano-4g": "NVIDIA Jetson Nano Developer Kit",
    "nano-2g": "NVIDIA Jetson Nano 2GB Developer Kit",
    "pi2": "Raspberry Pi 2 Model B Rev 1.1",
}
MEMORY = {
    "rtx3060": 32,
    "orin-nano": 7.4,
    "pi5": 7.9,
    "pi4-8g": 7.6,
    "pi4-4g": 3.7,
    "nano-4g": 3.9,
    "nano-2g": 1.9,
    "pi2": 0.9,
}
INSTALLED = (
    InstalledModel("qwen2.5vl:3b", "sha256:fb90415cde1e", int(3.2 * GIB), "Q4_K_M", "3.8B"),
    InstalledModel("moondream:1.8b", "sha256:55fc3abd3867", int(1.7 * GIB), "Q4_0", "1.4B"),
)


class FakeBackground:
    """What the screen may call, and what was called."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.states: dict[str, State] = {b.name: State(board=b.name) for b in config.board}
        self.runs: list[LiveRun] = []
        self.store_error, self.owed = "", 0
        self.failure: BaseException | None = None
        self.working: dict[str, LiveReply] = {}
        self.queued: dict[str, int] = {}
        self.calls: list[tuple[object, ...]] = []
        self.visits: dict[str, Visit] = {}
        self.dones: list[Done] = []
        self.readonly = config.ui.readonly
        self.stored: dict[str, list[HistoryPoint]] = {}
        self.told: list[Event] = []
        self.alerts: tuple[Standing, ...] = ()
        self.holds: dict[str, str] = {}
        self.answer: Future[Any] | None = None
        """Of what is asked of Store or Cluster; None: there is none."""

    def start(self) -> None:
        self.calls.append(("start",))

    def close(self, timeout: float = 3.0) -> None:
        self.calls.append(("close",))

    def fire(self, *orders: Order) -> LiveRun:
        self.calls.append(("fire", *orders))
        run = make_run(orders, {b.name: b.ollama_port for b in self.config.board})
        self.runs.append(run)
        return run

    def go_on(self, run: LiveRun) -> Future[None]:
        self.calls.append(("go_on", run))
        self.runs.append(run)
        return Future()

    def pause_run(self, run: LiveRun, on: bool) -> None:
        self.calls.append(("pause", on))

    def cancel_cells(self, cells: Iterable[LiveReply]) -> None:
        self.calls.append(("cancel_cells", *cells))

    @property
    def events(self) -> tuple[Event, ...]:
        return tuple(self.told)

    def cancel(self, run: LiveRun, board: str | None = None) -> None:
        self.calls.append(("cancel", board))
        for live in run.replies:
            if live.reply is None and board in (None, live.request.board):
                finish(live, "cancelled", reason="cancelled by the user")

    def running_on(self, board: str) -> LiveReply | None:
        return self.working.get(board)

    def waiting_on(self, board: str) -> int:
        return self.queued.get(board, 0)

    def past(self, board: str, since: float, until: float, points: int) -> Future[list[HistoryPoint]]:
        self.calls.append(("past", board, since, until))
        answer: Future[list[HistoryPoint]] = Future()
        answer.set_result([p for p in self.stored.get(board, []) if since <= p.sample.time < until])
        return answer

    def happened(self, board: str, since: float, until: float) -> Future[list[Event]]:
        answer: Future[list[Event]] = Future()
        answer.set_result([e for e in self.told if e.board in ("", board) and since <= e.time <= until])
        return answer

    def visit(self, board: str) -> Visit | None:
        return self.visits.get(board)

    def act(self, board: str, action: Action, password: str = "") -> Future[Done]:
        self.calls.append(("act", board, action.title, password))
        answer: Future[Done] = Future()
        answer.set_result(self.dones.pop(0) if self.dones else Done(True, f"{action.title}: done", 0))
        return answer

    def search(self, query: str, since: float, until: float, limit: int) -> Future[list[Event]]:
        answer: Future[list[Event]] = Future()
        hay = {id(e): f"{e.board} {e.kind} {e.text}".lower() for e in self.told}
        found = [e for e in self.told if all(word in hay[id(e)] for word in query.lower().split())]
        answer.set_result([e for e in found if since <= e.time <= until][: -limit - 1 : -1])
        return answer

    def consult(self, question: object) -> Future[Any]:
        return self.ask(question)

    def ask(self, question: object) -> Future[Any]:
        if self.answer is not None:
            return self.answer
        nothing: Future[Any] = Future()
        nothing.set_exception(StoreError("there is neither a Store nor a Cluster"))
        return nothing

    def held(self, board: str) -> str:
        return self.holds.get(board, "")

    def acknowledge(self, alert: Standing) -> None:
        self._replace(alert, acknowledged=True)

    def silence(self, alert: Standing, until: float) -> None:
        self._replace(alert, silenced_until=until)

    def _replace(self, alert: Standing, **changes: Any) -> None:
        same = [(a.rule.title, a.board) == (alert.rule.title, alert.board) for a in self.alerts]
        self.alerts = tuple(replace(a, **changes) if s else a for a, s in zip(self.alerts, same, strict=True))

    def accept_host_key(self, board: str) -> None:
        self.calls.append(("accept", board))

    def retry(self, board: str) -> None:
        self.calls.append(("retry", board))


def config(names: Iterable[str] = EIGHT, **more: object) -> Config:
    boards = tuple(Board(name=name, tags=("lab",), reference=name == "rtx3060") for name in names)
    return Config(board=boards, **more)  # type: ignore[arg-type]


def sample(name: str, time: float = NOW, celsius: float = 52.0, **more: object) -> Sample:
    total = MEMORY.get(name, 8) * GIB
    pi = name.startswith("pi")
    fields: dict[str, object] = {
        "uptime_s": 86400.0 * 3,
        "temperature_c": celsius,
        "limit_c": 80.0 if pi else 97.0,
        "zones": (("cpu-thermal", celsius), ("gpu-thermal", na("no sensor") if pi else celsius - 1.5)),
        "throttle": (),
        "cpu_percent": 12.0,
        "cores_percent": (9.0, 14.0, 8.0, 17.0),
        "load_1": 0.42,
        "clock_hz": 1.5e9,
        "clock_max_hz": 2.4e9 if name == "pi5" else 1.5e9,
        "clock_source": "real",
        "memory_total_bytes": total,
        "memory_available_bytes": total * 0.7,
        "swap_total_bytes": 2 * GIB,
        "swap_used_bytes": 0.0,
        "oom_kills": 0.0,
        "gpu_percent": na("no counter on this board") if pi else 3.0,
        "gpu_clock_hz": na("no counter on this board") if pi else 0.62e9,
        "power_w": na("no sensor") if name in ("pi2", "pi4-4g", "pi4-8g") else 6.4,
        "power_scope": na("no sensor")
        if name in ("pi2", "pi4-4g", "pi4-8g")
        else ("PMIC rails" if pi else "module input"),
        "fan_rpm": 3120.0 if name == "pi5" else na("no fan sensor"),
    }
    return Sample(time=time, **(fields | more))  # type: ignore[arg-type]


def up(name: str, celsius: float = 52.0, *, speed: float = 20.0, **more: object) -> State:
    wave = [celsius - 18 + 18 * i / 119 + (i * 7 % 5) / 3 for i in range(119)]
    last = sample(name, NOW, celsius, **more)
    history = deque([sample(name, NOW - 119 + i, c) for i, c in enumerate(wave)] + [last], maxlen=120)
    return State(
        board=name,
        link="up",
        reason="",
        since=NOW - 300,
        identity=Identity(
            family="raspberry-pi" if name.startswith("pi") else "jetson" if "nano" in name else "linux",
            model=MODELS.get(name, "Some board"),
            os="Debian GNU/Linux 12 (bookworm)",
            kernel="6.6.31",
            arch="aarch64",
            sim_speed=speed,
            findings=(Finding("power", "vcgencmd may not be used", "sudo usermod -aG video $USER"),),
        ),
        ollama=None
        if name == "pi2"
        else OllamaInfo(
            asked_at=NOW,
            version="0.12.3",
            era="B",
            installed=INSTALLED if MEMORY.get(name, 8) > 4 else INSTALLED[1:],
            loaded=(LoadedModel("qwen2.5vl:3b", "sha256:fb90415cde1e", int(4.1 * GIB), 0),),
        ),
        sample=last,
        history=history,
        rtt_s=0.012,
    )


def eight() -> dict[str, State]:
    """The published cluster, with one of everything a card can say."""
    hot = (Throttle("T", "now", "vcgencmd bit 2"), Throttle("F", "now", "bit 1"), Throttle("U", "boot", "bit 16"))
    return {
        "rtx3060": up("rtx3060", 61, cpu_percent=21.0, gpu_percent=97.0, power_w=148.0, power_scope="GPU card"),
        "orin-nano": up("orin-nano", 68, cpu_percent=34.0, gpu_percent=99.0, power_w=14.2),
        "pi5": up("pi5", 81.4, throttle=hot, cpu_percent=100.0, clock_hz=1.8e9, memory_available_bytes=0.6 * GIB),
        "pi4-8g": up("pi4-8g", 77, cpu_percent=100.0, throttle=(Throttle("U", "boot", "bit 16"),)),
        "pi4-4g": up("pi4-4g", 48),
        "nano-4g": State(
            board="nano-4g",
            link="refused",
            reason="the board shows a host key that is not known here",
            remedy="compare the fingerprint, then press A",
            since=NOW - 65,
            fingerprint="SHA256:n7kYdYxkJ0h9S0h2rM6dXo2P0mPqTn3Yw1yV0h4cA1s",
        ),
        "nano-2g": State(
            board="nano-2g",
            link="down",
            reason="no answer from 192.168.1.27 port 22 within 5 s",
            remedy="check power and cable",
            since=NOW - 421,
            attempts=9,
            retry_at=NOW + 12,
            identity=Identity(family="jetson", model=MODELS["nano-2g"], sim_speed=20.0),
        ),
        "pi2": up("pi2", 44, gpu_percent=na("no counter")),
    }


ASK = "How many potholes are there on this road? Answer with one number."
SIGN = "What does the sign say?"


def task(name: str, kind: str, prompt: str, item: Item, folder: Path) -> Task:
    return Task(name, name, kind, prompt, "ollama", None, None, "exact-count", (item,), folder)


def tasks(folder: Path) -> list[Task]:
    """Two tasks, one with a picture."""
    path = folder / "road.png"
    Image.new("RGB", (64, 48), (90, 120, 60)).save(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    road = task("count-potholes", "counting", ASK, Item("road", path, digest, {"count": 3}), folder)
    return [road, *tasks_of_text(folder)]


def tasks_of_text(folder: Path = Path()) -> list[Task]:
    """One task without a picture."""
    return [task("read-text", "ocr", SIGN, Item("sign", None, "", {"text": "STOP"}), folder)]


def order(boards: Iterable[str], **more: object) -> Order:
    """A task without a picture."""
    fields: dict[str, object] = {"task": "count-potholes", "kind": "counting", "prompt": "How many potholes?"}
    fields |= {"items": (Question("road"),), "models": ("qwen2.5vl:3b",), "boards": tuple(boards)}
    return Order(**(fields | more))  # type: ignore[arg-type]


def begin(live: LiveReply, mono: float, phase: str = "decode", words: str = "") -> None:
    """Put a cell to work: ``mono`` is when it left the queue."""
    live.started, live.phase, live.phase_since = mono, phase, mono + 2.0  # type: ignore[assignment]
    live.pieces += [w + " " for w in words.split()]
    if live.pieces:
        live.first_piece, live.last_piece = mono + 2.0, mono + 2.0 + len(live.pieces) / 20


def finish(
    live: LiveReply, outcome: str = "ok", text: str = "", *, e2e: float = 4.0, reason: str = "", **more: object
) -> None:
    """End a cell: ``e2e`` s of the timed request."""
    if text:
        live.pieces.append(text)
    metrics = Metrics()
    if outcome == "ok":
        metrics = Metrics(e2e_s=e2e, ttft_s=e2e / 4, tok_per_s=80 / e2e, prompt_tokens=812.0, output_tokens=61.0)
    live.phase = "done"
    live.reply = Reply(
        request=live.request,
        outcome=outcome,  # type: ignore[arg-type]
        reason=reason,
        text="".join(live.pieces),
        fired_at=NOW - e2e,
        started_at=NOW - e2e,
        finished_at=NOW,
        phases=Phases(
            queue_s=0.0,
            gate_s=0.0,
            load_s=3.9,
            upload_s=0.1,
            encode_s=e2e / 5,
            prefill_s=e2e / 5,
            decode_s=e2e / 2,
            net_s=0.02,
            total_s=e2e + 4,
        ),
        metrics=metrics,
        **({"sim_speed": 20.0} | more),  # type: ignore[arg-type]
    )
    live.sim_speed = live.reply.sim_speed
