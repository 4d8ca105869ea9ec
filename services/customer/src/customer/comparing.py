"""Two people's data side by side: each in one spelling, then how far each field agrees."""

import re
import unicodedata
from datetime import date

from jaconv import hira2kata
from rapidfuzz.distance import OSA

from customer.domain import evidence as e
from customer.domain.evidence import Field, Levels
from customer.domain.features import Features, Home, Spelling
from customer.domain.names import current_form, sound_of
from customer.identifiers import normal_email, normal_phone
from customer.matching_rules import common_sounds, kanji_forms
from tsunagu.contracts.values import PersonalData, PostalAddress

SLIP_SIGNS_MIN = 4
"""A shorter reading with one sign changed is another name: ユミ and ユカ."""

AREA_DIGITS = 3
"""Of a postal code: the post office that delivers there, which is a town or a part of one."""

_SPACES = re.compile(r"\s+")
_KANA_ONLY = re.compile(r"[ァ-ヺー]+")
_NO_KANA = re.compile(r"[^ァ-ヺー]")
_NUMBER = re.compile(r"\d+")


def features_of(personal: PersonalData) -> Features:
    """What of a person's data is compared."""
    family, given = _both(personal.family_name, personal.given_name)
    family_kana, given_kana = _both(personal.family_name_kana, personal.given_name_kana)
    return Features(
        _spelling(e.FAMILY_NAME, family, family_kana),
        _spelling(e.GIVEN_NAME, given, given_kana),
        personal.birth_date,
        frozenset(map(_home, personal.addresses)),
        frozenset(filter(None, map(normal_phone, personal.phones))),
        frozenset(filter(None, map(normal_email, personal.emails))),
    )


def compare(one: Features, other: Features) -> Levels:
    """How far two records agree, field by field. It is the same the other way round."""
    levels: dict[str, str] = {}
    family, given = _names(one, other)
    for field, level in (
        (e.FAMILY_NAME, family),
        (e.GIVEN_NAME, given),
        (e.BIRTH_DATE, _birth_date(one.birth_date, other.birth_date)),
        (e.ADDRESS, _address(one.homes, other.homes)),
        (e.PHONE, _contact(one.phones, other.phones)),
        (e.EMAIL, _contact(one.emails, other.emails)),
    ):
        if level is not None:
            levels[field] = level
    return levels


def contradicts(before: PersonalData, said: PersonalData) -> bool:
    """Whether a statement names another person than before: another given name, and another birth date."""
    if before.birth_date in (None, said.birth_date) or said.birth_date is None:
        return False
    fields = e.contradiction(compare(features_of(before), features_of(said)))
    return {e.GIVEN_NAME, e.BIRTH_DATE} <= set(fields)


def _both(family: str | None, given: str | None) -> tuple[str | None, str | None]:
    """Family and given name in one encoding; a whole name in one field is taken apart at its space."""
    first, second = _plain(family), _plain(given)
    whole = first or second
    if whole is not None and (first is None or second is None) and " " in whole:
        first, _, second = whole.partition(" ")
    return _joined(first), _joined(second)


def _plain(text: str | None) -> str | None:
    return None if text is None else _SPACES.sub(" ", unicodedata.normalize("NFKC", text)).strip() or None


def _joined(text: str | None) -> str | None:
    return None if text is None else text.replace(" ", "")


def _spelling(field: Field, written: str | None, kana: str | None) -> Spelling:
    reading = _reading(kana)
    if reading is None and written is not None and _KANA_ONLY.fullmatch(hira2kata(written)):
        reading = hira2kata(written)  # a name in kana is its own reading
    form = None if written is None else current_form(written, kanji_forms())
    sound = None if reading is None else sound_of(reading)
    return Spelling(form, sound, sound in common_sounds()[field])


def _reading(kana: str | None) -> str | None:
    return None if kana is None else _NO_KANA.sub("", hira2kata(kana)) or None


def _home(address: PostalAddress) -> Home:
    numbers = f"{address.street} {address.building or ''}"
    found = _NUMBER.findall(unicodedata.normalize("NFKC", numbers))
    return Home(address.postal_code, tuple(map(int, found)))


def _names(one: Features, other: Features) -> tuple[str | None, str | None]:
    """How far family and given names agree, also where one of the two has them in each other's place."""
    straight = (_name(one.family_name, other.family_name), _name(one.given_name, other.given_name))
    if straight != (e.ELSE, e.ELSE):
        return straight
    crosswise = (_name(one.family_name, other.given_name), _name(one.given_name, other.family_name))
    agreeing = [level for level in (e.READING, e.COMMON, e.EQUAL) if level in crosswise]
    are_exchanged = all(level in agreeing for level in crosswise)
    # Which is which is not known then: both agree as far as the one that agrees less.
    return (agreeing[0], agreeing[0]) if are_exchanged else straight


def _name(one: Spelling, other: Spelling) -> str | None:
    has_forms = one.form is not None and other.form is not None
    has_sounds = one.sound is not None and other.sound is not None
    if not has_forms and not has_sounds:
        return None
    signs_off = OSA.distance(one.sound or "", other.sound or "", score_cutoff=1) if has_sounds else 0
    if has_forms and one.form == other.form and signs_off <= 1:
        return e.COMMON if one.is_common or other.is_common else e.EQUAL
    if has_sounds and signs_off == 0:
        return e.READING
    if has_sounds and signs_off == 1 and min(len(one.sound or ""), len(other.sound or "")) >= SLIP_SIGNS_MIN:
        return e.SLIP
    return e.ELSE


def _birth_date(one: date | None, other: date | None) -> str | None:
    if one is None or other is None:
        return None
    if one == other:
        return e.EQUAL
    is_same_day = (one.month, one.day) == (other.month, other.day)
    if is_same_day and abs(one.year - other.year) == 1:  # a year of an era, counted from its wrong end
        return e.SLIP
    if (one.year, one.month, one.day) == (other.year, other.day, other.month):
        return e.SLIP
    digits = zip(f"{one:%Y%m%d}", f"{other:%Y%m%d}", strict=True)
    return e.SLIP if sum(first != second for first, second in digits) == 1 else e.ELSE


def _address(one: frozenset[Home], other: frozenset[Home]) -> str | None:
    """The best level of any two of their addresses: people move, and one in common is enough."""
    if not one or not other:
        return None
    if one & other:
        return e.EQUAL
    codes, others = ({home.postal_code for home in homes} for homes in (one, other))
    if codes & others:
        return e.POSTAL_CODE
    areas, other_areas = ({code[:AREA_DIGITS] for code in side} for side in (codes, others))
    return e.AREA if areas & other_areas else e.ELSE


def _contact(one: frozenset[str], other: frozenset[str]) -> str | None:
    if not one or not other:
        return None
    return e.EQUAL if one & other else e.ELSE
