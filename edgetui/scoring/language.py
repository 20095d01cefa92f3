"""The language that was asked for, as far as its script tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from edgetui.model.reading import na
from edgetui.model.score import Score
from edgetui.scoring.marks import scripts, share
from edgetui.scoring.metric import Answer, Metric

ENOUGH = 0.8
"""Part of the letters: names and units of other scripts are allowed."""
RULE = f"at least {ENOUGH:.0%} of the letters are of the language's script (French and English are not told apart)"
_SCRIPTS: Final = {
    "zh": {"CJK"},
    "ja": {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"},
    "ko": {"HANGUL", "CJK"},
    **{code: {"CYRILLIC"} for code in ("ru", "uk", "bg", "sr")},
    **{code: {"ARABIC"} for code in ("ar", "fa", "ur")},
    "he": {"HEBREW"},
    "el": {"GREEK"},
    **{code: {"DEVANAGARI"} for code in ("hi", "mr", "ne")},
    "th": {"THAI"},
}
"""By ISO 639-1 code; every other is taken for Latin."""


def judge(answer: Answer, truth: Mapping[str, Any]) -> Score:
    """The value is the part of letters in the right script."""
    code = str(truth["language"])
    found = scripts(answer.text)
    if not found:
        return Score(value=na("no letters"), passed=None, rule=RULE, truth=code)
    value = share(found, _SCRIPTS.get(code, {"LATIN"}))
    details = tuple((script.casefold(), n / sum(found.values())) for script, n in found.most_common(3))
    marks = () if value >= ENOUGH else ("wrong-language",)
    return Score(value=value, passed=not marks, rule=RULE, truth=code, details=details, marks=marks)


METRIC = Metric(name="language", version=1, needs=("language",), judge=judge)
