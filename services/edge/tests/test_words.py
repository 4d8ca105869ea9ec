"""Words as they are searched for: whatever the keyboard has made of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.domain.words import pieces_to_find, pieces_to_keep, words_of

SAME = [
    ("シャツ", "ｼｬﾂ"),
    ("シャツ", "しゃつ"),
    ("Shirt", "ｓｈｉｒｔ"),
    ("SHIRT", "shirt"),
    ("ガード", "ｶﾞｰﾄﾞ"),
    ("白 シャツ", "白　しゃつ"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_words__written_in_two_ways__are_the_same(one: str, other: str) -> None:
    assert words_of(one) == words_of(other)


def test_words__that_differ__stay_different() -> None:
    assert len({tuple(words_of(text)) for text in ("かさ", "傘", "かざ", "kasa", "か さ")}) == 5


@given(st.text(max_size=60), st.integers(0, 60), st.integers(1, 60))
def test_pieces__of_any_part_of_a_word__are_among_the_pieces_of_the_word(
    text: str, at: int, length: int
) -> None:
    for word in words_of(text):
        part = word[at : at + length]
        if part:
            assert set(pieces_to_find([part])) <= set(pieces_to_keep([word]))


@given(st.text(max_size=60))
def test_words__said_again__are_the_same(text: str) -> None:
    assert words_of(" ".join(words_of(text))) == words_of(text)
