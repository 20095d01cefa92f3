from __future__ import annotations

from pathlib import Path

import pytest

from edgetui.config import Ssh
from edgetui.errors import LinkRefused
from edgetui.links.keyring import Keyring
from edgetui.links.route import CIPHERS, Address, Route, hop, resolve


def route(tmp_path: Path, text: str, known_hosts: Path | None = None, **address: object) -> Route:
    config = tmp_path / "config"
    config.write_text(text)
    fields = {"board": "b", "host": "nick"} | address
    return resolve(Address(**fields), Ssh(config=config, known_hosts=known_hosts), Keyring())  # type: ignore[arg-type]


NICK = "Host nick\n HostName 10.0.0.5\n Port 2222\n User me\n ProxyJump gate\n HostKeyAlias board-5\n"


def test_an_alias_is_resolved_into_plain_values(tmp_path: Path) -> None:
    found = route(tmp_path, NICK)
    assert (found.at.host, found.at.port, found.at.user) == ("10.0.0.5", 2222, "me")
    assert (found.jump, found.alias, found.proxied) == ("gate", "board-5", False)
    assert found.options.encryption_algs[0].decode() == CIPHERS[0]


def test_config_toml_wins_over_ssh_config(tmp_path: Path) -> None:
    found = route(tmp_path, NICK, user="you", port=22, jump="other")
    assert (found.at.user, found.at.port, found.jump) == ("you", 22, "other")


@pytest.mark.parametrize("place", ["none", "/dev/null"])
def test_ssh_config_cannot_switch_host_keys_off(tmp_path: Path, place: str) -> None:
    found = route(tmp_path, f"Host *\n UserKnownHostsFile {place}\n StrictHostKeyChecking no\n")
    assert found.known_hosts[0] == Path("~/.ssh/known_hosts").expanduser()


def test_known_hosts_of_config_toml_stands_alone(tmp_path: Path) -> None:
    assert route(tmp_path, NICK, known_hosts=tmp_path / "mine").known_hosts == (tmp_path / "mine",)


@pytest.mark.parametrize(
    ("jump", "user", "host", "port", "before"),
    [
        ("gate", "", "gate", None, ""),
        ("me@gate:2200", "me", "gate", 2200, ""),
        ("first,ssh://me@gate", "me", "gate", None, "first"),
        ("me@[fe80::1]:22", "me", "fe80::1", 22, ""),
        ("[fe80::1]", "", "fe80::1", None, ""),
        ("fe80::1", "", "fe80::1", None, ""),
    ],
)
def test_jump_hosts(jump: str, user: str, host: str, port: int | None, before: str) -> None:
    assert hop(jump, "b") == Address(board="b", host=host, user=user, port=port, jump=before)


@pytest.mark.parametrize("jump", ["gate:ssh", "gate:0", "gate:70000", "gate:²"])
def test_a_jump_host_with_a_nonsense_port_is_refused(jump: str) -> None:
    with pytest.raises(LinkRefused, match="no usable port"):
        hop(jump, "b")
