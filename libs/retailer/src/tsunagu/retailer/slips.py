"""Slips of who types a form: one sign, one digit, another character of the same reading."""

from collections.abc import Callable, Sequence
from datetime import date
from random import Random

from tsunagu.contracts.values import PersonalData
from tsunagu.retailer.people import Person

_VOICED = dict(
    zip("カキクケコサシスセソタテトハヒフヘホ", "ガギグゲゴザジズゼゾダデドバビブベボ", strict=True)
)
_EXCHANGED_MARKS = {**_VOICED, **{voiced: plain for plain, voiced in _VOICED.items()}}
_EXCHANGED_SIZES = {
    **dict(zip("ャュョッ", "ヤユヨツ", strict=True)),
    **dict(zip("ヤユヨツ", "ャュョッ", strict=True)),
}
_KANA = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン"

Slip = Callable[[Random, Person, PersonalData], PersonalData | None]
"""What becomes of a record; None where it has nothing of the kind to get wrong."""


def with_slip(random: Random, person: Person, right: PersonalData) -> PersonalData:
    """The record with one slip of those that it can have, each as likely."""
    for slip in random.sample(SLIPS, len(SLIPS)):
        wrong = slip(random, person, right)
        if wrong is not None and wrong != right:
            return wrong
    return right


def voiced_mark(random: Random, _person: Person, right: PersonalData) -> PersonalData | None:
    """ヤマサキ for ヤマザキ."""
    return _in_kana(random, right, lambda kana: _one_sign(random, kana, _EXCHANGED_MARKS))


def small_kana(random: Random, _person: Person, right: PersonalData) -> PersonalData | None:
    """シヨウタ for ショウタ."""
    return _in_kana(random, right, lambda kana: _one_sign(random, kana, _EXCHANGED_SIZES))


def long_vowel(random: Random, _person: Person, right: PersonalData) -> PersonalData | None:
    """オタ for オオタ, サトー for サトウ."""

    def change(kana: str) -> str | None:
        places = [place for place in range(1, len(kana)) if kana[place] in "ウオ"]
        if not places:
            return None
        place = random.choice(places)
        return kana[:place] + random.choice(("", "ー")) + kana[place + 1 :]

    return _in_kana(random, right, change)


def mistyped_sign(random: Random, _person: Person, right: PersonalData) -> PersonalData | None:
    """A sign changed, left out, or exchanged with its neighbour."""

    def change(kana: str) -> str:
        place = random.randrange(len(kana))
        kind = random.randrange(3)
        if kind == 0 or len(kana) < 3:
            return kana[:place] + random.choice(_KANA) + kana[place + 1 :]
        if kind == 1 or place + 1 == len(kana):
            return kana[:place] + kana[place + 1 :]
        return kana[:place] + kana[place + 1] + kana[place] + kana[place + 2 :]

    return _in_kana(random, right, change)


def other_kanji(random: Random, person: Person, right: PersonalData) -> PersonalData | None:
    """Another spelling of the same reading: staff write what they hear."""
    spellings = {"family_name": person.families[-1].alike, "given_name": person.given.spellings}
    for field in random.sample(tuple(spellings), 2):
        others = [spelling for spelling in spellings[field] if spelling != getattr(right, field)]
        if others:
            return right.model_copy(update={field: random.choice(others)})
    return None


def exchanged_day(_random: Random, _person: Person, right: PersonalData) -> PersonalData | None:
    """Day and month the other way round."""
    birth = right.birth_date
    if birth is None or birth.day > 12:
        return None
    return right.model_copy(update={"birth_date": date(birth.year, birth.day, birth.month)})


def wrong_year(random: Random, _person: Person, right: PersonalData) -> PersonalData | None:
    """A year of an era that is one off."""
    birth = right.birth_date
    if birth is None or (birth.month, birth.day) == (2, 29):
        return None
    return right.model_copy(update={"birth_date": birth.replace(year=birth.year + random.choice((-1, 1)))})


def wrong_digit_of_birth(random: Random, _person: Person, right: PersonalData) -> PersonalData | None:
    """One digit of the birth date."""
    if right.birth_date is None:
        return None
    digits = list(f"{right.birth_date:%Y%m%d}")
    digits[random.choice((3, 5, 6, 7))] = random.choice("0123456789")
    try:
        return right.model_copy(update={"birth_date": date.fromisoformat("".join(digits))})
    except ValueError:  # there is no such day, and the form has said so
        return None


def wrong_digit_of_postal_code(random: Random, _person: Person, right: PersonalData) -> PersonalData | None:
    """One of the last digits of the postal code."""
    if not right.addresses:
        return None
    address = right.addresses[0]
    place = random.randrange(3, 7)
    code = address.postal_code[:place] + random.choice("0123456789") + address.postal_code[place + 1 :]
    return right.model_copy(update={"addresses": (address.model_copy(update={"postal_code": code}),)})


def wrong_digit_of_phone(random: Random, _person: Person, right: PersonalData) -> PersonalData | None:
    """One of the last digits of the phone number."""
    if not right.phones:
        return None
    phone = right.phones[0]
    place = random.randrange(len(phone) - 4, len(phone))
    changed = phone[:place] + random.choice("0123456789") + phone[place + 1 :]
    return right.model_copy(update={"phones": (changed,)})


SLIPS: Sequence[Slip] = (
    voiced_mark,
    small_kana,
    long_vowel,
    mistyped_sign,
    other_kanji,
    exchanged_day,
    wrong_year,
    wrong_digit_of_birth,
    wrong_digit_of_postal_code,
    wrong_digit_of_phone,
)


def _in_kana(random: Random, right: PersonalData, change: Callable[[str], str | None]) -> PersonalData | None:
    """One of the two readings changed, where there is one to change."""
    for field in random.sample(("family_name_kana", "given_name_kana"), 2):
        kana = getattr(right, field)
        changed = change(kana) if kana else None
        if changed:
            return right.model_copy(update={field: changed})
    return None


def _one_sign(random: Random, kana: str, exchanged: dict[str, str]) -> str | None:
    places = [place for place, sign in enumerate(kana) if sign in exchanged]
    if not places:
        return None
    place = random.choice(places)
    return kana[:place] + exchanged[kana[place]] + kana[place + 1 :]
