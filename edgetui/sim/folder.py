"""The folder of a simulated cluster: keys, known_hosts and a configuration that edgetui can use at once."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import asyncssh
import tomli_w

from edgetui.sim.station import ADDRESS, Station

USER = "edge"


def user_key(folder: Path) -> asyncssh.SSHKey:
    """The key that opens every board; made where there is none."""
    return _key(folder / "key")


def host_key(folder: Path, name: str) -> asyncssh.SSHKey:
    """The board's own key; kept, so that a cluster started anew is still known."""
    return _key(folder / "hosts" / name)


def _key(path: Path) -> asyncssh.SSHKey:
    if path.exists():
        return asyncssh.read_private_key(path)
    key = asyncssh.generate_private_key("ssh-ed25519")
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(key.export_private_key())
    return key


def write(folder: Path, stations: Iterable[Station]) -> Path:
    """Write ``known_hosts``, an empty ``ssh_config`` and ``config.toml``; returns the path of the last."""
    boards, hosts = [], []
    for station in stations:
        boards.append(_board(station, folder))
        public = station.host_key.export_public_key().decode().strip()
        hosts.append(f"[{ADDRESS}]:{station.port} {public}\n")
    config: dict[str, Any] = {
        "ssh": {"config": str(folder / "ssh_config"), "known_hosts": str(folder / "known_hosts")},
        "store": {"path": str(folder / "edgetui.db")},
        "board": boards,
    }
    (folder / "ssh_config").write_text("")
    (folder / "known_hosts").write_text("".join(hosts))
    path = folder / "config.toml"
    path.write_text(tomli_w.dumps(config))
    return path


def _board(station: Station, folder: Path) -> dict[str, Any]:
    kind = station.board.kind
    entry: dict[str, Any] = {
        "name": station.board.name,
        "host": ADDRESS,
        "port": station.port,
        "user": USER,
        "key": str(folder / "key"),
        "tags": ["simulated", kind.shape.partition("-")[0]],
        "cooling": kind.cooling,
        "ambient_c": station.board.ambient_c,
    }
    return entry | ({"reference": True} if station.board.name == "rtx3060" else {})
