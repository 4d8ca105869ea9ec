"""The daily journal: what a document says of money, and on which day it is booked."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from insight.domain.days import business_day
from tsunagu.contracts.values import JAPAN, JournalKind, TaxAmount

UNKNOWN_COMPANY = "unknown"
"""The company of a place of which nobody has said whose it is by the end of the day."""


@dataclass(frozen=True, slots=True)
class Posting:
    """What a document says of one rate of tax. `tax_jpy` is None where it does not say its tax."""

    document_id: str
    kind: JournalKind
    tax_percent: int
    place: str
    happened_on: date
    amount_jpy: int
    tax_jpy: int | None


@dataclass(frozen=True, slots=True)
class Paper:
    """A document of which there is a posting for each rate."""

    document_id: str
    kind: JournalKind
    place: str
    happened_on: date

    def postings(self, amounts: Iterable[tuple[int, int]], taxes: Iterable[TaxAmount]) -> tuple[Posting, ...]:
        """Its postings, out of its amounts as (percent, yen) and its tax as it was given. Nothing is recalculated."""
        yen: Counter[int] = Counter()
        for percent, amount_jpy in amounts:
            yen[percent] += amount_jpy
        given = {tax.tax_percent: tax.tax_jpy for tax in taxes}
        return tuple(
            Posting(
                self.document_id,
                self.kind,
                percent,
                self.place,
                self.happened_on,
                yen[percent],
                given.get(percent),
            )
            for percent in sorted(yen.keys() | given.keys())
        )


@dataclass(frozen=True, slots=True)
class ClosingTime:
    """When business days begin, as an hour in Japan, and for how long after its end a day stays open."""

    begins_hour: int
    grace: timedelta

    def of(self, day: date) -> datetime:
        """When a business day is closed."""
        ends = datetime.combine(day + timedelta(days=1), time(self.begins_hour), JAPAN)
        return ends + self.grace

    def open_day(self, happened_on: date, now: datetime) -> date:
        """The day whose journal has it: its own, or the earliest that is open still."""
        return max(happened_on, business_day(now - self.grace, self.begins_hour))


def of_channel(channel: str) -> str:
    """The place of what a channel has been paid. No location is meant by it."""
    return f"@{channel}"
