"""Which percent a tax class has, by way of delivery and day. The rates are data, in rates.toml with their source."""

import tomllib
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path

from tsunagu.contracts.values import JAPAN, TaxClass


class Way(StrEnum):
    """How the goods reach the shopper, as far as tax knows a difference."""

    PICKUP = "pickup"
    SHIP = "ship"
    EAT_IN = "eat_in"


class UnknownRate(LookupError):  # noqa: N818 - the name says what is wrong
    """No rate is known for a class, a way and a day."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A percent from a day on, until the next one of the same class and way begins."""

    tax_class: TaxClass
    way: Way
    begins: date
    percent: int


class Rates:
    """Rates by class and way, each with its history."""

    def __init__(self, rates: Iterable[Rate]) -> None:
        """Raises ValueError where two rates of a class and way begin on the same day."""
        histories: dict[tuple[TaxClass, Way], list[Rate]] = {}
        for rate in sorted(rates, key=lambda rate: rate.begins):
            history = histories.setdefault((rate.tax_class, rate.way), [])
            if history and history[-1].begins == rate.begins:
                raise ValueError(f"{rate.tax_class}, {rate.way}: two rates begin on {rate.begins}")
            history.append(rate)
        self._histories = histories

    @classmethod
    def read(cls, file: Path) -> "Rates":
        """The rates of a file like rates.toml. Raises ValueError, or KeyError, where it is none."""
        entries = tomllib.loads(file.read_text(encoding="utf-8"))["rate"]
        return cls(
            Rate(TaxClass(entry["tax_class"]), Way(way), entry["from"], entry["percent"])
            for entry in entries
            for way in entry["ways"]
        )

    def percent_of(self, tax_class: TaxClass, way: Way, day: date) -> int:
        """The percent in force on a day in Japan. Raises UnknownRate before the first one."""
        history = self._histories.get((tax_class, way), [])
        place = bisect_right(history, day, key=lambda rate: rate.begins)
        if not place:
            raise UnknownRate(f"no rate is known for {tax_class}, {way} on {day}")
        return history[place - 1].percent

    def percents_in_force(self, way: Way, day: date) -> frozenset[int]:
        """The percents of all classes on a day in Japan; none before the first rates."""
        found: set[int] = set()
        for tax_class, its_way in self._histories:
            if its_way is way and self._histories[tax_class, way][0].begins <= day:
                found.add(self.percent_of(tax_class, way, day))
        return frozenset(found)


@cache
def _japans() -> Rates:
    return Rates.read(Path(__file__).with_name("rates.toml"))


def percent_of(tax_class: TaxClass, way: Way, day: date) -> int:
    """The percent in force in Japan on a day there (`day_in_japan`). Raises UnknownRate before 1997."""
    return _japans().percent_of(tax_class, way, day)


@lru_cache(maxsize=64)  # asked for every line of every order, of a few days at a time
def percents_in_force(way: Way, day: date) -> frozenset[int]:
    """The percents in force in Japan on a day there, of all classes; none before 1997."""
    return _japans().percents_in_force(way, day)


def day_in_japan(at: datetime) -> date:
    """The day in Japan at an instant, which must be aware."""
    if at.tzinfo is None:
        raise ValueError("an instant without a time zone is on no certain day")
    return at.astimezone(JAPAN).date()
