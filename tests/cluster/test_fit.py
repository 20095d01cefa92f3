"""Will it fit? The published outcomes, and no claim where something is not known."""

from __future__ import annotations

import pytest

from edgetui.model import NA, Reading, known, na
from edgetui.model.fit import Fit, context_bytes

QWEN = {
    "general.architecture": "qwen25vl",
    "qwen25vl.attention.head_count": 16,
    "qwen25vl.attention.head_count_kv": 2,
    "qwen25vl.block_count": 36,
    "qwen25vl.context_length": 128000,
    "qwen25vl.embedding_length": 2048,
}
MOONDREAM = {
    "general.architecture": "phi2",
    "phi2.attention.head_count": 32,
    "phi2.attention.head_count_kv": 32,
    "phi2.block_count": 24,
    "phi2.context_length": 2048,
    "phi2.embedding_length": 2048,
}


def test_the_context_by_its_layers_and_heads() -> None:
    assert context_bytes(QWEN, 4096) == 2 * 36 * 2 * 128 * 2 * 4096
    assert context_bytes({**QWEN, "qwen25vl.attention.key_length": 64}, 4096) == 36 * 2 * 64 * 4 * 4096
    assert context_bytes(MOONDREAM, 4096) == context_bytes(MOONDREAM, 2048)
    assert context_bytes({**QWEN, "qwen25vl.attention.head_count_kv": [2] * 18 + [0] * 18}, 1) == 18 * 2 * 128 * 4


MANY = {**QWEN, "qwen25vl.attention.head_count_kv": [2] * 18 + ["many"] * 18}


@pytest.mark.parametrize("info", [{}, {"general.architecture": "x"}, {**QWEN, "qwen25vl.block_count": -1}, MANY])
def test_no_claim_about_a_model_that_tells_nothing(info: dict[str, object]) -> None:
    assert isinstance(context_bytes(info, 4096), NA)
    assert Fit(3.2e9, context_bytes(info, 4096), 8e9).verdict is None


@pytest.mark.parametrize(
    ("file", "info", "available", "freeable", "verdict"),
    [
        (3.2e9, QWEN, 7.6e9, 0.0, "fits"),  # Pi 5, 8 GB
        (3.2e9, QWEN, 3.4e9, 0.0, "too-big"),  # Pi 4, 4 GB
        (3.2e9, QWEN, 4.2e9, 0.0, "tight"),
        (3.2e9, QWEN, 2.6e9, 5e9, "fits"),  # beside a model that can be unloaded
        (1.74e9, MOONDREAM, 3.4e9, 0.0, "fits"),  # Jetson Nano, 4 GB
        (1.74e9, MOONDREAM, na("no reading"), 0.0, None),
    ],
)
def test_boards_of_the_published_comparison(
    file: float, info: dict[str, object], available: Reading, freeable: float, verdict: str | None
) -> None:
    fit = Fit(file, context_bytes(info, 4096), available, freeable)
    assert fit.verdict == verdict
    assert f"{file / 1e9:.1f} GB file" in str(fit)
    assert known(available) or "no reading" in str(fit)
