"""Who is compared at all: records of one person share a block in spite of a slip."""

from datetime import date

import pytest

from customer.comparing import features_of
from customer.domain.blocks import blocks_of
from tsunagu.contracts.values import PersonalData, PostalAddress

HOME = PostalAddress(postal_code="2310001", prefecture="JP-14", city="横浜市", street="本町1-2-3")
RIGHT = PersonalData(
    family_name="山崎",
    given_name="翔太",
    family_name_kana="ヤマザキ",
    given_name_kana="ショウタ",
    birth_date=date(1980, 5, 4),
    addresses=(HOME,),
    phones=("045-222-3333",),
)


@pytest.mark.parametrize(
    "changed",
    [
        {"family_name_kana": "ヤマサキ"},
        {"given_name_kana": "シヨウタ", "addresses": ()},
        {"given_name_kana": "シュウタ", "addresses": (), "phones": ()},
        {"birth_date": date(1980, 4, 5)},
        {"birth_date": date(1980, 4, 5), "addresses": (), "phones": ()},
        {"birth_date": date(1981, 5, 4), "addresses": ()},
        {"birth_date": None, "phones": ()},
        {"birth_date": None, "addresses": ()},
        {"family_name_kana": None, "given_name_kana": None},
        {"family_name_kana": None, "given_name_kana": None, "birth_date": None},
        {"family_name": "佐藤", "family_name_kana": "サトウ", "addresses": (), "phones": ()},
    ],
)
def test_blocks_of__a_record_with_a_slip_or_a_gap__shares_one_with_the_right_one(
    changed: dict[str, object],
) -> None:
    other = RIGHT.model_copy(update=changed)
    assert blocks_of(features_of(RIGHT)) & blocks_of(features_of(other))


def test_blocks_of__a_family__shares_none_by_its_home_alone() -> None:
    wife = RIGHT.model_copy(
        update={"given_name": "花子", "given_name_kana": "ハナコ", "birth_date": date(1982, 1, 1)}
    )
    assert not blocks_of(features_of(RIGHT)) & blocks_of(features_of(wife))


def test_blocks_of__nothing_known__is_none() -> None:
    assert blocks_of(features_of(PersonalData())) == frozenset()
