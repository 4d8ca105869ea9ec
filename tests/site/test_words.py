"""Japanese is found by any part of a compound, English by its words."""

from hypothesis import given
from hypothesis import strategies as st

from .words import words_of


def test_words__of_a_mixed_text__are_those_of_both_languages() -> None:
    assert words_of("Stock 在庫照会 of stock_id") == [
        "Stock", "在", "庫", "照", "会", "在庫", "庫照", "照会", "of", "stock_id",
    ]  # fmt: skip


@given(before=st.text("店舗の"), part=st.text("在庫照会", min_size=2), after=st.text("を見る"))
def test_words__of_a_part__are_among_those_of_the_whole(before: str, part: str, after: str) -> None:
    assert set(words_of(part)) <= set(words_of(before + part + after))
