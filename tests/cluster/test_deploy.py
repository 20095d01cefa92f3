"""Versions on a real sshd and on this machine: whatever goes wrong, the old version still runs."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from edgetui.cluster.deploy import Deployed, attempt, deploy, parcel_of, roll_back
from edgetui.cluster.signature import Refused, sign, signer_of
from edgetui.cluster.slots import look, look_at_all
from edgetui.config import Board, Ssh
from edgetui.errors import CommandError, LinkDown, LinkError, UsageError
from edgetui.links import Completed, Link
from edgetui.links.files import Files
from edgetui.links.roads import Roads
from tests.servers import Sshd

NOW = 1_790_000_000.0
BIG = 24_000_000


@dataclass
class Place:
    """A board and its home, and a folder of the host to deploy from."""

    home: Path
    link: Link
    folder: Path
    clock: float = NOW

    def version(self, number: int, **more: bytes) -> Path:
        """A folder whose program prints its number."""
        source = self.folder / f"v{number}" / "app"
        (source / "lib").mkdir(parents=True, exist_ok=True)
        (source / "run.sh").write_text(f"echo version {number}\n")
        (source / "run.sh").chmod(0o755)
        (source / "lib" / "标签 names.txt").write_text("猫\n")
        for name, data in more.items():
            (source / name).write_bytes(data)
        return source

    async def deploy(self, source: Path, keep: int = 3, **more: Any) -> Deployed:
        """A minute later than the one before."""
        self.clock += 60
        parcel = replace(parcel_of(source), **more)
        return await attempt(self.link, "app", deploy(self.link, parcel, keep=keep, now=self.clock))

    async def back(self, version: str = "") -> Deployed:
        return await attempt(self.link, "app", roll_back(self.link, "app", version, lambda _text, _signature: ""))

    @property
    def runs(self) -> str:
        """What whoever starts the current version gets."""
        argv = ["sh", self.slots / "current" / "run.sh"]
        return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip()

    @property
    def slots(self) -> Path:
        return self.home / ".local/share/edgetui/deploy/app"

    @property
    def beside(self) -> list[str]:
        """What is left over in the folder of versions."""
        return [each.name for each in self.slots.iterdir() if each.name.startswith(".")]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Sshd]:
    with Sshd(tmp_path, "Subsystem sftp internal-sftp") as server:
        yield server


@asynccontextmanager
async def linked(ssh: Ssh, board: Board, folder: Path) -> AsyncIterator[Link]:
    roads = Roads(ssh, runtime_dir=folder / "run")
    link = await roads.connect(board)
    try:
        yield link
    finally:
        await link.close()
        await roads.close()


@pytest.fixture
async def far(server: Sshd, tmp_path: Path) -> AsyncIterator[Place]:
    async with linked(server.ssh(), server.board(), tmp_path) as link:
        yield Place(server.home, link, tmp_path)


@pytest.fixture
async def near(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    async with linked(Ssh(), Board(name="here", local=True), tmp_path) as link:
        yield Place(home, link, tmp_path)


@pytest.fixture(params=["far", "near"])
def place(request: pytest.FixtureRequest) -> Place:
    found: Place = request.getfixturevalue(request.param)
    return found


async def test_a_version_is_switched_to_and_back(place: Place) -> None:
    first = await place.deploy(place.version(1))
    assert (first.outcome, first.before, place.runs) == ("deployed", "", "version 1")
    assert (first.files, first.sent_bytes) == (2, first.size_bytes)
    second = await place.deploy(place.version(2))
    assert (second.outcome, second.before, place.runs) == ("deployed", first.version, "version 2")
    assert second.sent_bytes == len("echo version 2\n")
    again = await place.deploy(place.version(2))
    assert (again.outcome, again.version) == ("unchanged", second.version)

    back = await place.back()
    assert (back.outcome, back.version, place.runs) == ("rolled-back", first.version, "version 1")
    forth = await place.back()
    assert (forth.version, place.runs) == (second.version, "version 2")
    (listed,) = await look_at_all(place.link)
    assert (listed.name, listed.current, listed.previous) == ("app", second.version, first.version)
    assert place.beside == []
    assert (place.slots / "current" / "run.sh").stat().st_mode & 0o222 == 0


async def test_old_versions_are_forgotten_but_never_what_runs_or_ran_before(near: Place) -> None:
    versions = [(await near.deploy(near.version(n))).version for n in range(1, 5)]
    assert (await look(near.link, "app")).versions == tuple(versions[1:])
    assert (await near.back(versions[1])).outcome == "rolled-back"
    fifth = await near.deploy(near.version(5), keep=2)
    assert (await look(near.link, "app")).versions == (versions[1], fifth.version)
    gone = await near.back(versions[0])
    assert (gone.outcome, "there is no" in gone.reason, near.runs) == ("failed", True, "version 5")


async def test_a_wrong_hash_on_the_board_is_refused(place: Place) -> None:
    old = await place.deploy(place.version(1))
    source = place.version(2, model=b"weights" * 1000)
    (entry,) = [e for e in parcel_of(source).manifest.entries if e.path == "model"]
    kept = place.home / ".cache/edgetui/objects" / entry.sha256
    kept.write_bytes(b"weighty" * 1000)  # what a worn card gives back
    bad = await place.deploy(source)
    assert (bad.outcome, bad.version, place.runs) == ("refused", old.version, "version 1")
    assert bad.reason.startswith("model on the board is not what was sent")
    assert place.beside == []


@pytest.mark.parametrize("damage", ["flip", "add", "manifest", "link"])
async def test_a_slot_that_was_changed_is_not_gone_back_to(near: Place, damage: str) -> None:
    first = await near.deploy(near.version(1))
    second = await near.deploy(near.version(2))
    slot = near.slots / first.version
    for file in (slot / "run.sh", slot / ".edgetui"):
        file.chmod(0o700)
    if damage == "flip":
        (slot / "run.sh").write_text("echo version 9\n")
    if damage == "add":
        (slot / "extra").touch()
    if damage == "manifest":
        (slot / ".edgetui").write_text((slot / ".edgetui").read_text().replace("run.sh", "ran.sh"))
    if damage == "link":
        (slot / "run.sh").unlink()
        (slot / "run.sh").symlink_to("/etc/hostname")
    back = await near.back()
    assert (back.outcome, back.version, near.runs) == ("refused", second.version, "version 2")


async def test_a_cut_in_the_middle_leaves_the_old_version_and_is_gone_on_with(server: Sshd, tmp_path: Path) -> None:
    async with linked(server.ssh(), server.board(), tmp_path) as link:
        place = Place(server.home, link, tmp_path)
        old = await place.deploy(place.version(1))
        source, sent = place.version(2, model=os.urandom(BIG)), 0

        def cut(bytes_sent: int, _whole: int) -> None:
            nonlocal sent
            sent = bytes_sent
            if sent >= BIG // 3:
                for session in server.sessions():
                    session.kill()

        with pytest.raises((LinkError, CommandError)):
            await deploy(link, parcel_of(source), keep=3, now=NOW, told=cut)
    assert BIG // 3 <= sent < BIG
    assert place.runs == "version 1"
    async with linked(server.ssh(), server.board(), tmp_path) as link:
        place.link = link
        assert (await look(link, "app")).current == old.version
        done = await place.deploy(source)
    assert (done.outcome, place.runs) == ("deployed", "version 2")
    assert done.sent_bytes < BIG


class Cut:
    """A link that is lost before the step of this number."""

    def __init__(self, link: Link, steps: int) -> None:
        self._link, self.left = link, steps

    def step(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise LinkDown("the cable was cut")

    async def run(self, command: str, **options: Any) -> Completed:
        self.step()
        return await self._link.run(command, **options)

    @asynccontextmanager
    async def files(self) -> AsyncIterator[Any]:
        async with self._link.files() as files:
            yield CutFiles(files, self)


class CutFiles:
    """Its files."""

    def __init__(self, files: Files, cut: Cut) -> None:
        self._files, self._cut = files, cut

    def __getattr__(self, name: str) -> Any:
        self._cut.step()
        return getattr(self._files, name)


async def test_wherever_it_is_cut_one_whole_version_runs_and_the_next_try_succeeds(near: Place) -> None:
    old = await near.deploy(near.version(1))
    source, steps, link, ran = near.version(2), 0, near.link, ["version 1"]
    while ran[-1] == "version 1":
        near.link = Cut(link, steps)
        with suppress(LinkDown):
            await near.deploy(source)
        ran.append(near.runs)
        near.link = link
        if steps % 4 == 3 and ran[-1] == "version 1":
            assert (await look(link, "app")).current == old.version
        steps += 1
    assert steps > 8
    assert set(ran) == {"version 1", "version 2"}
    done = await near.deploy(source)
    assert (done.outcome, near.runs) == ("unchanged", "version 2")
    assert (await near.back()).version == old.version


@contextmanager
def disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of its own, or skip."""
    folder.mkdir(parents=True)
    argv = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(argv, capture_output=True, check=False).returncode:
        pytest.skip("a small file system takes root and the right to mount one")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def small(server: Sshd) -> Iterator[Path]:
    """64 MB where the board keeps versions, and all the room there is for its cache."""
    with disk(server.home / ".local/share/edgetui", 64) as folder:
        yield folder


@pytest.fixture
def small_cache(server: Sshd) -> Iterator[Path]:
    """40 MB for what comes, of which some are to stay free."""
    with disk(server.home / ".cache", 40) as folder:
        yield folder


async def test_a_disk_that_fills_while_it_is_placed_leaves_the_old_version(small: Path, far: Place) -> None:
    old = await far.deploy(far.version(1))
    (small / "else").write_bytes(bytes(50_000_000))
    bad = await far.deploy(far.version(2, model=os.urandom(BIG)))
    assert (bad.outcome, bad.version, far.runs) == ("failed", old.version, "version 1")
    assert "No space left" in bad.reason
    (small / "else").unlink()
    done = await far.deploy(far.version(2))
    assert (done.outcome, done.sent_bytes, far.runs) == ("deployed", 0, "version 2")
    assert far.beside == []


async def test_a_disk_without_room_is_told_before_a_byte_is_sent(small_cache: Path, far: Place) -> None:
    old = await far.deploy(far.version(1))
    bad = await far.deploy(far.version(2, model=os.urandom(BIG)))
    assert (bad.outcome, bad.version, far.runs) == ("failed", old.version, "version 1")
    assert "MB free" in bad.reason
    assert [name for name in os.listdir(small_cache / "edgetui/objects") if name.endswith(".part")] == []


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """Folder with the keys ``good`` and ``bad``, and ``allowed`` which names the first."""
    if not shutil.which("ssh-keygen"):
        pytest.skip("no ssh-keygen here: apt install openssh-client")
    for name in ("good", "bad"):
        argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(tmp_path / name)]
        subprocess.run(argv, check=True)
    public = (tmp_path / "good.pub").read_text()
    (tmp_path / "allowed").write_text(f"builder@example {public}")
    return tmp_path


def test_only_a_signature_of_this_by_one_of_the_allowed_holds(keys: Path) -> None:
    allowed = keys / "allowed"
    assert signer_of("manifest\n", sign("manifest\n", keys / "good"), allowed) == "builder@example"
    wrong = {
        "it is not signed": "",
        "nobody of": sign("manifest\n", keys / "bad"),
        "the signature does not fit": sign("another\n", keys / "good"),
    }
    for words, signature in wrong.items():
        with pytest.raises(Refused) as told:
            signer_of("manifest\n", signature, allowed)
        assert told.value.message.startswith(words)
    with pytest.raises(Refused):
        signer_of("manifest\n", "no signature at all", allowed)
    with pytest.raises(CommandError):
        sign("manifest\n", keys / "nothing")


async def test_the_signature_goes_along_and_is_asked_for_again_at_a_rollback(near: Place, keys: Path) -> None:
    def signed(source: Path, key: str) -> dict[str, str]:
        return {"signature": sign(parcel_of(source).manifest.text, keys / key)}

    one, two = near.version(1), near.version(2)
    first = await near.deploy(one, **signed(one, "bad"))
    second = await near.deploy(two, **signed(two, "good"))

    async def back() -> Deployed:
        work = roll_back(near.link, "app", "", lambda text, said: signer_of(text, said, keys / "allowed"))
        return await attempt(near.link, "app", work)

    refused = await back()
    assert (refused.outcome, refused.version, near.runs) == ("refused", second.version, "version 2")
    (keys / "allowed").write_text("old@example " + (keys / "bad.pub").read_text())
    done = await back()
    assert (done.outcome, done.version, done.signer, near.runs) == (
        "rolled-back",
        first.version,
        "old@example",
        "version 1",
    )


@pytest.mark.parametrize("name", ["..", "a/b", "-f", "", "a\nb", "a b", "x" * 64])
def test_a_name_that_is_no_name_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "app").write_text("x")
    if name:
        with pytest.raises(UsageError):
            parcel_of(tmp_path / "app", name)
    odd = tmp_path / "odd"
    odd.mkdir()
    with pytest.raises(UsageError):
        parcel_of(odd)
    (odd / "link").symlink_to("/etc/passwd")
    with pytest.raises(UsageError):
        parcel_of(odd)
    (odd / "link").unlink()
    (odd / "a\nb").write_text("x")
    with pytest.raises(UsageError):
        parcel_of(odd)


async def test_what_a_board_tells_is_a_version_only_where_it_looks_like_one(near: Place) -> None:
    done = await near.deploy(near.version(1))
    for odd in (
        "..evil",
        "20261121T000000.000Z-zzzzzzzzzzzz",
        "$(touch pwned)",
        "a\nslot=20260101T000000.000Z-000000000000",
    ):
        (near.slots / odd).mkdir()
    for odd in ("bad name", "a\nroot=x", "..."):
        (near.slots.parent / odd).mkdir()
    (near.slots / "previous").symlink_to("../../../..")
    slots = await look(near.link, "app")
    assert (slots.current, slots.previous, slots.versions) == (done.version, "", (done.version,))
    assert [each.name for each in await look_at_all(near.link)] == ["app"]
    assert (await near.back()).reason.startswith("there is no earlier version")


async def test_two_at_the_same_time_leave_one_whole_version(near: Place) -> None:
    await near.deploy(near.version(1))
    one, other = near.version(2, model=b"2" * 100_000), near.version(3, model=b"3" * 100_000)
    done = await asyncio.gather(near.deploy(one), near.deploy(other))
    assert "deployed" in {each.outcome for each in done}
    slots = await look(near.link, "app")
    assert slots.current in {each.version for each in done}
    assert near.runs in ("version 2", "version 3")
    assert (await near.deploy(one if near.runs == "version 2" else other)).outcome == "unchanged"
