from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stena.message import NAME_LIMIT, TEXT_LIMIT, Draft
from stena.refusal import Refusal
from stena.text import MOST_MARKS


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  words \n", "words"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("one\u2028two\u2029three", "one\ntwo\nthree"),
        # The line ends of slides, of page breaks, and of mainframes.
        ("one\x0btwo\x0cthree\x85four", "one\ntwo\nthree\nfour"),
        ("one\r\x0b\r\n\u2029two", "one\n\n\ntwo"),
        ("a\x00b\x08c\x1bd\x1fe\x7ff\x80g\x9fh", "abcdefgh"),
        ("a\ufdd0b\ufffec\uffffd\U0001fffee\U0010fffff", "abcdef"),
        (f"a{chr(0xD83D)}b{chr(0xDC4D)}", "ab"),
        ("e\u0301", "\u00e9"),
        ("a\n\n\nb", "a\n\n\nb"),
        ("a\n\n\n\nb", "a\n\n\nb"),
        ("a\n \n\t\n  \n\n\nb", "a\n\n\nb"),
        ("a\tb", "a\tb"),
        ("👩‍👩‍👧", "👩‍👩‍👧"),
        # More accents than any letter has, in an order in which sorting them takes very long.
        ("a" + "\u0315" * 20 + "\u0321" * 20, "a" + "\u0321" * 10 + "\u0315" * 20),
        # One accent that is written as two.
        ("a" + "\u0344" * 20, "\u00e4" + "\u0301\u0308" * 15),
        ("\u0e17\u0e35" * 40 + "→" * 40, "\u0e17\u0e35" * 40 + "→" * 40),
        ("<b>&amp;", "<b>&amp;"),
    ],
)
def test_text_is_tidied_and_nothing_else(typed: str, kept: str) -> None:
    assert Draft.of(typed).text == kept
    assert Draft.of(kept).text == kept


@pytest.mark.parametrize(
    "nothing",
    [
        "",
        " ",
        "\n\n",
        "\x00\x07",
        "\x0b\x85",
        "\u200b",
        "\u2060\ufeff",
        "\u3164",
        "\u2800 \u115f",
        "\u0301",
        "\u202e",
        "\u2065\ufff0",
        "\U000e0002 \U0001d159",
    ],
)
def test_text_without_ink_is_empty(nothing: str) -> None:
    with pytest.raises(Refusal) as refused:
        Draft.of(nothing)
    assert (refused.value.code, refused.value.field) == ("text_empty", "text")


def test_a_name_has_spaces_for_line_ends_and_nothing_that_cannot_be_shown() -> None:
    assert Draft.of("text", name="a\x0bb\x85c\u2028d\x00\x07e\ufffe\r\n").name == "a b c de"
    assert Draft.of("text", name="\x00\x1b\ufdd0").name is None


def test_text_is_counted_in_characters_after_tidying() -> None:
    assert len(Draft.of(" " + "🙂" * TEXT_LIMIT + "\r\n").text) == TEXT_LIMIT
    with pytest.raises(Refusal) as refused:
        Draft.of("🙂" * (TEXT_LIMIT + 1))
    assert refused.value.code == "text_too_long"
    assert refused.value.numbers == {"limit": TEXT_LIMIT, "length": TEXT_LIMIT + 1}


def test_a_name_is_one_line_of_limited_length() -> None:
    assert Draft.of("text", name="  Anna \t Maria ").name == "Anna Maria"
    assert Draft.of("text", name="\u200b").name is None
    assert Draft.of("text", name="n" + "\u0335" * NAME_LIMIT).name == "n" + "\u0335" * MOST_MARKS
    assert Draft.of("text", name="n" * NAME_LIMIT).name == "n" * NAME_LIMIT
    with pytest.raises(Refusal) as refused:
        Draft.of("text", name="n" * (NAME_LIMIT + 1))
    assert (refused.value.code, refused.value.field) == ("name_too_long", "name")


@pytest.mark.parametrize("nonce", ["short", "x" * 65, "with space", "день-рождения", "a\nb45678"])
def test_a_nonce_of_another_form_is_refused(nonce: str) -> None:
    with pytest.raises(Refusal) as refused:
        Draft.of("text", nonce=nonce)
    assert refused.value.code == "nonce_invalid"


def test_a_draft_is_the_same_only_with_the_same_nonce_and_words() -> None:
    draft = Draft.of("text", "name", "12345678")
    assert draft.dedup_key == Draft.of(" text ", " name", "12345678").dedup_key
    others = [
        Draft.of("text", "name", "12345679"),
        Draft.of("other", "name", "12345678"),
        Draft.of("text", "", "12345678"),
    ]
    assert draft.dedup_key not in [other.dedup_key for other in others]
    assert Draft.of("text").dedup_key is None


@given(st.text(), st.text())
def test_whatever_is_typed_is_tidied_once_or_refused(text: str, name: str) -> None:
    try:
        draft = Draft.of(text, name)
    except Refusal:
        return
    assert 1 <= len(draft.text) <= TEXT_LIMIT
    assert unicodedata.is_normalized("NFC", draft.text)
    assert "\n\n\n\n" not in draft.text
    assert all(c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"} for c in draft.text)
    assert Draft.of(draft.text, draft.name or "") == draft
