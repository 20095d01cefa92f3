"""One pydantic model of all configuration. See ``load`` for where it is read from and how it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import platformdirs
from pydantic import Field, PrivateAttr, model_validator

from edgetui.config.alerts import AlertRule, AlertsSection
from edgetui.config.section import FilePath, Host, Name, Section


class Board(Section):
    """One ``[[board]]``."""

    name: Name
    host: Host = ""
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


Pictures: TypeAlias = Literal["auto", "kitty", "sixel", "blocks"]
"""How the terminal draws a picture in full size; ``auto``: it is asked, ``blocks``: not at all."""


class Interface(Section):
    """``[ui]``."""

    theme: str = "edge-night"
    readonly: bool = False
    """No actions on boards and no shells: for a screen that everybody can reach."""
    pictures: Pictures = "auto"
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
