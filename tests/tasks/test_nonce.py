"""Pictures that no cache has seen: made when they are needed, once for all boards, and not kept for long."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from edgetui.tasks import nonce


def test_pictures_are_made_once_for_all_boards_and_few_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    mark = nonce._marked
    monkeypatch.setattr(nonce, "_kept", {})
    monkeypatch.setattr(nonce, "_marked", lambda picture, salt: made.append(salt) or mark(picture, salt))
    out = io.BytesIO()
    Image.effect_noise((64, 64), 50).save(out, "PNG")
    seen = out.getvalue()
    first = nonce.fresh(seen, "a")
    monkeypatch.setattr(nonce, "MOST_KEPT", 2 * len(first) + 50)
    assert nonce.fresh(seen, "a") == first
    assert made == ["a"]
    for salt in ("b", "c", "a"):
        nonce.fresh(seen, salt)
    assert made == ["a", "b", "c", "a"]
    assert nonce.fresh(seen, "a") == first
