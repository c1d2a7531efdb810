from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stena.text import before, cut

# What people see as one letter or picture, and is several characters.
LETTERS = [
    "e\u0301", "a\u0323\u0302", "й̈", "👍🏽", "❤️", "1️⃣", "👩‍👩‍👧‍👦", "🏳️‍🌈", "🇺🇦",
    "🏴\U000e0067\U000e0062\U000e0065\U000e007f",
    "\u1112\u1161\u11ab", "한", "가\u11a8", "क्षि", "क्त्वा", "कि", "ন্ধ", "நி", "กำ", "ที่",
    "ລຳ", "שָּׁ", "بِّ", "が",
    "か\u3099", "ｶﾞ", "葛\U000e0100", "က္က", "z\u0335\u0336\u0337",
]  # fmt: skip


@pytest.mark.parametrize("letter", LETTERS)
def test_no_letter_is_divided_where_a_text_is_cut(letter: str) -> None:
    for limit in range(len(letter), 4 * len(letter)):
        assert cut(letter * 4, limit) == letter * (limit // len(letter))
        assert cut("a b " + letter * 4, limit + 4) == "a b " + letter * (limit // len(letter))


def test_a_letter_that_is_longer_than_the_limit_is_cut_all_the_same() -> None:
    assert cut("z" + "\u0335" * 50, 20) == "z" + "\u0335" * 19


@given(st.text(), st.integers(1, 30))
def test_a_text_is_cut_to_its_beginning(text: str, limit: int) -> None:
    beginning = cut(text, limit)
    assert text.startswith(beginning)
    assert len(beginning) <= limit
    assert 0 <= before(text, limit) <= limit
    assert (beginning == text) == (len(text) <= limit)
