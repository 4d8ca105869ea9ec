"""The journal's entries, and the days that are closed."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from asyncpg import Record

from insight.domain.journal import Posting
from tsunagu.chassis import Connection, beside
from tsunagu.contracts.values import JournalPart

SQL = beside(__file__, "journal.sql")


class DayKey(NamedTuple):
    """A business day of a place."""

    place: str
    business_date: date

    @property
    def columns(self) -> tuple[str, str]:
        """Place and date as text."""
        return self.place, self.business_date.isoformat()


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """A day as it was closed."""

    day: DayKey
    company_id: str
    closed_at: datetime
    parts: tuple[JournalPart, ...]


async def add(connection: Connection, postings: Sequence[Posting], now: datetime) -> None:
    """Enter postings; one that is there already stays as it was."""
    await connection.execute(
        SQL.insert_entries,
        [posting.document_id for posting in postings],
        [posting.kind.value for posting in postings],
        [posting.tax_percent for posting in postings],
        [posting.place for posting in postings],
        [posting.happened_on for posting in postings],
        [posting.amount_jpy for posting in postings],
        [posting.tax_jpy for posting in postings],
        now,
    )


async def read_closed(connection: Connection, days: Sequence[DayKey]) -> set[DayKey]:
    """Those of these days that are closed."""
    rows = await connection.fetch(SQL.read_closed_days, *_columns(days))
    return {DayKey(row["place"], row["business_date"]) for row in rows}


async def book(connection: Connection, days: Sequence[DayKey]) -> None:
    """Book on these days, each place named once, what happened until then and is in no day yet."""
    await connection.execute(SQL.book_entries, *_columns(days))


async def read_parts(connection: Connection, days: Sequence[DayKey]) -> dict[DayKey, tuple[JournalPart, ...]]:
    """What is booked on these days, added up; a day without anything is left out."""
    rows = await connection.fetch(SQL.read_parts, *_columns(days))
    return _by_day(rows)


async def read_open_parts(connection: Connection, day: DayKey) -> tuple[JournalPart, ...]:
    """What would be booked if the day were closed now."""
    rows = await connection.fetch(SQL.read_open_parts, day.place, day.business_date)
    return _by_day(rows).get(day, ())


async def close(connection: Connection, closed: Sequence[ClosedDay]) -> None:
    """Keep that these days, which are locked, are closed."""
    await connection.execute(
        SQL.close_days,
        *_columns([one.day for one in closed]),
        [one.company_id for one in closed],
        [one.closed_at for one in closed],
    )


async def read_closed_after(connection: Connection, after: Sequence[str], limit: int) -> list[ClosedDay]:
    """The next closed days after a key (place, date)."""
    return await _closed(connection, await connection.fetch(SQL.read_closed_days_after, *after, limit))


async def read_closed_day(connection: Connection, day: DayKey) -> ClosedDay | None:
    """A day as it was closed; None while it is open, or where there was nothing."""
    closed = await _closed(connection, await connection.fetch(SQL.read_closed_days, *_columns([day])))
    return closed[0] if closed else None


async def _closed(connection: Connection, rows: Sequence[Record]) -> list[ClosedDay]:
    days = [DayKey(row["place"], row["business_date"]) for row in rows]
    parts = await read_parts(connection, days)
    return [
        ClosedDay(day, row["company_id"], row["closed_at"], parts[day])
        for day, row in zip(days, rows, strict=True)
    ]


def _by_day(rows: Iterable[Record]) -> dict[DayKey, tuple[JournalPart, ...]]:
    found: dict[DayKey, list[JournalPart]] = defaultdict(list)
    for row in rows:
        part = JournalPart.model_validate(
            {name: row[name] for name in JournalPart.model_fields}, strict=False
        )
        found[DayKey(row["place"], row["business_date"])].append(part)
    return {day: tuple(parts) for day, parts in found.items()}


def _columns(days: Sequence[DayKey]) -> tuple[list[str], list[date]]:
    return [day.place for day in days], [day.business_date for day in days]
