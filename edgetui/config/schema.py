"""One pydantic model of all configuration. See ``load`` for where it is read from and how it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import time
from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, ValidationInfo, model_validator


def _placed(path: Path, info: ValidationInfo) -> Path:
    """``~`` expanded; a relative path counts from the folder of the file that names it."""
    try:
        path = path.expanduser()
    except RuntimeError as error:
        raise ValueError("there is no such user's home folder") from error
    return Path(info.context["folder"], path) if info.context else path


FilePath = Annotated[Path, AfterValidator(_placed)]
"""A path in the configuration."""

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")]
"""A board's name: it becomes a file name and a column head."""


class Section(BaseModel):
    """Unknown keys are errors; values do not change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)


class Board(Section):
    """One ``[[board]]``."""

    name: Name
    host: str = ""
    """Address, DNS name or alias of ``~/.ssh/config``; empty means ``name``."""
    user: str = ""
    """Empty: what ``~/.ssh/config`` says, else the user of the host."""
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    key: FilePath | None = None
    """Private key file; None: agent and default keys."""
    jump: str = ""
    """``user@host:port`` or an alias to go through."""
    tags: tuple[str, ...] = ()
    cooling: str = ""
    """Free text, kept with every run: ``bare``, ``heatsink``, ``active cooler``."""
    ambient_c: float | None = None
    local: bool = False
    """This very machine, read through psutil instead of SSH."""
    reference: bool = False
    """Shown first; others are given relative to it."""
    ollama_port: Annotated[int, Field(ge=1, le=65535)] = 11434
    enabled: bool = True

    @property
    def address(self) -> str:
        """What to connect to."""
        return self.host or self.name


class Ssh(Section):
    """``[ssh]``."""

    config: FilePath | None = None
    """An ssh_config to honour; None: ``~/.ssh/config`` where it exists."""
    known_hosts: FilePath | None = None
    """None: ``~/.ssh/known_hosts``."""
    connect_timeout_s: Annotated[float, Field(gt=0, le=300)] = 5.0
    """TCP only."""
    login_timeout_s: Annotated[float, Field(gt=0, le=300)] = 15.0
    """Key exchange and authentication."""
    keepalive_s: Annotated[float, Field(gt=0, le=300)] = 5.0
    """The link is lost after three of them without a byte."""


class StoreSection(Section):
    """``[store]``."""

    path: FilePath | None = None
    """None: ``$XDG_DATA_HOME/edgetui/edgetui.db``."""


class HistorySection(Section):
    """``[history]``: how long readings are kept in the Store, and in how much room. Runs are never dropped."""

    keep_1s_hours: Annotated[float, Field(gt=0, le=48)] = 1.0
    """Readings of each second."""
    keep_10s_hours: Annotated[float, Field(gt=0, le=720)] = 24.0
    keep_60s_days: Annotated[float, Field(gt=0, le=366)] = 30.0
    """Also how long events are kept."""
    max_mb: Annotated[float, Field(ge=10, le=1_000_000)] = 1000.0
    """Of 10⁶ bytes, for all readings together: beyond it the oldest coarse ones go first."""


class GuardSection(Section):
    """``[guard]``: no new work on a board that is too hot, and none at all on one that is far too hot."""

    enabled: bool = True
    hold_c: Annotated[float, Field(gt=0, le=150)] | None = None
    """New work waits from here on; None: at the board's own limit (85 on every Pi)."""
    cancel_c: Annotated[float, Field(gt=0, le=150)] | None = None
    """Running work is ended from here on; None: 10 K above the hold, 5 K below the trip that shuts it down."""
    release_below_k: Annotated[float, Field(ge=0, le=50)] = 5.0
    """So far below the hold the board must cool before waiting work begins."""

    @model_validator(mode="after")
    def _in_order(self) -> GuardSection:
        if self.hold_c is not None and self.cancel_c is not None and self.cancel_c < self.hold_c:
            raise ValueError(f"cancel_c = {self.cancel_c:g} is below hold_c = {self.hold_c:g}")
        return self


AlertMetric = Literal[
    "over_limit_k",  # temperature above the board's own limit
    "throttled",  # 1 while frequency, heat or the soft limit holds it back now
    "under_voltage",  # 1 now
    "swap_growth_bytes",  # within the last 60 s
    "link_down",  # 1 while it is down or refused
    "ollama_down",  # 1 where an Ollama that answered does so no more
    "new_oom_kills",  # since the last second
    "rebooted",  # 1 in the second in which the boot id is another
    "disk_free_percent",  # of the fullest of root and models' file systems
    "temperature_c",
    "cpu_percent",
    "load_1",
    "clock_hz",
    "memory_available_bytes",
    "swap_used_bytes",
    "zram_bytes",
    "pressure_cpu_percent",
    "pressure_io_percent",
    "pressure_memory_percent",
    "gpu_percent",
    "gpu_memory_used_bytes",
    "npu_percent",
    "power_w",
    "fan_rpm",
]
"""What a rule can look at; the last ones are readings as ``watch --json`` has them."""


class AlertRule(Section):
    """One ``[[alert]]``: a metric that is above or below a value for so long raises an alert."""

    name: Annotated[str, Field(max_length=60)] = ""
    """Empty: the metric and its value. A rule takes the place of an earlier one, or of a default, of this name."""
    metric: AlertMetric
    above: float | None = None
    below: float | None = None
    for_s: Annotated[float, Field(ge=0, le=86_400)] = 0.0
    """Host s."""
    boards: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    """With ``boards``: any of either; both empty: every board."""
    quiet: Annotated[str, Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d)?$")] = ""
    """``22:00-07:00``, local time: the alert goes to the log alone."""

    @model_validator(mode="after")
    def _has_a_value(self) -> AlertRule:
        if self.above is None and self.below is None:
            raise ValueError(f"neither above nor below says when {self.metric} is wrong")
        return self

    @property
    def title(self) -> str:
        """What it is called."""
        limits = (("above", self.above), ("below", self.below))
        return self.name or " ".join([self.metric, *(f"{word} {v:g}" for word, v in limits if v is not None)])

    def breached(self, value: float) -> bool:
        """Is this value, in the metric's unit, wrong?"""
        too_high = self.above is not None and value > self.above
        return too_high or (self.below is not None and value < self.below)

    def is_quiet(self, at: time) -> bool:
        """Is this local time within ``quiet``? It may span midnight."""
        if not self.quiet:
            return False
        begin, end = map(time.fromisoformat, self.quiet.split("-"))
        return begin <= at < end if begin <= end else at >= begin or at < end


class AlertsSection(Section):
    """``[alerts]``."""

    defaults: bool = True
    """The rules that need no configuration are in force."""
    hook: tuple[str, ...] = ()
    """A command and its arguments, started for every alert with the event as JSON on its stdin."""


class Interface(Section):
    """``[ui]``."""

    theme: str = "edge-night"
    readonly: bool = False
    """No actions on boards and no shells: for a screen that everybody can reach."""
    keys: dict[str, str] = Field(default_factory=dict)
    """Key binding id to keys: ``"wall.run" = "r,f5"``."""


class RunDefaults(Section):
    """``[run]``: what the launcher and ``edgetui run`` start from."""

    timeout_s: Annotated[float, Field(gt=0)] = 1800.0
    num_ctx: Annotated[int, Field(ge=256, le=16_777_216)] = 4096
    """Tokens; no model is made for so many."""
    num_predict: Annotated[int, Field(ge=1, le=1_000_000)] = 512
    seed: Annotated[int, Field(ge=0, le=4_294_967_295)] = 42
    """llama.cpp keeps 32 bits of it."""
    keep_alive: str = "10m"


class OllamaSection(Section):
    """``[ollama]``: how the boards' Ollamas are treated."""

    memory_watch: bool = True
    """The runner is looked at between requests, and its model unloaded before the next one would not fit."""


class ModelsSection(Section):
    """``[models]``: how models come to boards."""

    parallel: Annotated[int, Field(ge=1, le=64)] = 4
    """Boards that fetch at the same time; the others wait for their turn."""
    stall_s: Annotated[float, Field(gt=0, le=3600)] = 90.0
    """A transfer without a byte for so long is ended; Ollama itself tries again after 30 s."""
    folder: FilePath | None = None
    """Models that this machine can push; None: ``OLLAMA_MODELS``, ``~/.ollama/models``, those of the service."""


class DeploySection(Section):
    """``[deploy]``: versions of programs and models on boards."""

    keep: Annotated[int, Field(ge=2, le=100)] = 3
    """Versions of a name that stay on a board: the current one, the one before, and older ones."""
    allowed_signers: FilePath | None = None
    """Who may sign, as ssh-keygen(1) writes it: what none of them has signed is refused. None: nobody is asked."""


class Config(Section):
    """The whole of ``config.toml``."""

    board: tuple[Board, ...] = ()
    ssh: Ssh = Ssh()
    store: StoreSection = StoreSection()
    history: HistorySection = HistorySection()
    guard: GuardSection = GuardSection()
    alert: tuple[AlertRule, ...] = ()
    alerts: AlertsSection = AlertsSection()
    ui: Interface = Interface()
    run: RunDefaults = RunDefaults()
    ollama: OllamaSection = OllamaSection()
    models: ModelsSection = ModelsSection()
    deploy: DeploySection = DeploySection()
    _path: Path | None = PrivateAttr(None)
    _sources: Callable[[], dict[str, str]] = PrivateAttr(dict)

    @property
    def path(self) -> Path | None:
        """The file this came from; None where there is none. Not a key."""
        return self._path

    @property
    def sources(self) -> dict[str, str]:
        """Who set a value: ``"ui.theme"`` to ``line 12`` or ``EDGETUI_UI__THEME``; what is absent is a default."""
        return self._sources()

    @property
    def store_path(self) -> Path:
        """The database: ``[store] path`` or its default place."""
        return self.store.path or Path(platformdirs.user_data_path("edgetui"), "edgetui.db")

    def of_boards(self, boards: Iterable[Board]) -> Config:
        """The same for these boards alone and without an alert hook: the app's own may run beside, and it fires."""
        alerts = self.alerts.model_copy(update={"hook": ()})
        return self.model_copy(update={"board": tuple(boards), "alerts": alerts})

    def read_from(self, path: Path | None, sources: Callable[[], dict[str, str]]) -> Config:
        """The same, knowing where it was read; ``sources`` is called when somebody asks: 500 boards have 4000."""
        self._path, self._sources = path, sources
        return self
