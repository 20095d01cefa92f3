"""Task folders: those that come with edgetui are whole; a wrong one is named with its line and remedy."""

from __future__ import annotations

import hashlib
import io
import random
from pathlib import Path

import pytest
from PIL import Image, ImageChops

import edgetui
from edgetui.errors import TaskError
from edgetui.scoring import find_metric
from edgetui.tasks import Task, find, folders, load_tasks, read_picture, read_task

SHIPPED = Path(edgetui.__file__).parents[1] / "tasks"
SIZES = {
    "count-potholes": (560, 504),
    "why-fell": (560, 364),
    "read-text": (560, 308),
    "describe-pinout": (2000, 1100),
    "find-shape": (896, 896),
    "tag-image": (560, 420),
    "name-shape": (896, 896),
}
"""Of the first items: the simulator's published times hold for these."""
TEXT_ONLY = "add-up"
SCRIPTS = {"detect-yolo", "speedometer"}
"""They judge themselves, or have nothing to judge."""
FIRST = {
    "count-potholes": "5b8b01ec21f15e0d69b48ab460a5104d4014ab3549c661e946a5e22cfd328f9b",
    "why-fell": "e2b2d15de5b6f0d701992ecb74a3c5f8015b6df4f4ea63bc4be29a6918e62fd5",
    "read-text": "22aa8ef05166c46bc058f0de8d8b08c48327db8eb63371c186c63f8f4dbd19a3",
    "describe-pinout": "586605da2b5185e3d4aae74ffdef195d1dea160c72d44f1eaeaa3fbb722bd9bf",
}
"""The published comparison's pictures."""


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for the user's own tasks."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    return tmp_path / "xdg" / "edgetui" / "tasks"


def png(size: tuple[int, int] = (32, 32), form: str = "PNG") -> bytes:
    data = io.BytesIO()
    grains = random.Random(1).randbytes(3 * size[0] * size[1])
    Image.frombytes("RGB", size, grains).save(data, form)
    return data.getvalue()


def task_text(
    truth: str = "truth = { count = 3 }", kind: str = "counting", image: str = "a.png", more: str = ""
) -> str:
    return (
        f'kind = "{kind}"\ntitle = "T"\nprompt = "How many?"\nmetric = "exact-count"\n{more}\n'
        f'[[item]]\nname = "a"\nimage = "{image}"\nsha256 = "{hashlib.sha256(PICTURE).hexdigest()}"\n{truth}\n'
    )


PICTURE = png()


def folder_of(parent: Path, text: str, name: str = "mine") -> Path:
    folder = parent / name
    folder.mkdir(parents=True)
    (folder / "task.toml").write_text(text)
    (folder / "a.png").write_bytes(PICTURE)
    return folder


def complaint(tmp_path: Path, text: str) -> TaskError:
    with pytest.raises(TaskError) as caught:
        read_task(folder_of(tmp_path, text))
    return caught.value


def asked() -> dict[str, Task]:
    """Tasks that ask a model."""
    return {name: task for name, task in load_tasks().items() if task.kind != "script"}


def test_shipped_tasks_are_whole_and_of_the_calibrated_sizes() -> None:
    tasks = load_tasks()
    assert {name for name, task in tasks.items() if task.kind == "script"} == SCRIPTS
    tasks = asked()
    assert set(tasks) == {*SIZES, TEXT_ONLY}
    assert not any(item.load().data for item in tasks.pop(TEXT_ONLY).items)
    for task in tasks.values():
        for item in task.items:
            assert item.load().data.startswith(b"\x89PNG")
        with Image.open(io.BytesIO(task.items[0].load().data)) as picture:
            assert (picture.size, picture.mode) == (SIZES[task.name], "RGB")


def test_shipped_pictures_stay_small() -> None:
    assert sum(file.stat().st_size for file in SHIPPED.glob("*/*.png")) < 3_000_000


def test_the_pictures_of_the_published_comparison_are_still_the_first() -> None:
    assert {name: load_tasks()[name].items[0].sha256 for name in FIRST} == FIRST


def test_every_task_has_four_items_and_an_easy_one() -> None:
    for task in asked().values():
        assert len(task.items) >= 4, task.name
        assert any(item.canary for item in task.items), task.name


def test_the_truth_of_every_item_is_what_its_metric_needs() -> None:
    for task in asked().values():
        metric = find_metric(task.metric)
        for item in task.items:
            assert set(metric.needs) <= set(item.truth), f"{task.name}/{item.name}"


def test_no_two_shipped_pictures_are_alike() -> None:
    hashes = [item.sha256 for task in load_tasks().values() for item in task.items if item.image]
    assert len(set(hashes)) == len(hashes)


def test_the_box_that_is_asked_for_is_exact_to_the_pixel() -> None:
    for item in load_tasks()["find-shape"].items:
        with Image.open(io.BytesIO(item.load().data)) as picture:
            x1, y1, x2, y2 = item.truth["box"]
            colour = picture.getpixel((int((x1 + x2) / 2), y2 - 2))
            near = ImageChops.difference(picture, Image.new("RGB", picture.size, colour)).convert("L")
            inked = near.crop((x1 - 12, y1 - 12, x2 + 12, y2 + 12)).point(lambda v: 255 if v < 60 else 0)
            left, top, right, bottom = inked.getbbox()
        assert (left + x1 - 12, right + x1 - 12, bottom + y1 - 12) == (x1, x2, y2)
        assert abs(top + y1 - 12 - y1) <= 1  # the tip of a triangle is less than a pixel wide


def test_an_items_truth_is_what_its_kind_promises() -> None:
    tasks = load_tasks()
    assert [item.truth["count"] for item in tasks["count-potholes"].items] == [5, 3, 0, 1]
    assert "cable" in tasks["why-fell"].items[0].truth["facts"][0]
    assert tasks["read-text"].items[0].truth["text"].startswith("Thermal test report 17-B\n")
    assert tasks["describe-pinout"].items[0].truth["max_words"] == 100
    assert ["bicycle", "bike", "自行车"] in tasks["tag-image"].items[1].truth["tags"]


def test_the_users_own_task_hides_ours_of_the_same_name(own: Path) -> None:
    folder_of(own, task_text(), "count-potholes")
    folder_of(own, task_text(), "mine")
    (own / "no-task").mkdir()
    tasks = load_tasks()
    assert set(tasks) == {*SIZES, TEXT_ONLY, *SCRIPTS, "mine"}
    assert tasks["count-potholes"].folder == own / "count-potholes"
    assert folders()["mine"] == own / "mine"


def test_an_unknown_task_or_item_is_answered_with_the_nearest() -> None:
    tasks = load_tasks()
    with pytest.raises(TaskError) as caught:
        find(tasks, "count-pothole")
    assert "'count-potholes'" in caught.value.remedy
    with pytest.raises(TaskError) as caught:
        find(tasks, "count-potholes").choose("five,thre")
    assert "'three'" in caught.value.remedy


def test_items_are_chosen_by_name() -> None:
    task = load_tasks()["count-potholes"]
    assert [item.name for item in task.choose()] == ["five"]
    assert [item.name for item in task.choose("all")] == ["five", "three", "none", "one"]
    assert [item.name for item in task.choose("none,five")] == ["none", "five"]


def test_a_task_without_a_picture_asks_with_text_alone(tmp_path: Path) -> None:
    text = task_text().replace('image = "a.png"\n', "")
    assert read_task(folder_of(tmp_path, text)).items[0].load().data == b""


@pytest.mark.parametrize(
    ("text", "line", "words", "remedy"),
    [
        (task_text(more='promt = "x"'), 5, "promt: unknown key", "'prompt'"),
        (task_text("truth = { cuont = 3 }"), 10, "item.truth.cuont: unknown key", "'count'"),
        (task_text("truth = {}"), 10, "item.truth.count: is missing", "add it"),
        (task_text("[item.truth]\ncount = '3'"), 11, "item.truth.count: input should be a valid integer", "mend"),
        (task_text("truth = { count = -1 }"), 10, "greater than or equal to 0", "mend"),
        (task_text(kind="guessing"), 1, "kind: input should be 'vqa'", "mend"),
        (task_text("truth = { box = [1, 2, 3], label = 'x' }", kind="grounding"), 10, "item.truth.box", "add it"),
        (task_text("truth = { facts = [[]] }", kind="vqa"), 10, "item.truth.facts", "mend"),
        (task_text("truth = { box = [1, 2, 3, 4], label = 'x' }", "grounding"), 10, "item.truth.size", "add it"),
        (task_text(more="num_ctx = 3"), 5, "num_ctx", "mend"),
        (task_text(image="b.png"), 8, "there is no file 'b.png'", "put it there"),
        (task_text(image="../mine/../../x.png"), 8, "leaves the task's folder", "copy"),
        (task_text(image="/etc/passwd"), 8, "leaves the task's folder", "copy"),
        (task_text(image="b" * 300), 8, "there is no file 'bbb", "put it there"),
        (task_text(image="\\u0000"), 8, "there is no file", "put it there"),
        (task_text(more="x = ["), 6, "not TOML", "mend that line"),
        (task_text(more="num_ctx = " + "9" * 5000), 11, "not TOML", "mend that line"),
        (task_text(more="x = " + "[" * 5000), 11, "not TOML", "mend that line"),
        (task_text() + '[[item]]\nname = "a"\ntruth = { count = 1 }\n', 12, "'a' stands twice", "rename"),
        ('kind = "ocr"\ntitle = "T"\nprompt = "P"\nmetric = "exact-count"\n', None, "item: is missing", "add it"),
    ],
)
def test_a_wrong_task_is_one_sentence_with_line_and_remedy(
    tmp_path: Path, text: str, line: int | None, words: str, remedy: str
) -> None:
    error = complaint(tmp_path, text)
    where = f"{tmp_path}/mine/task.toml" + (f":{line}: " if line else ": ")
    assert error.message.startswith(where)
    assert words in error.message
    assert remedy in error.remedy


def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(PICTURE)
    folder = folder_of(tmp_path, task_text(image="b.png"))
    (folder / "b.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(TaskError, match="leaves the task's folder"):
        read_task(folder)
    (folder / "b.png").unlink()
    (folder / "b.png").symlink_to("b.png")
    with pytest.raises(TaskError, match="there is no file"):
        read_task(folder)


@pytest.mark.parametrize("name", ["b" * 300, "~nobody-of-that-name/b.png"])
def test_a_picture_that_cannot_even_be_looked_for_is_one_sentence(name: str) -> None:
    with pytest.raises(TaskError, match="b"):
        read_picture(Path(name))


def test_a_changed_picture_is_not_used(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, task_text())
    item = read_task(folder).items[0]
    assert item.load().data == PICTURE
    other = png((33, 33))
    (folder / "a.png").write_bytes(other)
    with pytest.raises(TaskError) as caught:
        item.load()
    assert str(folder / "a.png") in caught.value.message
    assert hashlib.sha256(other).hexdigest() in caught.value.remedy


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(None, "there is no such file", id="missing"),
        pytest.param(b"not a picture at all", "is not a picture", id="text"),
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(png((200, 200), "JPEG")[:2000], "is damaged", id="cut-jpeg"),
        pytest.param(png((200, 200))[:2000], "is damaged", id="cut-png"),
        pytest.param(png((200, 200))[:300] + b"\0" * 40 + png((200, 200))[340:], "is damaged", id="bad-checksum"),
    ],
)
def test_what_is_no_whole_picture_is_refused(tmp_path: Path, data: bytes | None, words: str) -> None:
    file = tmp_path / "mine.png"
    if data is not None:
        file.write_bytes(data)
    with pytest.raises(TaskError, match=words) as caught:
        read_picture(file)
    assert str(file) in caught.value.message
    assert caught.value.remedy


def test_a_picture_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    (tmp_path / "big.png").write_bytes(png((40, 40)))
    with pytest.raises(TaskError, match="more pixels"):
        read_picture(tmp_path / "big.png")


def test_a_box_in_a_picture_of_another_size_is_refused(tmp_path: Path) -> None:
    truth = "truth = { box = [1, 2, 3, 4], label = 'x', size = [9, 8] }"
    item = read_task(folder_of(tmp_path, task_text(truth, "grounding"))).items[0]
    with pytest.raises(TaskError, match="not of the size in its truth") as caught:
        item.load()
    assert "size = [32, 32]" in caught.value.remedy


def test_an_item_may_ask_in_its_own_words(tmp_path: Path) -> None:
    item = read_task(folder_of(tmp_path, task_text('prompt = "And here?"\ntruth = { count = 3 }'))).items[0]
    assert (item.prompt, item.canary) == ("And here?", False)


def test_a_jpeg_of_ones_own_is_read_whole(tmp_path: Path) -> None:
    data = png((64, 48), "JPEG")
    (tmp_path / "a.jpg").write_bytes(data)
    assert read_picture(tmp_path / "a.jpg").data == data
