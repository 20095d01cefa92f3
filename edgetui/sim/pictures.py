"""The pictures of the bundled tasks, so that simulated models know what is on them."""

from __future__ import annotations

from collections.abc import Iterator

from edgetui.errors import TaskError
from edgetui.sim.ollama.answers import Known
from edgetui.tasks import folders, read_task


def known() -> Iterator[Known]:
    """Every picture of every task that can be read."""
    for folder in folders().values():
        try:
            task = read_task(folder)
            pictures = [(item, item.load()) for item in task.items]
        except TaskError:
            continue  # a broken folder of the user's own is no matter of the simulator
        for item, picture in pictures:
            if picture:
                truth = {key: _words(value) for key, value in item.truth.items()}
                yield Known(f"{task.name}/{item.name}", picture, truth)


def _words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
