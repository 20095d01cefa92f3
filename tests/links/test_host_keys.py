"""Strict host keys against a real sshd: refused, accepted by one step, never accepted when changed."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import asyncssh
import pytest

from edgetui.errors import LinkDown, LinkRefused
from edgetui.links.known_hosts import KnownHosts, label
from edgetui.links.roads import Roads
from tests.links.conftest import Fleet
from tests.servers import Server, Sshd, serve


async def refusal(roads: Roads, server: Server) -> LinkRefused:
    with pytest.raises(LinkRefused) as caught:
        await roads.connect(server.board())
    return caught.value


async def test_an_unknown_key_is_refused_with_its_fingerprint_and_accepted_by_one_step(
    server: Server, fleet: Fleet
) -> None:
    roads = fleet.roads(server.ssh(known=False))
    error = await refusal(roads, server)
    assert error.fingerprint == server.fingerprint
    assert f"edgetui boards accept bench --fingerprint {server.fingerprint}" in error.remedy
    assert not server.known_hosts.exists(), "nothing is stored by looking"

    assert await roads.accept(server.board(), server.fingerprint) == server.fingerprint
    link = await roads.connect(server.board())
    assert (await link.run("echo here", timeout=5)).stdout == "here\n"
    await link.close()
    assert server.known_hosts.read_text().startswith(f"[127.0.0.1]:{server.port} ssh-ed25519 ")


async def test_accept_without_a_fingerprint_stores_what_is_shown_once(sshd: Sshd, fleet: Fleet) -> None:
    roads = fleet.roads(sshd.ssh(known=False))
    assert await roads.accept(sshd.board()) == sshd.fingerprint
    stored = sshd.known_hosts.read_bytes()
    assert await roads.accept(sshd.board()) == sshd.fingerprint
    assert sshd.known_hosts.read_bytes() == stored


async def test_another_fingerprint_than_the_one_agreed_to_is_not_stored(sshd: Sshd, fleet: Fleet) -> None:
    roads = fleet.roads(sshd.ssh(known=False))
    seen = (await refusal(roads, sshd)).fingerprint
    sshd.stop()
    sshd.new_host_key()
    sshd.start()
    with pytest.raises(LinkRefused, match="nothing was stored"):
        await roads.accept(sshd.board(), seen)
    assert not sshd.known_hosts.exists()


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ssh-rsa"])
async def test_a_changed_key_is_refused_loudly_and_not_acceptable(sshd: Sshd, fleet: Fleet, kind: str) -> None:
    """A key of another type makes sshd hang up, which would look like the network."""
    roads = fleet.roads(sshd.ssh())
    await (await roads.connect(sshd.board())).close()
    stored = sshd.known_hosts.read_bytes()
    sshd.stop()
    sshd.new_host_key(kind)
    sshd.start()
    error = await refusal(roads, sshd)
    assert "HAS CHANGED" in error.message
    assert error.fingerprint == ""
    assert f"line 1 of {sshd.known_hosts}" in error.remedy
    assert f"ssh-keygen -f {sshd.known_hosts} -R '[127.0.0.1]:{sshd.port}'" in error.remedy
    for fingerprint in (None, sshd.fingerprint):
        with pytest.raises(LinkRefused, match="HAS CHANGED"):
            await roads.accept(sshd.board(), fingerprint)
    assert sshd.known_hosts.read_bytes() == stored


async def test_a_revoked_key_is_refused_and_not_acceptable(sshd: Sshd, fleet: Fleet) -> None:
    ssh = sshd.ssh()
    sshd.known_hosts.write_text(f"@revoked {sshd.known_hosts.read_text()}")
    roads = fleet.roads(ssh)
    error = await refusal(roads, sshd)
    assert "REVOKED" in error.message
    assert error.fingerprint == ""
    with pytest.raises(LinkRefused, match="REVOKED"):
        await roads.accept(sshd.board())


async def test_known_hosts_is_read_again_when_it_changes(sshd: Sshd, fleet: Fleet) -> None:
    roads = fleet.roads(sshd.ssh(known=False))
    await refusal(roads, sshd)
    sshd.ssh(known=True)  # as ssh or a person would write it
    await (await roads.connect(sshd.board())).close()


async def test_a_hashed_line_is_honoured(sshd: Sshd, fleet: Fleet) -> None:
    ssh = sshd.ssh()
    hashing = await asyncio.create_subprocess_exec("ssh-keygen", "-q", "-H", "-f", sshd.known_hosts)
    assert await hashing.wait() == 0
    assert "127.0.0.1" not in sshd.known_hosts.read_text()
    await (await fleet.roads(ssh).connect(sshd.board())).close()


async def test_a_key_of_the_same_host_on_port_22_is_no_evidence_of_a_change(sshd: Sshd, fleet: Fleet) -> None:
    """Boards behind one address with forwarded ports; OpenSSH judges in the same way."""
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    sshd.known_hosts.write_text(f"127.0.0.1 {other}")
    assert (await refusal(fleet.roads(sshd.ssh(known=False)), sshd)).fingerprint == sshd.fingerprint


async def test_a_host_certificate_is_trusted_by_its_authority(tmp_path: Path, fleet: Fleet) -> None:
    authority = asyncssh.generate_private_key("ssh-ed25519")
    host_key = asyncssh.generate_private_key("ssh-ed25519")
    for principal, good in (("127.0.0.1", True), ("elsewhere", False)):
        certificate = authority.generate_host_certificate(host_key, "board", principals=[principal])
        async with serve(tmp_path / principal, server_host_keys=[(host_key, certificate)]) as board:
            known_hosts = tmp_path / principal / "authorities"
            known_hosts.write_text(f"@cert-authority * {authority.export_public_key().decode()}")
            roads = fleet.roads(board.ssh(known_hosts=known_hosts))
            if good:
                await (await roads.connect(board.board())).close()
            else:
                with pytest.raises(LinkRefused, match="certificate"):
                    await roads.connect(board.board())


async def test_accepting_a_board_that_is_off_says_so(sshd: Sshd, fleet: Fleet) -> None:
    roads = fleet.roads(sshd.ssh(known=False))
    sshd.stop()
    with pytest.raises(LinkDown, match="refuses the connection"):
        await roads.accept(sshd.board())


class TestKnownHosts:
    KEY = asyncssh.generate_private_key("ssh-ed25519")

    def test_adding_keeps_every_byte_and_the_mode_of_the_file(self, tmp_path: Path) -> None:
        file = tmp_path / "known_hosts"
        before = b"# mine\r\nnonsense\n\xff\xfe old \n*.lab ssh-unknown AAAA"
        file.write_bytes(before)
        file.chmod(0o640)
        KnownHosts((file,)).add(self.KEY, "Pi5.lab", 22)
        after = file.read_bytes()
        assert after.startswith(before + b"\npi5.lab ssh-ed25519 ")
        assert after.endswith(b"\n")
        assert stat.S_IMODE(file.stat().st_mode) == 0o640
        assert [f.name for f in tmp_path.iterdir()] == ["known_hosts"], "no temporary file stays"

    def test_a_link_to_the_file_stays_a_link(self, tmp_path: Path) -> None:
        real, linked = tmp_path / "real", tmp_path / "known_hosts"
        real.touch()
        linked.symlink_to(real)
        KnownHosts((linked,)).add(self.KEY, "b", 2222)
        assert linked.is_symlink()
        assert real.read_text().startswith("[b]:2222 ")

    def test_a_new_file_and_its_folder_are_private(self, tmp_path: Path) -> None:
        file = tmp_path / ".ssh" / "known_hosts"
        known = KnownHosts((file,))
        assert known.look_up("b", 22).keys == ()
        known.add(self.KEY, "b", 22)
        assert known.look_up("b", 22).own == (self.KEY.convert_to_public(),)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700

    def test_a_file_that_cannot_be_used_is_refused_in_words(self, tmp_path: Path) -> None:
        with pytest.raises(LinkRefused, match="cannot be used: Is a directory"):
            KnownHosts((tmp_path,)).look_up("b", 22)

    @pytest.mark.parametrize(
        ("arguments", "name"),
        [
            (("Pi5", 22), "pi5"),
            (("pi5", 2222), "[pi5]:2222"),
            (("pi5", 2222, "alias"), "alias"),
            (("::1", 9), "[::1]:9"),
        ],
    )
    def test_names_are_those_of_openssh(self, arguments: tuple[str, int], name: str) -> None:
        assert label(*arguments) == name
