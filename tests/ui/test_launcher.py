from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from textual.widgets import Input, TextArea

from edgetui.cluster.live import Order
from edgetui.model.fit import Fit
from edgetui.ui import last_choice
from edgetui.ui.foretelling import refusals, warned
from edgetui.ui.last_choice import LastChoice
from edgetui.ui.screens.launcher import Launcher
from tests.servers import soon
from tests.ui import fake
from tests.ui.fake import tasks, tasks_of_text
from tests.ui.stage import Stage, staged


def fired(stage: Stage) -> Order:
    (order,) = (call[0] for call in stage.called("fire"))
    assert isinstance(order, Order)
    return order


async def test_r_and_enter_fire_on_all_boards(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        screen = await stage.press("r", "enter")
        order = fired(stage)
        assert (order.task, order.models, order.repeats) == ("count-potholes", ("moondream:1.8b",), 1)
        assert order.boards[0] == "rtx3060"
        assert len(order.boards) == 8
        assert order.items[0][0] == "road"
        assert order.items[0][1].startswith(b"\x89PNG")
        assert "0/8 answers" in screen


async def test_a_stranger_begins_with_a_picture_though_a_task_of_text_comes_first(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.app.tasks = lambda: [*tasks_of_text(), tasks(tmp_path)[0]]
        await stage.press("r", "enter")
        assert fired(stage).task == "count-potholes"


async def test_marked_boards_are_the_ones_it_runs_on(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.press("right", "space", "space", "r", "enter")
        assert fired(stage).boards == ("orin-nano", "pi5")


async def test_only_the_board_under_the_cursor(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.press("right", "right", "r", "tab", "tab", "tab", "right")
        assert "● only pi5" in stage.text()
        await stage.press("enter")
        assert fired(stage).boards == ("pi5",)


async def test_models_tell_on_how_many_of_the_chosen_boards_they_are(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        screen = await stage.press("r")
        assert "4 of 8  qwen2.5vl:3b" in screen
        assert "on 5 of 8 boards" in screen


async def test_models_that_are_told_while_it_is_open_are_offered(tmp_path: Path) -> None:
    known = fake.eight()
    states = {name: replace(state, ollama=None) for name, state in known.items()}
    async with staged(tmp_path, states=states) as stage:
        assert "Which model?" in await stage.press("r", "enter")
        states.update(known)
        await soon(lambda: "4 of 8  qwen2.5vl:3b" in stage.text())
        assert "Which model?" not in await stage.press("enter")
        assert fired(stage).models == ("moondream:1.8b",)


async def test_a_model_that_was_typed_before_boards_told_theirs_stays(tmp_path: Path) -> None:
    known = fake.eight()
    states = {name: replace(state, ollama=None) for name, state in known.items()}
    async with staged(tmp_path, states=states) as stage:
        await stage.press("r", "tab", *"llava")
        states.update(known)
        await soon(lambda: "on 0 of 8 boards" in stage.text())
        await stage.press("enter")
        assert fired(stage).models == ("llava",)


async def test_any_model_can_be_typed_and_any_prompt(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.press("r", "tab")
        stage.app.screen.query_one("#model", Input).value = "llava:7b"
        stage.app.screen.query_one(TextArea).load_text("Is the road wet?")
        screen = await stage.settle()
        assert "on 0 of 8 boards" in screen
        await stage.press("enter")
        assert (fired(stage).models, fired(stage).prompt) == (("llava:7b",), "Is the road wet?")


async def test_an_own_prompt_survives_a_change_of_task(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.press("r")
        prompt = stage.app.screen.query_one(TextArea)
        assert prompt.text.startswith("How many potholes")
        await stage.press("down")
        assert prompt.text == "What does the sign say?"
        prompt.load_text("Mine.")
        await stage.press("up")
        assert prompt.text == "Mine."


async def test_wrong_input_is_said_in_the_launcher_and_fires_nothing(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no picture")
    async with staged(tmp_path) as stage:
        await stage.press("r")
        screen = stage.app.screen
        for field, value, words in (
            ("#model", "", "Which model?"),
            ("#repeats", "0", "whole number from 1"),
            ("#picture", str(tmp_path / "nowhere.png"), "no such file"),
            ("#picture", str(tmp_path / "notes.txt"), "not a picture"),
        ):
            before = screen.query_one(field, Input).value
            screen.query_one(field, Input).value = value
            assert words in (await stage.press("enter")).replace("\n", " ")
            screen.query_one(field, Input).value = before
        assert stage.called("fire") == []
        assert isinstance(stage.app.screen, Launcher)


async def test_an_own_picture_takes_the_place_of_the_tasks(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        own = tmp_path / "my street.png"
        own.write_bytes((tmp_path / "road.png").read_bytes())
        await stage.press("r")
        stage.app.screen.query_one("#picture", Input).value = str(own)
        await stage.press("enter")
        assert [item[0] for item in fired(stage).items] == ["my street"]


async def test_the_last_choice_comes_back(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.press("r", "down")
        stage.app.screen.query_one("#repeats", Input).value = "3"
        await stage.press("enter")
    assert last_choice.read() == LastChoice("read-text", "moondream:1.8b", "all", 3)
    async with staged(tmp_path) as stage:
        await stage.press("r", "enter")
        assert (fired(stage).task, fired(stage).repeats) == ("read-text", 3)


def test_garbage_in_the_state_file_counts_as_no_choice(tmp_path: Path) -> None:
    path = tmp_path / "xdg_state_home" / "edgetui" / "launcher.json"
    path.parent.mkdir(parents=True)
    for garbage in ("", "[1]", "{", '{"task": 3, "repeats": "x", "scope": "moon"}', '{"repeats": true}'):
        path.write_text(garbage)
        assert last_choice.read().task == ""
        assert last_choice.read().scope == "all"
    path.write_bytes(b"\xff\xfe")
    assert last_choice.read() == LastChoice()


async def test_the_launcher_fits_a_small_terminal(tmp_path: Path) -> None:
    async with staged(tmp_path, size=(80, 24)) as stage:
        screen = await stage.press("r")
        for words in ("Task", "Model", "Boards", "Repeats", "Prompt", "Fire", "road"):
            assert words in screen


async def test_models_that_were_named_stay_when_boards_items_or_mode_change(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.press("right", "right", "r", "tab")
        stage.app.screen.query_one("#model", Input).value = "moondream:1.8b, qwen2.5vl:3b"
        assert "on 4 of 8 boards" in await stage.settle()
        screen = await stage.press("tab", "tab", "right")
        assert "● only pi5" in screen
        assert "on 1 of 1 boards" in screen
        await stage.press("tab", "right", "tab", "right")
        assert "burst" in stage.text()
        await stage.press("enter")
        assert fired(stage).models == ("moondream:1.8b", "qwen2.5vl:3b")


async def test_several_models_come_back(tmp_path: Path) -> None:
    last_choice.write(LastChoice(model="moondream:1.8b, qwen2.5vl:3b"))
    async with staged(tmp_path) as stage:
        await stage.press("r", "enter")
        assert fired(stage).models == ("moondream:1.8b", "qwen2.5vl:3b")


async def test_the_choice_of_one_board_comes_back_where_it_is_the_marked_one_too(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.press("right", "right", "space", "left", "r", "tab", "tab", "tab", "right", "right")
        assert "● only pi5" in stage.text()
        await stage.press("enter")
        assert fired(stage).boards == ("pi5",)
        assert last_choice.read().scope == "cursor"


async def test_a_name_without_its_tag_is_the_latest(tmp_path: Path) -> None:
    states = fake.eight()
    for name, state in states.items():
        if state.ollama is not None:
            rows = [replace(row, name="moondream:latest") for row in state.ollama.installed[:1]]
            states[name] = replace(state, ollama=replace(state.ollama, installed=tuple(rows)))
    async with staged(tmp_path, states=states) as stage:
        await stage.press("r", "tab")
        stage.app.screen.query_one("#model", Input).value = "moondream"
        assert "on 5 of 8 boards" in await stage.settle()


def test_what_hardly_fits_on_many_boards_is_one_sentence_that_begins_with_their_number() -> None:
    small = Fit(3.2e9, 0.2e9, 3.4e9)
    (one,) = warned([("pi4-4g", "qwen", small)])
    assert one == "qwen will hardly fit on pi4-4g: needs 3.7 GB of 3.4 GB"
    (many,) = warned([("pi4-4g", "qwen", small), ("nano\x1b[2J", "qwen", small)])
    assert many.startswith("qwen will hardly fit on 2 boards: pi4-4g, nano")
    assert "\x1b" not in many


async def test_a_task_that_no_board_could_run_is_not_the_next_choice(tmp_path: Path) -> None:
    last_choice.write(LastChoice("count-potholes", "moondream:1.8b", "all", 3))
    async with staged(tmp_path) as stage:
        _, cells = stage.fire(("pi5", "pi4-4g"), runner="script")
        fake.finish(cells["pi5"], "unsupported", reason="it runs no scripts")
        await stage.settle()
        assert last_choice.read().task == "count-potholes"
        fake.finish(cells["pi4-4g"], "not-installed", reason="there is no python3 on this board")
        await stage.settle()
        assert last_choice.read() == LastChoice("", "moondream:1.8b", "all", 3)
        last_choice.write(LastChoice("count-potholes"))
        _, cells = stage.fire(("pi5",))
        fake.finish(cells["pi5"], "not-installed", reason="a model that can be pulled")
        await stage.settle()
    assert last_choice.read().task == "count-potholes"


def test_boards_that_run_no_script_are_told_by_their_reason() -> None:
    python = "there is no python3 on this board"
    told = refusals([("pi5", python), ("nano", "it runs\x1b[2J none"), ("pi4-4g", python)])
    assert told[0] == f"will not run on 2 boards: {python}"
    assert told[1].startswith("will not run on nano: it runs")
    assert "\x1b" not in told[1]
