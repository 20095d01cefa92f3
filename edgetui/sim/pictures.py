"""What the bundled tasks ask, so that simulated models know what is on a picture and what is asked without one."""

from __future__ import annotations

from collections.abc import Iterator

from edgetui.errors import TaskError
from edgetui.sim.ollama.answers import Known
from edgetui.tasks import folders, read_task


def known() -> Iterator[Known]:
    """Every item of every task that can be read."""
    for folder in folders().values():
        try:
            task = read_task(folder)
            pictures = [(item, item.load().data) for item in task.items]
        except TaskError:
            continue  # a broken folder of the user's own is no matter of the simulator
        for item, picture in pictures:
            truth = {key: _words(value) for key, value in item.truth.items()}
            yield Known(f"{task.name}/{item.name}", picture, item.prompt or task.prompt, truth)


def _words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
