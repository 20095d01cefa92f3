"""The board's word on cached tokens and the encoder: believed of this very request only."""

import pytest

from edgetui.model import NA, na
from edgetui.runners.figures import UNSAID, Figures
from edgetui.runners.llama_evidence import MISFIT, Evidence, proven

JOURNAL, SLOTS = Evidence(771, 11, 2.8), Evidence(771, 11)
UNHEARD = Evidence(na("?"), na("?"))


@pytest.mark.parametrize(
    ("evidence", "figures", "only_new", "cached", "encode_s"),
    [
        ((JOURNAL, SLOTS), Figures(prompt_tokens=771), False, 11, 2.8),
        ((SLOTS,), Figures(prompt_tokens=771), False, 11, None),
        ((JOURNAL,), Figures(prompt_tokens=760), True, 11, 2.8),
        ((JOURNAL,), Figures(prompt_tokens=771), True, MISFIT, None),
        ((JOURNAL,), Figures(prompt_tokens=900), False, MISFIT, None),
        ((Evidence(900, 0, 1.0), SLOTS), Figures(prompt_tokens=771), False, 11, None),
        ((SLOTS, Evidence(900, 0, 1.0)), Figures(prompt_tokens=771), False, 11, None),
        ((UNHEARD,), Figures(prompt_tokens=771), False, None, None),
        ((JOURNAL,), Figures(), False, None, None),
        ((JOURNAL,), Figures(prompt_tokens=771, cached_tokens=40), False, 40, 2.8),
    ],
)
def test_what_is_believed(evidence, figures, only_new, cached, encode_s):
    got, encoder_s = proven(evidence, figures, only_new=only_new)
    assert got.cached_tokens == cached or (cached is None and isinstance(got.cached_tokens, NA))
    assert encoder_s == encode_s or (encode_s is None and isinstance(encoder_s, NA))
    assert got.prompt_tokens == figures.prompt_tokens


def test_where_nobody_looked_nothing_changes():
    assert proven((), Figures(prompt_tokens=771), only_new=False)[0].cached_tokens == UNSAID
