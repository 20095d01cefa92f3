"""Will it fit? The published outcomes, and no claim where something is not known."""

from __future__ import annotations

import pytest

from edgetui.model import NA, Reading, known, na
from edgetui.model.fit import Campaign, Fit, Kept, context_bytes, picture_tokens

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


PROJECTOR = {"clip.vision.image_size": 378, "clip.vision.patch_size": 14}
PICTURE = float(2 * 24 * 32 * 64 * 2 * 729)
"""Of moondream: 143 MB (measured on a toy of its layout: its own KV of 771 tokens)."""


def test_a_pictures_tokens_by_what_the_model_tells_of_its_eyes() -> None:
    assert picture_tokens(MOONDREAM, PROJECTOR) == 729
    assert context_bytes(MOONDREAM, 729) == PICTURE
    seen = {"qwen25vl.vision.max_pixels": 1003520, "qwen25vl.vision.patch_size": 14}
    assert picture_tokens({**QWEN, **seen}, {}) == 1280
    mistral = {
        "general.architecture": "mistral3",
        "mistral3.vision.image_size": 280,
        "mistral3.vision.patch_size": 14,
    }
    assert picture_tokens(mistral, {}) == 400
    assert picture_tokens({**mistral, "mistral3.vision.spatial_merge_size": 2}, {}) == 100
    gemma = {"general.architecture": "gemma3", "gemma3.mm.tokens_per_image": 256, "gemma3.vision.image_size": 896}
    assert picture_tokens({**gemma, "gemma3.vision.patch_size": 14}, {}) == 256
    for nothing in (
        {},
        {"clip.vision.image_size": 378, "clip.vision.patch_size": 0},
        {"clip.vision.image_size": "x"},
    ):
        assert isinstance(picture_tokens(MOONDREAM, nothing), NA)


@pytest.mark.parametrize(
    ("available", "pictures", "watched", "verdict", "unloads_after"),
    [
        (3.6e9, 60, True, "fits", 7),  # 4 GB
        (3.6e9, 60, False, "too-big", None),
        (3.6e9, 4, True, "fits", None),
        (3.6e9, 4, False, "tight", None),
        (8.0e9, 60, True, "fits", 38),  # 8 GB
        (8.0e9, 60, False, "too-big", None),
        (8.0e9, 30, False, "fits", None),
        (2.2e9, 60, True, "too-big", None),  # the model itself does not fit
        (60e9, 1000, False, "fits", None),  # never more than 8 GiB
    ],
)
def test_a_campaigns_pictures_are_reckoned_with(
    available: float, pictures: int, watched: bool, verdict: str, unloads_after: int | None
) -> None:
    kept = Kept(PICTURE, Campaign(pictures, watched))
    fit = Fit(1.74e9, context_bytes(MOONDREAM, 2048), available, 0.0, kept)
    assert (fit.verdict, fit.unloads_after) == (verdict, unloads_after)
    assert f"GB that {pictures} pictures leave (143 MB each)" in str(fit)
    assert ("memory_watch is off" in str(fit)) is not watched
    assert bool(fit.warning) is (verdict == "too-big" or unloads_after is not None)


def test_what_is_kept_lies_in_the_boards_memory_though_the_model_lies_in_a_cards() -> None:
    context = context_bytes(MOONDREAM, 2048)
    for beside, watched, verdict, after in (
        (30e9, False, "fits", None),
        (5e9, False, "too-big", None),
        (5e9, True, "fits", 32),
        (na("no reading"), False, None, None),
    ):
        fit = Fit(1.74e9, context, 12e9, 0.0, Kept(PICTURE, Campaign(60, watched), beside))
        assert (fit.verdict, fit.unloads_after) == (verdict, after)


def test_nothing_is_claimed_of_pictures_whose_size_is_not_told() -> None:
    untold = Kept(na("not told"), Campaign(60, watched=False))
    assert Fit(1.74e9, 0.4e9, 8e9, 0.0, untold).verdict is None
    watched = Fit(1.74e9, 0.4e9, 8e9, 0.0, Kept(na("not told"), Campaign(60, watched=True)))
    assert (watched.verdict, watched.unloads_after) == ("fits", None)
    assert "what 60 pictures leave: n/a (not told)" in str(watched)
    blind = Kept(na("not told"), Campaign(0, watched=False))  # a task without pictures
    assert Fit(1.74e9, 0.4e9, 8e9, 0.0, blind).verdict == "fits"
