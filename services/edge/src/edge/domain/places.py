"""What people type for a place: "渋谷区", "東京都府中市", "Osaka", "JP-13" or "35.66,139.70"."""

import re
import unicodedata
from dataclasses import dataclass

from edge.domain.prefectures import PREFECTURES

_POINT = re.compile(r"([+-]?[0-9]{1,3}(?:\.[0-9]{1,10})?)\s*[,、]\s*([+-]?[0-9]{1,3}(?:\.[0-9]{1,10})?)")
_CITY_ENDINGS = ("市", "区", "町", "村")
_PREFECTURE_ENDINGS = ("都", "府", "県")


@dataclass(frozen=True, slots=True)
class Point:
    """Degrees north and east."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class CityName:
    """A normalised name that the locations' cities are to be searched for."""

    name: str


@dataclass(frozen=True, slots=True)
class OffTheMap:
    """Numbers that are no place on earth."""


def normalised(name: str) -> str:
    """A name as it is compared: half-width (NFKC), lower case, without spaces."""
    return unicodedata.normalize("NFKC", "".join(unicodedata.normalize("NFKC", name).casefold().split()))


def _prefecture_names(code: str, name_ja: str, name_en: str) -> set[str]:
    short = name_ja[:-1] if name_ja.endswith(_PREFECTURE_ENDINGS) else name_ja
    return {normalised(name) for name in (code, name_ja, short, name_en)}


_PREFECTURE_BY_NAME = {
    name: prefecture
    for prefecture in PREFECTURES
    for name in _prefecture_names(prefecture.code, prefecture.name_ja, prefecture.name_en)
}
_PREFECTURE_BY_CODE = {prefecture.code: prefecture for prefecture in PREFECTURES}


def city_names(city: str, prefecture_code: str) -> list[str]:
    """All names under which a city is found: with and without its ending, with and without its prefecture."""
    name = normalised(city)
    forms = {name}
    if len(name) > 2 and name.endswith(_CITY_ENDINGS):
        forms.add(name[:-1])
    prefecture = _PREFECTURE_BY_CODE[prefecture_code]
    forms |= {normalised(prefecture.name_ja) + form for form in tuple(forms)}
    forms.add(f"{name},{normalised(prefecture.name_en)}")
    return sorted(forms)


def read_place(text: str) -> Point | CityName | OffTheMap:
    """What somebody means by `near`. A prefecture is where its office stands."""
    point = _POINT.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if point is not None:
        latitude, longitude = float(point[1]), float(point[2])
        if abs(latitude) > 90 or abs(longitude) > 180:
            return OffTheMap()
        return Point(latitude, longitude)
    name = normalised(text)
    prefecture = _PREFECTURE_BY_NAME.get(name)
    if prefecture is not None:
        return Point(prefecture.latitude, prefecture.longitude)
    return CityName(name)
