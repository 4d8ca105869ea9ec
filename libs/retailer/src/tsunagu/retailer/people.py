"""Invented people who live together, move, marry and have twins: what is true of them, whatever channels are told.

The shares were fixed before anything was measured with them. Same seed, number and names: the same people.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import count
from random import Random

from tsunagu.contracts.values import PostalAddress
from tsunagu.retailer.homes import Homes
from tsunagu.retailer.name_pool import FamilyName, GivenName, NamePool

TODAY = date(2026, 4, 1)
"""The day on which ages are counted; fixed, so that a seed is always the same people."""

HOUSEHOLD_SIZES = {1: 0.38, 2: 0.28, 3: 0.17, 4: 0.12, 5: 0.05}
"""Japanese households by size, about as the census of 2020 counts them."""

COUPLE_SHARE = 0.8
"""Households of two that are a couple; the others are a parent and a grown child."""

TWIN_BIRTHS_SHARE = 0.01
"""Births that are twins, as in Japan."""

SAME_SEX_TWINS_SHARE = 0.65
"""A third of twins are identical, and half of the others have one sex."""

TWINS_NAMED_ALIKE_SHARE = 0.5
"""Twins whose names begin alike: parents like it, and it is the hardest case."""

LANDLINE_SHARE = 0.4
"""Households with a landline that its members give to shops: older ones do, younger ones have none."""

SHARED_EMAIL_SHARE = 0.06
"""Households of several with one e-mail address for all: a couple's, or parents' for a child."""

FAMILY_CARD_SHARE = 0.04
"""Households of several that collect points on one card: programmes offer it, few take it."""

MOVED_SHARE = 0.12
"""Households that moved while channels asked them: about 4 % of people do in a year, over three years."""

MOVED_NEARBY_SHARE = 0.6
"""Moves within the same area: most people stay near work and school."""

MARRIED_SHARE = 0.03
"""People whose family name changed meanwhile: half a percent of people marry in a year, over three years, and one of
two changes it; doubled, as customers are adults."""

MOBILE_SHARE = 0.95
EMAIL_SHARE = 0.92
"""Adults with a phone of their own, and with an e-mail address: the others are old."""

SECOND_EMAIL_SHARE = 0.3
"""People with a second address: one of the phone's provider, or of work."""

OLD_FORM_SHARE = 0.25
"""People whose register has the old form, of those whose name has a character with one."""

YOUNGEST, OLDEST = 15, 88
"""Ages of customers: programmes ask for fifteen."""

_OLD_FORMS = {
    "高": "髙", "崎": "﨑", "斎": "齋", "辺": "邉", "浜": "濱", "沢": "澤", "広": "廣", "国": "國", "島": "嶋",
    "桜": "櫻", "恵": "惠", "真": "眞", "竜": "龍", "栄": "榮", "吉": "𠮷", "桑": "桒", "徳": "德", "実": "實",
}  # fmt: skip


class Difficulty(StrEnum):
    """What makes a person hard to tell from others, or hard to know again."""

    MOVED = "moved"
    MARRIED = "married"
    HOUSEHOLD = "household"
    TWIN = "twin"
    TABLET = "tablet"


@dataclass(frozen=True, slots=True)
class Person:
    """Who somebody is. Where something changed, the earlier comes first; `changed_at` is when, as a share of the time
    in which channels ask."""

    person_id: str
    household_id: str
    is_woman: bool
    families: tuple[FamilyName, ...]
    given: GivenName
    spelling: str
    birth_date: date
    homes: tuple[PostalAddress, ...]
    landlines: tuple[str | None, ...]
    changed_at: float
    mobile: str | None
    emails: tuple[str, ...]
    household_email: str | None
    family_card: str | None
    difficulties: frozenset[Difficulty]


def people(seed: int, number: int, names: NamePool) -> list[Person]:
    """At least `number` people, whole households only."""
    random = Random(f"{seed}:people")
    maker = _Maker(random, names, Homes(random, number))
    found: list[Person] = []
    while len(found) < number:
        found.extend(maker.household())
    return _married(random, maker, found)


class _Maker:
    def __init__(self, random: Random, names: NamePool, homes: Homes) -> None:
        self.random = random
        self.names = names
        self.homes = homes
        self._numbers = count(1)

    def household(self) -> Iterator[Person]:
        random = self.random
        household_id = f"h{next(self._numbers)}"
        size = random.choices(list(HOUSEHOLD_SIZES), list(HOUSEHOLD_SIZES.values()))[0]
        family = _as_registered(random, self.names.family(random))
        is_shared = size > 1
        homes, landlines = [self.homes.home()], [self._landline()]
        if random.random() < MOVED_SHARE:
            old = homes[0]
            homes.append(self.homes.near(old) if random.random() < MOVED_NEARBY_SHARE else self.homes.home())
            landlines.append(landlines[0] and self.homes.landline())
        difficulties = {Difficulty.HOUSEHOLD} if is_shared else set()
        if len(homes) > 1:
            difficulties.add(Difficulty.MOVED)
        email = self.homes.email() if is_shared and random.random() < SHARED_EMAIL_SHARE else None
        card = f"card:family:{household_id}" if is_shared and random.random() < FAMILY_CARD_SHARE else None
        changed_at = random.uniform(0.2, 0.8)
        for number, (birth_date, is_woman, given, is_twin) in enumerate(self._members(size)):
            yield Person(
                person_id=f"{household_id}.{number}",
                household_id=household_id,
                is_woman=is_woman,
                families=(family,),
                given=given,
                spelling=_as_registered_text(random, self.names.spelling(random, given)),
                birth_date=birth_date,
                homes=tuple(homes),
                landlines=tuple(landlines),
                changed_at=changed_at,
                mobile=self.homes.mobile() if random.random() < MOBILE_SHARE else None,
                emails=self._emails(),
                household_email=email,
                family_card=card,
                difficulties=frozenset(difficulties | ({Difficulty.TWIN} if is_twin else set())),
            )

    def _landline(self) -> str | None:
        return self.homes.landline() if self.random.random() < LANDLINE_SHARE else None

    def _emails(self) -> tuple[str, ...]:
        if self.random.random() >= EMAIL_SHARE:
            return ()
        return tuple(self.homes.email() for _ in range(2 if self.random.random() < SECOND_EMAIL_SHARE else 1))

    def _members(self, size: int) -> list[tuple[date, bool, GivenName, bool]]:
        """Birth date, whether a woman, given name, whether a twin. Nobody in a household has another's name."""
        random = self.random
        is_couple = size > 2 or (size == 2 and random.random() < COUPLE_SHARE)
        has_children = size > (2 if is_couple else 1)
        age = random.uniform(YOUNGEST + 24 if has_children else 19, OLDEST)
        is_woman = random.random() < 0.5
        members = [self._member(age, is_woman, [])]
        if is_couple:
            members.append(self._member(max(19, age + random.gauss(0, 3)), not is_woman, members))
        while len(members) < size:
            child_age = random.uniform(YOUNGEST, max(YOUNGEST + 1, min(35, age - 22)))
            child = self._member(child_age, random.random() < 0.5, members)
            if len(members) + 1 < size and random.random() < TWIN_BIRTHS_SHARE:
                members += self._twins(child)
            else:
                members.append(child)
        return members

    def _member(
        self, age: float, is_woman: bool, others: Sequence[tuple[date, bool, GivenName, bool]]
    ) -> tuple[date, bool, GivenName, bool]:
        taken = {given.kana for _, _, given, _ in others}
        given = self.names.given(self.random, is_woman)
        while given.kana in taken:
            given = self.names.given(self.random, is_woman)
        return TODAY - timedelta(days=age * 365.25), is_woman, given, False

    def _twins(self, first: tuple[date, bool, GivenName, bool]) -> list[tuple[date, bool, GivenName, bool]]:
        birth_date, is_woman, given, _ = first
        has_same_sex = self.random.random() < SAME_SEX_TWINS_SHARE
        sex = is_woman if has_same_sex else not is_woman
        if has_same_sex and self.random.random() < TWINS_NAMED_ALIKE_SHARE:
            other = self.names.alike(self.random, given, sex)
        else:
            other = self._member(0, sex, [first])[2]
        return [(birth_date, is_woman, given, True), (birth_date, sex, other, True)]


def _married(random: Random, maker: _Maker, found: Sequence[Person]) -> list[Person]:
    """The same people; so many of the women who live with somebody had another family name and another home before.

    A couple takes one family name, in nineteen of twenty marriages the man's.
    """
    wives = [
        place
        for place, one in enumerate(found)
        if one.is_woman
        and Difficulty.HOUSEHOLD in one.difficulties
        and Difficulty.TWIN not in one.difficulties
    ]
    chosen = set(random.sample(wives, min(len(wives), round(MARRIED_SHARE * len(found)))))
    married: list[Person] = []
    for place, one in enumerate(found):
        if place in chosen:
            before = _as_registered(random, maker.names.family(random))
            married.append(
                replace(
                    one,
                    families=(before, one.families[-1]),
                    homes=(maker.homes.home(), one.homes[-1]),
                    landlines=(None, one.landlines[-1]),
                    difficulties=one.difficulties | {Difficulty.MARRIED},
                )
            )
        else:
            married.append(one)
    return married


def _as_registered(random: Random, name: FamilyName) -> FamilyName:
    return replace(name, kanji=_as_registered_text(random, name.kanji))


def _as_registered_text(random: Random, written: str) -> str:
    """A name as its register has it: some have the old form of a character that has one."""
    if random.random() >= OLD_FORM_SHARE:
        return written
    return "".join(_OLD_FORMS.get(character, character) for character in written)


def in_current_form(written: str) -> str:
    """A name as those write it whose keyboards offer the current forms only."""
    current = {old: new for new, old in _OLD_FORMS.items()}
    return "".join(current.get(character, character) for character in written)
