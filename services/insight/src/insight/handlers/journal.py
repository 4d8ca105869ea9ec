"""The daily journal: entries as documents come, each day closed once, at its end."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from typing import TypeVar

from insight import metrics
from insight.domain.journal import UNKNOWN_COMPANY, ClosingTime, Posting
from insight.settings import settings
from insight.store import journal, locations
from insight.store.journal import ClosedDay, DayKey
from insight.store.locks import JOURNAL_DAYS
from tsunagu.chassis import Cause, Connection, Due, Key, Received, Retelling, RowKey, Transaction
from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import JournalDay
from tsunagu.contracts.topics import INSIGHT_JOURNAL

CLOSE_DAY = "close_day"
"""Due work: close a business day of a place; a deadline, since what was written before it still belongs to the day."""

M = TypeVar("M", bound=Message)


async def post(
    tx: Transaction, messages: Sequence[Received[M]], read: Callable[[M], Iterable[Posting]]
) -> None:
    """Enter what messages say of money, and have the days on which that is booked closed at their end."""
    postings: list[Posting] = []
    to_close: dict[DayKey, Cause] = {}
    closing = _closing_time()
    for received in messages:
        for posting in read(received.message):
            postings.append(posting)
            to_close[DayKey(posting.place, closing.open_day(posting.happened_on, tx.now))] = received
    if postings:
        await journal.add(tx.connection, postings, tx.now)
    for day, cause in to_close.items():
        _close_at_its_end(tx, day, cause)


async def keys_of_days(_: Connection, dues: Sequence[Due]) -> Iterable[RowKey]:
    """The days to close."""
    return [JOURNAL_DAYS.row(*_day_of(due).columns) for due in dues]


async def close_days(tx: Transaction, dues: Sequence[Due]) -> None:
    """Close days, the earliest first: each books all of its place that happened until then and is in no day yet."""
    days = sorted({_day_of(due) for due in dues}, key=lambda day: (day.business_date, day.place))
    closed_before = await journal.read_closed(tx.connection, days)
    for day in closed_before:
        # What has come since belongs to a day that is open. A day is closed once, whoever asks for it.
        later = _closing_time().open_day(day.business_date + timedelta(days=1), tx.now)
        _close_at_its_end(tx, DayKey(day.place, later), dues[-1])
    open_days = [day for day in days if day not in closed_before]
    for business_date in sorted({day.business_date for day in open_days}):
        await journal.book(tx.connection, [day for day in open_days if day.business_date == business_date])
    found = await journal.read_parts(tx.connection, open_days)
    companies = await _companies(tx.connection, [day.place for day in found])
    closed = [ClosedDay(day, companies[day.place], tx.now, parts) for day, parts in found.items()]
    await journal.close(tx.connection, closed)
    for one in closed:
        tx.publish(_message(one), cause=dues[-1])
    tx.count(metrics.JOURNAL_DAYS_CLOSED, len(closed))


async def tell(tx: Transaction, cause: Cause, after: Key, limit: int) -> Key | None:
    """Tell the next closed days as they were closed."""
    closed = await journal.read_closed_after(tx.connection, after, limit)
    for one in closed:
        tx.publish(_message(one), cause=cause)
    return closed[-1].day.columns if closed else None


RETELLINGS = (Retelling(INSIGHT_JOURNAL, tell, journal.SQL.count_closed_days, key_columns=2),)


def _close_at_its_end(tx: Transaction, day: DayKey, cause: Cause) -> None:
    tx.schedule(CLOSE_DAY, ":".join(day.columns), _closing_time().of(day.business_date), cause=cause)


def _day_of(due: Due) -> DayKey:
    place, _, business_date = due.key.rpartition(":")
    return DayKey(place, date.fromisoformat(business_date))


async def _companies(connection: Connection, places: Sequence[str]) -> dict[str, str]:
    """Whose each place is; a channel's money is that of the company that runs EC."""
    known = await locations.read(connection, places)
    of_channels = settings().ec_company_id or UNKNOWN_COMPANY
    return {
        place: of_channels
        if place.startswith("@")
        else (known[place].company_id if place in known else UNKNOWN_COMPANY)
        for place in places
    }


def _closing_time() -> ClosingTime:
    config = settings()
    return ClosingTime(config.business_day_begins_hour, timedelta(minutes=config.journal_grace_minutes))


def _message(closed: ClosedDay) -> JournalDay:
    return JournalDay(
        company_id=closed.company_id,
        place=closed.day.place,
        business_date=closed.day.business_date,
        closed_at=closed.closed_at,
        parts=closed.parts,
        version=1,
    )
