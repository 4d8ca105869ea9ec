"""How far two people's data agree, field by field."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customer.comparing import compare, features_of
from customer.domain import evidence as e
from customer.domain.evidence import LEVELS
from customer.domain.features import Features
from tsunagu.contracts.values import PersonalData, PostalAddress


def address(
    postal_code: str = "2310001", street: str = "本町1-2-3", building: str | None = None
) -> PostalAddress:
    return PostalAddress(
        postal_code=postal_code, prefecture="JP-14", city="横浜市", street=street, building=building
    )


def somebody(**changed: object) -> PersonalData:
    """勅使河原 健一, whose names few have; a field that is None was not given."""
    fields: dict[str, object] = {
        "family_name": "勅使河原",
        "given_name": "健一",
        "family_name_kana": "テシガワラ",
        "given_name_kana": "ケンイチ",
        "birth_date": date(1980, 5, 4),
        "addresses": (address(),),
        "phones": ("090-1234-5678",),
        "emails": ("ken@example.com",),
    }
    return PersonalData.model_validate(fields | changed)


def level(field: str, **changed: object) -> str | None:
    """How the field of somebody agrees with what was changed."""
    return compare(features_of(somebody()), features_of(somebody(**changed))).get(field)


@pytest.mark.parametrize(
    "changed",
    [
        {"family_name_kana": "てしがわら", "given_name_kana": "けんいち"},
        {"family_name_kana": "ﾃｼｶﾞﾜﾗ", "given_name_kana": "ｹﾝｲﾁ"},
        {"family_name_kana": "テシガハラ"},
        {"family_name": "勅使河原　", "given_name": " 健 一"},
        {"family_name": "勅使河原 健一", "given_name": None},
        {"family_name_kana": "テシガワラ ケンイチ", "given_name_kana": None},
        {"family_name_kana": None, "given_name_kana": None},
        {
            "family_name": "健一",
            "given_name": "勅使河原",
            "family_name_kana": "ケンイチ",
            "given_name_kana": "テシガワラ",
        },
    ],
)
def test_compare__one_name_in_another_spelling__is_equal(changed: dict[str, object]) -> None:
    levels = compare(features_of(somebody()), features_of(somebody(**changed)))
    assert (levels["family_name"], levels["given_name"]) == (e.EQUAL, e.EQUAL)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"given_name": "賢一"}, e.READING),
        ({"given_name": "賢一", "given_name_kana": "ゲンイチ"}, e.READING),
        ({"given_name": None}, e.READING),
        ({"given_name": "健市", "given_name_kana": "ケンニチ"}, e.SLIP),
        ({"given_name": "健二", "given_name_kana": "ケンジ"}, e.ELSE),
        ({"given_name": "健二", "given_name_kana": None}, e.ELSE),
        ({"given_name": "健一", "given_name_kana": "タケカズ"}, e.ELSE),
        ({"given_name": None, "given_name_kana": None}, None),
        ({"given_name": "けんいち", "given_name_kana": None}, e.READING),
    ],
)
def test_compare__given_names(changed: dict[str, object], expected: str | None) -> None:
    assert level("given_name", **changed) == expected


def test_compare__short_readings_with_one_sign_changed__are_two_names() -> None:
    one = somebody(given_name="由美", given_name_kana="ユミ")
    other = somebody(given_name="由香", given_name_kana="ユカ")
    assert compare(features_of(one), features_of(other))["given_name"] == e.ELSE


def test_compare__a_name_that_many_bear__is_common() -> None:
    sato = features_of(somebody(family_name="佐藤", family_name_kana="サトウ"))
    assert compare(sato, sato)["family_name"] == e.COMMON


@pytest.mark.parametrize(
    ("birth_date", "expected"),
    [
        (date(1980, 5, 4), e.EQUAL),
        (date(1980, 4, 5), e.SLIP),
        (date(1981, 5, 4), e.SLIP),
        (date(1979, 5, 4), e.SLIP),
        (date(1980, 5, 9), e.SLIP),
        (date(1880, 5, 4), e.SLIP),
        (date(1985, 5, 9), e.ELSE),
        (date(1978, 11, 23), e.ELSE),
        (None, None),
    ],
)
def test_compare__birth_dates(birth_date: date | None, expected: str | None) -> None:
    assert level("birth_date", birth_date=birth_date) == expected


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        ((address(street="本町１丁目２番３号"),), e.EQUAL),
        ((address("1000001"), address()), e.EQUAL),
        ((address(building="コーポ203"),), e.POSTAL_CODE),
        ((address(street="本町1-2-4"),), e.POSTAL_CODE),
        ((address("2310099"),), e.AREA),
        ((address("1000001"),), e.ELSE),
        ((), None),
    ],
)
def test_compare__addresses(addresses: tuple[PostalAddress, ...], expected: str | None) -> None:
    assert level("address", addresses=addresses) == expected


@pytest.mark.parametrize(
    ("phones", "expected"),
    [
        (("０９０（１２３４）５６７８",), e.EQUAL),
        (("+819012345678", "045-222-3333"), e.EQUAL),
        (("090-1234-5679",), e.ELSE),
        (("000",), None),
    ],
)
def test_compare__phones(phones: tuple[str, ...], expected: str | None) -> None:
    assert level("phone", phones=phones) == expected


def test_compare__e_mail_addresses_in_other_cases__are_equal() -> None:
    assert level("email", emails=("Ken@Example.com",)) == e.EQUAL


NAMES = st.sampled_from(["健一", "賢一", "健二", "由美", "佐藤", "齋藤", "斉藤", "サトウ", "佐藤 健一", None])
READINGS = st.sampled_from(
    ["ケンイチ", "けんいち", "ｹﾝｼﾞ", "ユミ", "サトウ", "サイトウ", "サトウ ケンイチ", None]
)
RECORDS = st.builds(
    somebody,
    family_name=NAMES,
    given_name=NAMES,
    family_name_kana=READINGS,
    given_name_kana=READINGS,
    birth_date=st.none() | st.dates(date(1980, 1, 1), date(1981, 12, 31)),
    addresses=st.sampled_from([(), (address(),), (address("2310099"),), (address(), address("1000001"))]),
    phones=st.sampled_from([(), ("090-1234-5678",), ("045-222-3333",)]),
    emails=st.sampled_from([(), ("ken@example.com",), ("yumi@example.com",)]),
).map(features_of)


@settings(deadline=None)  # the machine is shared
@given(RECORDS, RECORDS)
def test_compare__any_two_records__is_the_same_the_other_way_round_and_has_levels_of_the_model(
    one: Features, other: Features
) -> None:
    levels = compare(one, other)
    assert levels == compare(other, one)
    assert all(found in LEVELS[e.Field(field)] for field, found in levels.items())


@settings(deadline=None)  # the machine is shared
@given(RECORDS)
def test_compare__a_record_with_itself__agrees_in_all_that_it_has(one: Features) -> None:
    levels = compare(one, one)
    assert set(levels.values()) <= {e.EQUAL, e.COMMON, e.READING}
    assert ("birth_date" in levels) is (one.birth_date is not None)


def test_compare__features__show_nothing_of_themselves() -> None:
    one = features_of(somebody())
    text = f"{one} {one!r} {one.family_name} {replace(one, birth_date=None)!r}"
    assert not any(value in text for value in ("勅使河原", "健一", "1234", "example", "1980", "2310001"))
