"""The labelled people: as many of each kind as the shares say, the same for the same seed, at one with themselves."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import cache
from itertools import combinations
from random import Random

import pytest

from tsunagu.contracts.values import PersonalData
from tsunagu.retailer import people as p
from tsunagu.retailer import statements as s
from tsunagu.retailer.name_pool import own_names
from tsunagu.retailer.people import Difficulty, Person
from tsunagu.retailer.slips import SLIPS, Slip, with_slip
from tsunagu.retailer.statements import LabelledSet, labelled_set

PEOPLE = 4_000


@cache
def everybody(seed: int = 1) -> LabelledSet:
    return labelled_set(seed, PEOPLE, own_names())


def households() -> list[list[Person]]:
    found = defaultdict(list)
    for person in everybody().people.values():
        found[person.household_id].append(person)
    return list(found.values())


def test_labelled_set__the_same_seed__is_the_same_set_and_another_is_not() -> None:
    assert labelled_set(1, 200, own_names()).statements == labelled_set(1, 200, own_names()).statements
    assert labelled_set(1, 200, own_names()).statements != labelled_set(2, 200, own_names()).statements


def test_labelled_set__statements__name_each_ref_once_and_a_person_there_is() -> None:
    found = everybody()
    assert len({one.ref for one in found.statements}) == len(found.statements)
    assert {one.person_id for one in found.statements} == found.people.keys()
    assert 2.5 < len(found.statements) / len(found.people) < 2.7


@pytest.mark.parametrize(
    ("share", "found"),
    [
        (s.BIRTH_DATE_MISSING_SHARE, lambda one: one.birth_date is None),
        (s.KANA_MISSING_SHARE, lambda one: one.family_name_kana is None and one.given_name_kana is None),
        (s.ONE_FIELD_SHARE, lambda one: one.given_name is None),
    ],
)
def test_labelled_set__what_forms_lack__is_lacking_as_often_as_said(
    share: float, found: Callable[[PersonalData], bool]
) -> None:
    records = [one.personal for one in everybody().statements]
    assert sum(map(found, records)) / len(records) == pytest.approx(share, abs=0.01)


def test_people__who_moved_and_who_married__are_as_many_as_said() -> None:
    moved = sum(Difficulty.MOVED in one[0].difficulties for one in households()) / len(households())
    assert moved == pytest.approx(p.MOVED_SHARE, abs=0.02)
    found = everybody().people
    married = [one for one in found.values() if Difficulty.MARRIED in one.difficulties]
    assert len(married) == round(p.MARRIED_SHARE * len(found))
    assert all(one.is_woman and len(one.families) == len(one.homes) == 2 for one in married)


def test_people__a_household__has_one_home_and_nobody_with_anothers_name() -> None:
    for members in households():
        assert len({one.homes[-1] for one in members}) == 1
        assert len({one.families[-1] for one in members}) == 1
        assert len({one.given.kana for one in members}) == len(members)


def test_people__twins__have_one_birth_date_and_nobody_else_at_home_has() -> None:
    twins = 0
    for members in households():
        for one, other in combinations(members, 2):
            are_twins = Difficulty.TWIN in one.difficulties and Difficulty.TWIN in other.difficulties
            assert (one.birth_date == other.birth_date) is are_twins
            twins += are_twins
    assert twins > 0


def test_people__phones_and_addresses__belong_to_one_person_or_one_household() -> None:
    own = Counter(
        contact
        for one in everybody().people.values()
        for contact in (one.mobile, *one.emails)
        if contact is not None
    )
    assert max(own.values()) == 1
    for field in ("landlines", "household_email"):
        holders = defaultdict(set)
        for one in everybody().people.values():
            values = getattr(one, field)
            for value in values if isinstance(values, tuple) else (values,):
                if value is not None:
                    holders[value].add(one.household_id)
        assert all(len(households) == 1 for households in holders.values())


def test_labelled_set__the_tablet__names_its_share_of_cards() -> None:
    named = [
        one
        for one in everybody().statements
        if any(identifier.value == s.TABLET for identifier in one.identifiers)
    ]
    assert len(named) == round(s.TABLET_PEOPLE * PEOPLE / 20_000)
    assert {one.person_id for one in named} == {
        name for name, one in everybody().people.items() if Difficulty.TABLET in one.difficulties
    }


def test_labelled_set__readings_in_any_style__are_katakana_once_normalised() -> None:
    hiragana = {code: code + 0x60 for code in range(ord("ぁ"), ord("ゖ") + 1)}
    for one in everybody().statements:
        kana = one.personal.given_name_kana
        if kana is not None:
            assert all(
                "ァ" <= sign <= "ー" for sign in unicodedata.normalize("NFKC", kana).translate(hiragana)
            )


def a_record(person: Person) -> PersonalData:
    return PersonalData(
        family_name=person.families[-1].kanji,
        given_name=person.spelling,
        family_name_kana=person.families[-1].kana,
        given_name_kana=person.given.kana,
        birth_date=person.birth_date,
        phones=("09012345678",),
        addresses=(person.homes[-1],),
    )


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip.__name__)
def test_slips__each_kind__changes_one_field_and_does_so_for_some(slip: Slip) -> None:
    changes = 0
    for number, person in enumerate(list(everybody().people.values())[:200]):
        right = a_record(person)
        wrong = slip(Random(number), person, right)
        if wrong is not None and wrong != right:
            changed = [
                name for name in PersonalData.model_fields if getattr(wrong, name) != getattr(right, name)
            ]
            assert len(changed) == 1
            PersonalData.model_validate(wrong.model_dump())
            changes += 1
    assert changes > 10


def test_with_slip__any_record__has_one() -> None:
    for number, person in enumerate(list(everybody().people.values())[:200]):
        right = a_record(person)
        assert with_slip(Random(number), person, right) != right


def test_own_names__each__has_a_reading_in_katakana() -> None:
    random = Random(1)
    for _ in range(500):
        family, given = own_names().family(random), own_names().given(random, is_woman=random.random() < 0.5)
        assert all("ァ" <= sign <= "ー" for sign in family.kana + given.kana)
        assert own_names().spelling(random, given) in given.spellings
