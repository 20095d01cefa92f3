"""Folders on a board: whole or not at all, only what is missing, verified there. Real sshd and this machine."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncssh
import pytest

from edgetui.errors import CommandError, TaskError
from edgetui.links import Link
from edgetui.links.local import LocalLink
from edgetui.links.manifest import Manifest, manifest_of
from edgetui.links.sync import sync
from tests.links.conftest import Fleet
from tests.servers import Sshd, serve

SFTP = "Subsystem sftp internal-sftp"


@pytest.fixture(params=["sshd", "local"])
async def road(
    request: pytest.FixtureRequest, tmp_path: Path, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Link, Path]]:
    """A link, and where all that is ours lies on its board."""
    if request.param == "local":
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        local = LocalLink()
        yield local, tmp_path / "cache" / "edgetui"
        await local.close()
        return
    with Sshd(tmp_path, SFTP) as server:
        link = await fleet.roads(server.ssh()).connect(server.board())
        yield link, server.home / ".cache" / "edgetui"
        await link.close()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    for name, text in (
        ("a.txt", "a"),
        ("目录/b c.txt", "街" * 1000),
        ("deep/er/c.sh", "#!/bin/sh\necho c\n"),
        ("e", ""),
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "deep/er/c.sh").chmod(0o755)
    return folder


def manifest(folder: Path) -> Manifest:
    return manifest_of((p.relative_to(folder).as_posix(), str(p)) for p in folder.rglob("*") if p.is_file())


def tree(folder: str | Path) -> dict[str, bytes]:
    root = Path(folder)
    found = {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}
    return {name: data for name, data in found.items() if name != ".edgetui"}


async def test_only_what_is_missing_is_sent(road: tuple[Link, Path], source: Path) -> None:
    link, root = road
    told: list[tuple[int, int]] = []
    first = await sync(link, manifest(source), lambda sent, of: told.append((sent, of)))
    size = sum(len(data) for data in tree(source).values())
    assert (first.sent_bytes, told[-1], first.verified) == (size, (size, size), True)
    assert Path(first.folder).is_relative_to(root)
    assert tree(first.folder) == tree(source)
    assert os.access(Path(first.folder, "deep/er/c.sh"), os.X_OK)
    assert (await sync(link, manifest(source))).sent_bytes == 0
    (source / "a.txt").write_text("other")
    third = await sync(link, manifest(source))
    assert (third.sent_bytes, tree(third.folder)) == (5, tree(source))
    assert tree(first.folder)["a.txt"] == b"a", "a run of the old version goes on undisturbed"


async def test_what_was_changed_on_the_board_is_sent_anew(road: tuple[Link, Path], source: Path) -> None:
    link, root = road
    first = await sync(link, manifest(source))
    (root / "tasks" / first.folder / "a.txt").write_text("evil")
    again = await sync(link, manifest(source))
    assert again.sent_bytes == 1
    assert tree(again.folder) == tree(source)


async def test_a_broken_transfer_goes_on_where_it_ended(road: tuple[Link, Path], tmp_path: Path) -> None:
    link, root = road
    folder = tmp_path / "big"
    folder.mkdir()
    data = os.urandom(9 << 20)
    (folder / "big.bin").write_bytes(data)
    part = root / "objects" / f"{hashlib.sha256(data).hexdigest()}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(data[: 5 << 20])
    synced = await sync(link, manifest(folder))
    assert synced.sent_bytes == 4 << 20
    assert tree(synced.folder) == {"big.bin": data}


async def test_a_part_of_something_else_is_found_out(road: tuple[Link, Path], source: Path) -> None:
    link, root = road
    (root / "objects").mkdir(parents=True)
    for entry in manifest(source).entries:
        (root / "objects" / f"{entry.sha256}.part").write_bytes(b"x" * entry.size)
    assert tree((await sync(link, manifest(source))).folder) == tree(source)


@pytest.mark.parametrize(
    "line",
    [
        "RekeyLimit 1M",
        "Ciphers chacha20-poly1305@openssh.com",
        "Ciphers aes128-ctr",
        "Ciphers aes256-gcm@openssh.com",
    ],
)
async def test_a_large_file_comes_whole_whatever_the_server_is_set_to(
    tmp_path: Path, fleet: Fleet, line: str
) -> None:
    folder = tmp_path / "big"
    folder.mkdir()
    (folder / "big.bin").write_bytes(os.urandom((20 << 20) + 12345))
    told: list[tuple[int, int]] = []
    with Sshd(tmp_path, SFTP, line, f"SetEnv HOME={tmp_path}") as server:
        link = await fleet.roads(server.ssh()).connect(server.board())
        synced = await sync(link, manifest(folder), lambda sent, of: told.append((sent, of)))
        await link.close()
    size = (20 << 20) + 12345
    assert (synced.verified, told[-1]) == (True, (size, size))
    assert tree(synced.folder) == tree(folder)


async def test_a_server_with_a_small_window_and_small_requests(tmp_path: Path, fleet: Fleet) -> None:
    source = tmp_path / "big.bin"
    source.write_bytes(os.urandom(3_000_000))
    async with serve(tmp_path / "server", sftp_factory=asyncssh.SFTPServer, window=100_000) as server:
        link = await fleet.roads(server.ssh()).connect(server.board())
        async with link.files() as files:
            await files.put(source, str(tmp_path / "there"))
        await link.close()
    assert (tmp_path / "there").read_bytes() == source.read_bytes()


async def test_a_server_that_claims_to_take_single_bytes_gets_whole_requests(
    tmp_path: Path, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One request a byte would be millions of them, each with memory of its own."""
    sizes: list[int] = []

    class Server(asyncssh.SFTPServer):
        def write(self, file_obj: object, offset: int, data: bytes) -> int:
            sizes.append(len(data))
            return super().write(file_obj, offset, data)  # type: ignore[return-value]

    monkeypatch.setattr("asyncssh.sftp.MAX_SFTP_WRITE_LEN", 1)
    source = tmp_path / "big.bin"
    source.write_bytes(os.urandom(300_000))
    async with serve(tmp_path / "server", sftp_factory=Server) as server:
        link = await fleet.roads(server.ssh()).connect(server.board())
        async with link.files() as files:
            await files.put(source, str(tmp_path / "there"))
        await link.close()
    assert (tmp_path / "there").read_bytes() == source.read_bytes()
    assert len(sizes) <= 10


async def test_a_cut_in_the_middle_leaves_no_folder(road: tuple[Link, Path], tmp_path: Path) -> None:
    link, root = road
    folder = tmp_path / "big"
    folder.mkdir()
    (folder / "big.bin").write_bytes(os.urandom(1 << 20) * 200)
    begun = asyncio.Event()
    work = asyncio.create_task(sync(link, manifest(folder), lambda sent, of: begun.set()))
    await asyncio.wait_for(begun.wait(), 10)
    work.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await work
    assert not list((root / "tasks").iterdir())
    assert tree((await sync(link, manifest(folder))).folder) == tree(folder)


async def test_bytes_that_are_changed_on_the_way_are_refused(
    road: tuple[Link, Path], source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link, root = road
    wanted = manifest(source)
    monkeypatch.setattr("edgetui.links.transfer._read", lambda entry: bytes(entry.size))
    with pytest.raises(CommandError, match="damaged on its way"):
        await sync(link, wanted)
    assert not [p for p in (root / "tasks").iterdir() if not p.name.endswith(".part")]
    monkeypatch.undo()
    monkeypatch.setenv("XDG_CACHE_HOME", str(root.parent))
    assert tree((await sync(link, wanted)).folder) == tree(source)


@pytest.mark.parametrize("tools", [("openssl",), ("sha256sum",), ("python3",), ()])
async def test_a_board_hashes_by_whatever_it_has(
    tmp_path: Path, fleet: Fleet, source: Path, tools: tuple[str, ...]
) -> None:
    few = tmp_path / "bin"
    few.mkdir()
    for name in ("sh", "mkdir", "df", "rm", "mv", "tar", "touch", "rmdir", "sleep", "setsid", *tools):
        (few / name).symlink_to(shutil.which(name, path="/usr/bin:/bin") or pytest.skip(f"no {name} here"))
    with Sshd(tmp_path, SFTP, f"SetEnv PATH={few} HOME={tmp_path}") as server:
        link = await fleet.roads(server.ssh()).connect(server.board())
        synced = await sync(link, manifest(source))
        await link.close()
    assert synced.verified == bool(tools)
    assert tree(synced.folder) == tree(source)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """What the board has for a cache: 40 MB."""
    if os.geteuid() != 0:
        pytest.skip("a small disk of our own takes root")
    place = tmp_path / "small"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "none", place], capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


@pytest.fixture
def read_only_disk(small_disk: Path) -> Path:
    """The same, and nothing may be written to it."""
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    return small_disk


async def failure(link: Link, folder: Path) -> CommandError:
    with pytest.raises(CommandError) as error:
        await sync(link, manifest(folder))
    return error.value


@pytest.mark.parametrize("told", [True, False])
async def test_a_full_disk_says_so(
    tmp_path: Path, fleet: Fleet, small_disk: Path, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "big"
    folder.mkdir()
    (folder / "big.bin").write_bytes(os.urandom(1 << 20) * 50)
    if not told:  # the disk fills while it goes on, so looking before is of no use
        monkeypatch.setattr("edgetui.links.transfer.SPARE_BYTES", -(1 << 40))
    with Sshd(tmp_path, SFTP, f"SetEnv XDG_CACHE_HOME={small_disk} HOME={tmp_path}") as server:
        link = await fleet.roads(server.ssh()).connect(server.board())
        error = await failure(link, folder)
        await link.close()
    assert ("MB free" if told else "the board's disk is full") in error.message
    assert "edgetui tasks clean" in error.remedy


async def test_a_read_only_file_system_says_so(
    tmp_path: Path, fleet: Fleet, read_only_disk: Path, source: Path
) -> None:
    with Sshd(tmp_path, SFTP, f"SetEnv XDG_CACHE_HOME={read_only_disk} HOME={tmp_path}") as server:
        link = await fleet.roads(server.ssh()).connect(server.board())
        error = await failure(link, source)
        await link.close()
    assert "read-only" in error.message


@pytest.mark.parametrize("name", ["../up", "/root", "a/../../b", "line\nend", "back\\slash"])
def test_no_path_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "x").touch()
    with pytest.raises(TaskError):
        manifest_of([(name, str(tmp_path / "x"))])


async def test_files_go_over_a_connection_of_their_own(tmp_path: Path, fleet: Fleet, source: Path) -> None:
    with Sshd(tmp_path, SFTP) as server:
        link = await fleet.roads(server.ssh()).connect(server.board())
        before = len(server.sessions())
        await sync(link, manifest(source))
        assert len(server.sessions()) > before
        assert server.log.read_text().count("Accepted publickey") == 2
        await link.close()
