"""Names to invent people from: own ones, or a larger pool that is handed in."""

import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

OWN = Path(__file__).with_name("names.toml")


@dataclass(frozen=True, slots=True)
class FamilyName:
    """A family name with its reading in katakana; `weight`: how many have it, against the others."""

    kanji: str
    kana: str
    weight: float
    alike: tuple[str, ...] = ()
    """Other names with the same reading."""


@dataclass(frozen=True, slots=True)
class GivenName:
    """A given name by its reading in katakana, with the spellings that parents choose from."""

    kana: str
    spellings: tuple[str, ...]

    @property
    def weight(self) -> float:
        """How many have it, against the others: readings that many choose have many spellings, and nobody counts."""
        return float(len(self.spellings))


class NamePool:
    """Names, drawn as often as they are borne."""

    def __init__(
        self, families: Sequence[FamilyName], women: Sequence[GivenName], men: Sequence[GivenName]
    ) -> None:
        self._families = families
        self._family_weights = list(accumulate(one.weight for one in families))
        self._given = {True: women, False: men}
        self._given_weights = {
            is_woman: list(accumulate(one.weight for one in names)) for is_woman, names in self._given.items()
        }

    def family(self, random: Random) -> FamilyName:
        """A family name."""
        return random.choices(self._families, cum_weights=self._family_weights)[0]

    def given(self, random: Random, is_woman: bool) -> GivenName:
        """A given name."""
        return random.choices(self._given[is_woman], cum_weights=self._given_weights[is_woman])[0]

    def spelling(self, random: Random, name: GivenName) -> str:
        """How parents write a name: of its spellings the second half as often as the first, the third a third."""
        return random.choices(name.spellings, [1 / rank for rank in range(1, len(name.spellings) + 1)])[0]

    def alike(self, random: Random, name: GivenName, is_woman: bool) -> GivenName:
        """Another given name that begins as this one does, as twins often have; any other where there is none."""
        others = [one for one in self._given[is_woman] if one.kana != name.kana]
        near = [one for one in others if one.kana[0] == name.kana[0]]
        return random.choice(near or others)


def pool_of(rows: Mapping[str, Sequence[Any]]) -> NamePool:
    """A pool from JSON: `families` as [kanji, kana, weight], `women` and `men` as [kana, [spelling, …]]."""
    by_kana: dict[str, list[str]] = defaultdict(list)
    for kanji, kana, _ in rows["families"]:
        by_kana[kana].append(kanji)
    return NamePool(
        [
            FamilyName(kanji, kana, weight, tuple(other for other in by_kana[kana] if other != kanji))
            for kanji, kana, weight in rows["families"]
        ],
        *([GivenName(kana, tuple(spellings)) for kana, spellings in rows[sex]] for sex in ("women", "men")),
    )


@cache
def own_names() -> NamePool:
    """The names of this package: enough for a demonstration, too few for a benchmark."""
    content = tomllib.loads(OWN.read_text(encoding="utf-8"))
    families = [line.split() for line in content["families"]]
    given = {
        sex: [(kana, spellings.split()) for kana, spellings in (line.split(":") for line in content[sex])]
        for sex in ("women", "men")
    }
    return pool_of({"families": [(kanji, kana, float(weight)) for kanji, kana, weight in families], **given})
