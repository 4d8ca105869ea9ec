"""Readings and characters that are one, however they were typed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customer.domain.names import current_form, sound_of
from customer.matching_rules import kanji_forms

KATAKANA = st.text("".join(chr(code) for code in range(ord("ァ"), ord("ヺ") + 1)) + "ー", max_size=12)


@pytest.mark.parametrize(
    "readings",
    [
        ("ショウタ", "シヨウタ", "ショータ", "ショオタ"),
        ("ヤマザキ", "ヤマサキ"),
        ("オオタ", "オタ", "オータ"),
        ("ユウコ", "ユーコ", "ユコ"),
        ("ミヅホ", "ミズホ"),
        ("カヅヲ", "カズオ"),
        ("リョウ", "リヨウ"),
        ("ヴィオラ", "ウイオラ"),
    ],
)
def test_sound_of__a_reading_with_what_is_easily_mistyped__is_that_of_the_right_one(
    readings: tuple[str, ...],
) -> None:
    assert len(set(map(sound_of, readings))) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ケンタ", "ケンジ"),
        ("ユミ", "ユミコ"),
        ("サトウ", "サイトウ"),
        ("ケイコ", "キョウコ"),
        ("アオイ", "アイ"),
    ],
)
def test_sound_of__two_names__is_two_sounds(one: str, other: str) -> None:
    assert sound_of(one) != sound_of(other)


@settings(deadline=None)  # the machine is shared
@given(KATAKANA)
def test_sound_of__a_sound__is_itself(kana: str) -> None:
    assert sound_of(sound_of(kana)) == sound_of(kana)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("髙橋", "高橋"),
        ("齋藤", "斉藤"),
        ("﨑山", "崎山"),
        ("渡邉", "渡邊"),
        ("濵田", "濱田"),
        ("𠮷田", "吉田"),
        ("國廣", "国広"),
    ],
)
def test_current_form__old_and_new_characters__are_one_name(one: str, other: str) -> None:
    forms = kanji_forms()
    assert current_form(one, forms) == current_form(other, forms)


@pytest.mark.parametrize(
    ("one", "other"), [("太田", "大田"), ("伊藤", "伊東"), ("安部", "阿部"), ("河合", "川合")]
)
def test_current_form__other_characters_of_one_reading__stay_two(one: str, other: str) -> None:
    forms = kanji_forms()
    assert current_form(one, forms) != current_form(other, forms)


def test_kanji_forms__each_current_form__stands_for_itself() -> None:
    forms = kanji_forms()
    assert not set(forms.values()) & forms.keys()
