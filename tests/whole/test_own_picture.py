"""A picture of one's own that is not as boards need it: what was done to it stands wherever the answer does."""

import json
from pathlib import Path

from PIL import Image

from edgetui.store import Store
from edgetui.ui.drawing.reply import reply_lines
from tests.simulated import Simulated, simulated


def ask(sim: Simulated, picture: Path):
    return sim.edgetui("ask", str(picture), "What is this?", "-m", "moondream", "-b", "rtx3060", "--json")


async def what_was_done_to_it_is_said_stored_and_shown(sim: Simulated, tmp_path: Path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("CMYK", (6000, 3000)).save(tmp_path / "photo.jpg", exif=exif)
    done = ask(sim, tmp_path / "photo.jpg")
    words = "CMYK → RGB, rotated by EXIF 6, resized 3000×6000 → 2048×4096"
    assert f"picture photo: {words}" in done.stderr
    said = json.loads(done.stdout)
    (reply,) = said["replies"]
    assert reply["picture"] == words
    assert len(reply["sent_sha256"]) == 64
    assert reply["sent_bytes"] > 0
    store = await Store.open(sim.folder / "edgetui.db")
    try:
        (stored,) = await store.stored_replies(said["run"]["id"])
    finally:
        await store.close()
    page = " ".join("".join(text for text, _ in line) for line in reply_lines(stored, 0.0, 200))
    assert words in page


def what_cannot_be_sent_is_refused_and_no_board_is_asked(sim: Simulated, tmp_path: Path):
    (tmp_path / "photo.jpg").write_bytes(b"a download that went wrong")
    done = ask(sim, tmp_path / "photo.jpg")
    assert done.returncode == 2
    error = json.loads(done.stderr)["error"]
    assert error["message"].startswith(f"{tmp_path / 'photo.jpg'}: is not a picture")
    assert error["remedy"]
    assert done.stdout == ""


async def test_a_picture_of_ones_own_is_mended_on_record_or_refused(tmp_path: Path):
    with simulated(tmp_path / "sim", speed=100, boards=1) as sim:
        await what_was_done_to_it_is_said_stored_and_shown(sim, tmp_path)
        what_cannot_be_sent_is_refused_and_no_board_is_asked(sim, tmp_path)
