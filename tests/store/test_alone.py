"""One program holds a run; what a killed one left goes with the next run."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgetui.errors import StoreError
from edgetui.store.alone import alone


def test_two_hold_different_runs_and_nobody_the_same(tmp_path: Path) -> None:
    store = tmp_path / "e[1].db"
    with alone(store, "a"), alone(store, "b"):
        for run in ("a", "b"):
            with pytest.raises(StoreError, match=f"measures {run}"), alone(store, run):
                pass
        assert len(list(tmp_path.iterdir())) == 2
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_program_left_is_swept_and_keeps_nobody_out(tmp_path: Path) -> None:
    store = tmp_path / "e[1].db"
    for run in ("killed", "mine"):
        (tmp_path / f"e[1].db.{run}.lock").touch()
    with alone(store, "mine"):
        assert [path.name for path in tmp_path.iterdir()] == ["e[1].db.mine.lock"]
    assert list(tmp_path.iterdir()) == []
