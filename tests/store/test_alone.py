"""A run is measured by one program at a time, and a killed one holds nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from edgetui.errors import StoreError
from edgetui.store.alone import alone

HOLD = """
import sys, time
from pathlib import Path
from edgetui.store.alone import alone
with alone(Path(sys.argv[1]), "r1"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_another_program_is_told_and_a_killed_one_has_let_go(tmp_path: Path) -> None:
    store = tmp_path / "edgetui.db"
    with subprocess.Popen([sys.executable, "-c", HOLD, str(store)], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(StoreError, match="r1"), alone(store, "r1"):
            pytest.fail("both hold it")
        with alone(store, "r2"):
            other.kill()
            other.wait()
    with alone(store, "r1"):
        pass
    assert list(tmp_path.iterdir()) == []
