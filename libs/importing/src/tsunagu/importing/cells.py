"""One cell of each sort to its value. Each raises ValueError with a reason that reads on after the column's name."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from tsunagu.contracts.values import ID_CHARACTERS_MAX, JAPAN, NAME_CHARACTERS_MAX, OpeningHours, Weekday

Convert = Callable[[str], Any]
E = TypeVar("E", bound=StrEnum)

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_WHOLE = re.compile(r"[+-]?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{1,15})?")
_CLOCK = re.compile(r"([0-9]{1,2}):([0-5][0-9])")
_GTIN = re.compile(r"[0-9]{8}|[0-9]{12,14}")
_DASH = re.compile(r"\s*[-~〜–]\s*")
_LIST = re.compile(r"[\s,;、]+")
_DIGITS_MAX = 18  # the largest number that any column takes has 13
_DAYS = {day.value: day for day in Weekday} | dict(zip("月火水木金土日", Weekday, strict=True))
_YES = frozenset({"1", "true", "yes", "y", "○", "〇", "有"})
_NO = frozenset({"0", "false", "no", "n", "×", "無"})
_SHOWN_CHARACTERS_MAX = 40


def shown(text: str) -> str:
    """A cell's text as a reason repeats it: short, and without anything that moves a cursor."""
    return repr(text if len(text) <= _SHOWN_CHARACTERS_MAX else text[:_SHOWN_CHARACTERS_MAX] + "…")


def plain(text: str) -> str:
    """Full-width letters and digits as half-width ones (NFKC)."""
    return unicodedata.normalize("NFKC", text)


def name(text: str) -> str:
    """A name or one line of text, kept as it is."""
    return _line(text, NAME_CHARACTERS_MAX)


def id_(text: str) -> str:
    """An id, kept as it is: 007 stays 007."""
    return _line(text, ID_CHARACTERS_MAX)


def location_id(text: str) -> str:
    """An id of a location, which holds no colon."""
    if ":" in text:
        raise ValueError(f"{shown(text)} holds a colon, which separates ids in keys")
    return id_(text)


def _line(text: str, characters_max: int) -> str:
    if len(text) > characters_max:
        raise ValueError(f"has {len(text)} characters; at most {characters_max} are allowed")
    if _CONTROL.search(text):
        raise ValueError("holds a line end or another control character")
    return text


def whole(text: str) -> int:
    """A whole number, with or without commas between thousands."""
    number = plain(text)
    if not _WHOLE.fullmatch(number) or len(number) > _DIGITS_MAX:
        raise ValueError(f"{shown(text)} is no whole number such as 1980 or 1,980")
    return int(number.replace(",", ""))


def decimal(text: str) -> float:
    """A coordinate in degrees."""
    number = plain(text)
    if not _DECIMAL.fullmatch(number):
        raise ValueError(f"{shown(text)} is no decimal number such as 35.681236")
    return float(number)


def flag(text: str) -> bool:
    """Yes or no."""
    answer = text.lower() if text in _YES | _NO else plain(text).lower()
    if answer in _YES:
        return True
    if answer in _NO:
        return False
    raise ValueError(f"{shown(text)} is neither yes nor no: write 1 or 0, true or false, yes or no, ○ or ×")


def one_of(words: type[E]) -> Convert:
    """One word of a closed list."""

    def convert(text: str) -> E:
        try:
            return words(plain(text).lower())
        except ValueError:
            raise ValueError(f"{shown(text)} is none of {', '.join(words)}") from None

    return convert


def clock_time(text: str) -> str:
    """HH:MM; hours 24 to 29 belong to the business day that ends after midnight."""
    time = _CLOCK.fullmatch(plain(text))
    if time is None or int(time[1]) > 29:
        raise ValueError(f"{shown(text)} is no time such as 09:30, or 25:00 for one at night")
    return f"{int(time[1]):02}:{time[2]}"


def instant(text: str) -> datetime:
    """A day or a point in time, in Japan unless it names its offset."""
    try:
        time = datetime.fromisoformat(plain(text).replace("/", "-"))
    except ValueError:
        raise ValueError(
            f"{shown(text)} is no time such as 2026-04-01, 2026-04-01 09:30 or 2026-04-01T00:30:00Z"
        ) from None
    return time if time.tzinfo is not None else time.replace(tzinfo=JAPAN)


def dates(text: str) -> tuple[date, ...]:
    """Days in their order, separated by spaces, commas or semicolons."""
    found: set[date] = set()
    for part in _LIST.split(plain(text)):
        if part:
            try:
                found.add(date.fromisoformat(part.replace("/", "-")))
            except ValueError:
                raise ValueError(f"{shown(part)} is no day such as 2027-01-01 or 2027/01/01") from None
    return tuple(sorted(found))


def gtins(text: str) -> tuple[str, ...]:
    """Barcode numbers, separated by spaces, commas or semicolons."""
    numbers = [number for number in _LIST.split(plain(text)) if number]
    for number in numbers:
        if not _GTIN.fullmatch(number):
            raise ValueError(
                f"{shown(number)} is no GTIN of 8, 12, 13 or 14 digits (a spreadsheet may have rounded it)"
            )
    return tuple(dict.fromkeys(numbers))


def names(text: str) -> tuple[str, ...]:
    """Names in their order, separated by semicolons."""
    return tuple(name(part.strip()) for part in text.replace("；", ";").split(";") if part.strip())


def weekdays(text: str) -> tuple[Weekday, ...]:
    """Days in the order of the week: mon-fri, `mon,wed`, 月-金, 月水."""
    chosen: set[Weekday] = set()
    for part in _LIST.split(_DASH.sub("-", plain(text).lower())):
        if part:
            chosen.update(_days(part))
    if not chosen:
        raise ValueError("names no day")
    return tuple(day for day in Weekday if day in chosen)


def _days(part: str) -> list[Weekday]:
    first, dash, last = part.partition("-")
    if dash:
        week = list(Weekday)
        start, end = week.index(_day(first)), week.index(_day(last))
        # sat-mon goes round the end of the week.
        return [week[(start + step) % 7] for step in range((end - start) % 7 + 1)]
    if part in _DAYS:
        return [_DAYS[part]]
    return [_day(character) for character in part] if part[0] in _DAYS else [_day(part)]


def _day(text: str) -> Weekday:
    try:
        return _DAYS[text]
    except KeyError:
        raise ValueError(f"{shown(text)} is no day: write {', '.join(Weekday)}, or 月 to 日") from None


def opening_hours(text: str) -> tuple[OpeningHours, ...]:
    """Days and hours, separated by semicolons: `mon-fri 10:00-20:00; sat,sun 09:00-25:00`."""
    hours: dict[Weekday, OpeningHours] = {}
    for part in _DASH.sub("-", plain(text)).split(";"):
        if not part.strip():
            continue
        days, _, times = part.strip().rpartition(" ")
        opens, dash, closes = times.partition("-")
        if not days or not dash:
            raise ValueError(f"{shown(part.strip())} is not like mon-fri 10:00-20:00")
        opening, closing = clock_time(opens), clock_time(closes)
        if closing <= opening:
            raise ValueError(
                f"{shown(part.strip())} closes before it opens: after midnight the hours go on, 25:00 is 1 a.m."
            )
        for day in weekdays(days):
            if day in hours:
                raise ValueError(f"names {day} twice")
            hours[day] = OpeningHours(day=day, opens=opening, closes=closing)
    return tuple(hours[day] for day in Weekday if day in hours)
