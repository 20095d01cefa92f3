"""Events as a file for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from edgetui.model import Event


def export(events: Iterable[Event], now: float) -> Path:
    """JSON lines in a new file of the current folder, named after ``now``, Unix s. Raises OSError."""
    path = Path(datetime.fromtimestamp(now).strftime("edgetui-events-%Y%m%d-%H%M%S.jsonl"))
    with path.open("x", encoding="utf-8") as file:
        file.writelines(json.dumps(event.to_json()) + "\n" for event in events)
    return path
