"""Evidence that two records are of one person, weighed as Fellegi and Sunter do: bits for and against, added up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import log2
from typing import NewType

Levels = Mapping[str, str]
"""How far two records agree: field → level. A field that one of them lacks is not in it, and says nothing."""

Field = NewType("Field", str)

FAMILY_NAME, GIVEN_NAME, BIRTH_DATE = Field("family_name"), Field("given_name"), Field("birth_date")
ADDRESS, PHONE, EMAIL = Field("address"), Field("phone"), Field("email")

EQUAL, SLIP, ELSE = "equal", "slip", "else"
COMMON, READING = "common", "reading"
POSTAL_CODE, AREA = "postal_code", "area"

_NAME_LEVELS = (EQUAL, COMMON, READING, SLIP, ELSE)
"""Equal; equal, but as many are called; the same reading in other characters; a reading with a slip; another name."""

LEVELS: Mapping[Field, tuple[str, ...]] = {
    FAMILY_NAME: _NAME_LEVELS,
    GIVEN_NAME: _NAME_LEVELS,
    BIRTH_DATE: (EQUAL, SLIP, ELSE),
    ADDRESS: (EQUAL, POSTAL_CODE, AREA, ELSE),
    PHONE: (EQUAL, ELSE),
    EMAIL: (EQUAL, ELSE),
}
"""The levels of each field, from agreement to none."""


class Verdict(StrEnum):
    """What evidence comes to."""

    MERGE = "merge"
    REVIEW = "review"
    APART = "apart"


@dataclass(frozen=True, slots=True)
class Level:
    """How often a level is seen among records of one person (`m`) and of two (`u`), as shares of 1."""

    name: str
    m: float
    u: float

    @property
    def bits(self) -> float:
        """What it says for one person: above 0 for, below against."""
        return log2(self.m / self.u)


@dataclass(frozen=True, slots=True)
class Model:
    """The weights, by name. `requires`: who is merged agrees in one of these ways at least, whatever the sum is;
    each is field → the levels that will do."""

    name: str
    matches_per_record: float
    """How many others of the same person a record has that exact keys did not find."""
    records_min: int
    """A beginning is judged as if there were so many: what is merged stays so when it has grown."""
    merge_bits: float
    review_bits: float
    levels: Mapping[str, Mapping[str, Level]]
    requires: Sequence[Mapping[str, frozenset[str]]]

    def prior_bits(self, records: int) -> float:
        """What is said for two of so many records before they are compared: the more there are, the less."""
        return log2(self.matches_per_record / max(records, self.records_min))


@dataclass(frozen=True, slots=True)
class Part:
    """What one field says."""

    field: str
    level: str
    bits: float


@dataclass(frozen=True, slots=True)
class Weighed:
    """A sum with what it is made of: `bits` is the prior and all parts together."""

    model: str
    prior_bits: float
    parts: tuple[Part, ...]
    bits: float
    verdict: Verdict


def weigh(model: Model, levels: Levels, records: int) -> Weighed:
    """What agreement and disagreement come to, between two of so many records.

    Above `merge_bits`, with what has to agree, two records are one person; from `review_bits` on somebody decides.
    """
    parts = tuple(
        Part(field, levels[field], named[levels[field]].bits)
        for field, named in model.levels.items()
        if field in levels
    )
    prior_bits = model.prior_bits(records)
    bits = prior_bits + sum(part.bits for part in parts)
    if bits < model.review_bits:
        verdict = Verdict.APART
    elif bits < model.merge_bits or not any(_agrees(levels, way) for way in model.requires):
        verdict = Verdict.REVIEW
    else:
        verdict = Verdict.MERGE
    return Weighed(model.name, prior_bits, parts, bits, verdict)


def _agrees(levels: Levels, way: Mapping[str, frozenset[str]]) -> bool:
    return all(levels.get(field) in sufficient for field, sufficient in way.items())


def contradiction(levels: Levels) -> tuple[Field, ...]:
    """The fields by which two records can't be of one person; none where they can.

    A given name stays for life: another one is another person, unless the birth date says that it is the same.
    Two birth dates are two people, unless all that is known of their names agrees: then one is a slip.
    """
    given, family, birth = levels.get(GIVEN_NAME), levels.get(FAMILY_NAME), levels.get(BIRTH_DATE)
    if given == ELSE and birth not in (EQUAL, SLIP):
        return (GIVEN_NAME,) if birth is None else (GIVEN_NAME, BIRTH_DATE)
    names = {name for name in (given, family) if name is not None}
    if birth == ELSE and (not names or ELSE in names):
        return (BIRTH_DATE,)
    return ()
