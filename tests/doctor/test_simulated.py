"""The doctor against the simulated cluster: each thing that is broken is found, and its own command mends it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator

import pytest

from edgetui.cluster.core import Cluster
from edgetui.doctor.check import Check
from edgetui.doctor.report import examine
from edgetui.errors import UsageError
from edgetui.model import State, known
from edgetui.sim.defects import DEFECTS
from tests.sim.cluster import Lab, lab, tunnelled
from tests.simulated import Simulated, simulated


@pytest.fixture
async def cluster() -> AsyncIterator[Lab]:
    async with lab(boards=3) as running:
        yield running


async def looked(cluster: Lab, board: str) -> dict[str, Check]:
    boards = tuple(b for b in cluster.config.board if b.name == board)
    (report,) = await examine(cluster.config.model_copy(update={"board": boards}))
    return {check.name: check for check in report.checks}


async def typed(cluster: Lab, board: str, command: str) -> None:
    """Run the command on the board, as a person would."""
    async with cluster.connected(board) as connection:
        done = await connection.run(command)
        assert done.exit_status == 0, done


async def load(cluster: Lab, board: str, model: str) -> None:
    station = cluster.stations[board]
    assert station.ollama is not None
    async with cluster.connected(board) as connection, tunnelled(connection) as client:
        answer = await client.post("/api/generate", json={"model": model, "keep_alive": -1, "stream": False})
        assert answer.status_code == 200
    assert station.ollama.residence.loaded


BROKEN = [
    # defect, board, check, grade, what the finding says
    ("video", "pi5", "vcgencmd", "amber", "/dev/vcio"),
    ("tools", "orin-nano", "tegrastats", "amber", "not installed"),
    ("disk", "pi5", "models' disk", "red", "0.3 GB free"),
    ("swap", "pi5", "swap", "amber", "/var/swap on an SD card"),
    ("clock", "pi5", "clock", "amber", "behind"),
    ("exposed", "pi5", "ollama exposed", "red", "all addresses"),
    ("orphan", "orin-nano", "orphaned runners", "amber", "process 4242"),
    ("cpu", "rtx3060", "GPU used", "red", "0% on the GPU"),
]


@pytest.mark.parametrize(("defect", "board", "name", "grade", "says"), BROKEN, ids=[row[0] for row in BROKEN])
async def test_the_command_of_a_finding_mends_it(
    cluster: Lab, defect: str, board: str, name: str, grade: str, says: str
) -> None:
    if defect == "cpu":
        await load(cluster, board, "moondream")
    assert (await looked(cluster, board))[name].grade == "green"
    await cluster.do(board, "misset", defect)
    found = (await looked(cluster, board))[name]
    assert (found.grade, says in found.looked) == (grade, True), found
    await typed(cluster, board, found.remedy)
    assert (await looked(cluster, board))[name].grade == "green"


@pytest.mark.parametrize(("board", "area"), [("pi5", "/dev/zram0"), ("rtx3060", "/swap.img")])
async def test_files_and_frames_of_a_board_tell_of_the_same_things(cluster: Lab, board: str, area: str) -> None:
    """Swap to compressed memory, and what our own probe takes: one is read by the doctor, one by the board view."""
    found = await looked(cluster, board)
    assert area in found["swap"].looked
    assert (found["probe's cost"].grade, "ms of CPU a frame" in found["probe's cost"].looked) == ("green", True)
    one = cluster.config.model_copy(update={"board": tuple(b for b in cluster.config.board if b.name == board)})
    states = {board: State(board=board)}
    async with Cluster(one, None, states) as watched:
        await watched.settled(states, 30.0)
        sample = await watched.keepers[board].fresh_sample(3.0)
    assert sample is not None
    assert known(sample.zram_bytes) == ("zram" in area)


def test_every_defect_that_can_be_made_is_found() -> None:
    assert {row[0] for row in BROKEN} == set(DEFECTS)


async def test_ollama_that_died_is_restarted_by_its_command(cluster: Lab) -> None:
    await cluster.do("pi5", "stop-ollama")
    found = (await looked(cluster, "pi5"))["ollama"]
    assert (found.grade, found.remedy) == ("red", "sudo systemctl restart ollama")
    assert "refused" in found.looked
    await typed(cluster, "pi5", found.remedy)
    assert (await looked(cluster, "pi5"))["ollama"].grade == "green"


async def test_a_weak_supply(cluster: Lab) -> None:
    """A person changes the supply; the command clears what was counted since boot."""
    await cluster.do("pi5", "undervolt")
    found = (await looked(cluster, "pi5"))["power supply"]
    assert (found.grade, "now" in found.looked) == ("red", True)
    await cluster.do("pi5", "heal")
    past = (await looked(cluster, "pi5"))["power supply"]
    assert (past.grade, "since boot" in past.looked) == ("amber", True)
    await typed(cluster, "pi5", past.remedy)
    assert (await looked(cluster, "pi5"))["power supply"].grade == "green"


async def test_known_bad_version_of_the_orin(cluster: Lab) -> None:
    found = (await looked(cluster, "orin-nano"))["ollama version"]
    assert (found.grade, "GGGG" in found.why) == ("red", True)
    assert found.remedy == "curl -fsSL https://ollama.com/install.sh | sh"


async def test_six_things_at_once_on_one_board(cluster: Lab) -> None:
    broken = ("video", "disk", "swap", "clock", "exposed", "orphan")
    for defect in broken:
        await cluster.do("pi5", "misset", defect)
    found = [check for check in (await looked(cluster, "pi5")).values() if check.grade in ("red", "amber")]
    assert len(found) == len(broken)
    for check in found:
        await typed(cluster, "pi5", check.remedy)
    assert {check.grade for check in (await looked(cluster, "pi5")).values()} == {"green"}


async def test_an_unknown_defect_is_refused(cluster: Lab) -> None:
    with pytest.raises(UsageError, match="there is no defect 'wifi'"):
        await cluster.do("pi5", "misset", "wifi")


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    with simulated(tmp_path_factory.mktemp("sim"), speed=20, boards=3) as running:
        yield running


def test_exit_codes_and_formats(sim: Simulated) -> None:
    sim.fault("pi5", "heal")
    well = sim.edgetui("doctor", "pi5", "--json")
    assert well.returncode == 0, well.stdout + well.stderr
    (row,) = json.loads(well.stdout)["boards"]
    assert (row["board"], row["state"], row["sim_speed"], row["grade"]) == ("pi5", "up", 20.0, "green")
    assert {"check", "grade", "looked", "why", "remedy"} == set(row["checks"][0])
    sim.fault("pi5", "misset", "exposed")
    text = sim.edgetui("doctor", "pi5")
    assert text.returncode == 1
    lines = text.stdout.splitlines()
    assert lines[0].startswith("pi5 (simulated ×20): Raspberry Pi 5")
    assert "1 red" in lines[0]
    assert lines[1] == "  red     ollama exposed: port 11434 listens on all addresses (/proc/net/tcp)"
    assert lines[3].strip().startswith("mend:  sudo mkdir -p /etc/systemd/system/ollama.service.d")
    table = sim.edgetui("doctor", "pi5", "--markdown").stdout.splitlines()
    assert table[2].startswith("| pi5 | ollama exposed | red |")
    sim.fault("pi5", "heal")


def test_boards_that_cannot_be_reached(sim: Simulated) -> None:
    sim.fault("pi5", "cut")
    alone = sim.edgetui("doctor", "pi5", "--json")
    assert alone.returncode == 3
    (row,) = json.loads(alone.stdout)["boards"]
    assert (row["state"], row["checks"][0]["check"], row["checks"][0]["grade"]) == ("down", "link", "red")
    both = sim.edgetui("doctor", "pi5", "rtx3060", "--json")
    assert both.returncode == 1
    sim.fault("pi5", "heal")
    assert sim.edgetui("doctor", "pi6").returncode == 2


def test_what_telemetry_costs_a_decode(sim: Simulated) -> None:
    sim.fault("pi5", "heal")
    done = sim.edgetui("doctor", "rtx3060", "--telemetry-cost", "--json")
    cost = json.loads(done.stdout)["boards"][0]["telemetry_cost"]
    assert cost["n"] == len(cost["with_tok_per_s"]) == len(cost["without_tok_per_s"]) == 3
    assert min(cost["with_tok_per_s"] + cost["without_tok_per_s"]) > 0
    assert abs(cost["loss_percent"]) < 5, "a simulated decode takes no notice of the probe"
    sim.fault("rtx3060", "stop-ollama")
    silent = sim.edgetui("doctor", "rtx3060", "--telemetry-cost", "--json")
    row = json.loads(silent.stdout)["boards"][0]
    assert row["telemetry_cost"] is None
    assert "refused" in row["na"]["telemetry_cost"]
    sim.fault("rtx3060", "heal")
