"""What Ollama says of a GPU's memory is believed where there is a GPU: others count AMX's buffers."""

import json

import pytest

from edgetui.model import NA, Identity, LoadedModel, OllamaInfo, known
from edgetui.model.board import on_gpu
from tests.runners.fake import recordings

GB = 10**9
PI, PC = Identity(family="raspberry-pi", model="Pi 5"), Identity(family="linux", model="PC")
ORIN = Identity(family="jetson", model="Orin", release="L4T R36.4.7 (JetPack 6)")
NANO = Identity(family="jetson", model="Nano", release="L4T R32.7.4 (JetPack 4)")
CARD = Identity(family="nvidia", model="PC")


@pytest.mark.parametrize("board", [PI, PC, NANO])
def test_a_board_without_a_gpu_has_nothing_on_it(board):
    said = json.loads(recordings("0.32.15", "requests")["ps-loaded"]["lines"][0][1])["models"][0]["size_vram"]
    assert said > 0, "recorded on a CPU alone"
    told = on_gpu(said, board)
    assert isinstance(told, NA)
    assert str(said) in told.reason
    assert on_gpu(0, board) == 0


@pytest.mark.parametrize("board", [ORIN, CARD, None])
def test_a_board_with_one_is_believed_and_so_is_one_that_nobody_knows(board):
    assert on_gpu(3 * GB, board) == 3 * GB
    assert on_gpu(NA("not told"), board) == NA("not told")


def test_so_it_is_with_all_that_is_loaded():
    info = OllamaInfo(asked_at=0.0, loaded=(LoadedModel("m", "d", 4 * GB, 2 * GB), LoadedModel("n", "e", GB, 0)))
    assert [known(each.size_vram_bytes) for each in info.on(PI).loaded] == [False, True]
    assert info.on(ORIN) == info
