"""Business days: those of Japan's retail end after midnight."""

from datetime import UTC, date, datetime, time, timedelta

from tsunagu.contracts.values import JAPAN


def business_day(at: datetime, begins_hour: int) -> date:
    """The business day of an instant; it begins at `begins_hour` in Japan and ends at that hour the next day."""
    return (at.astimezone(JAPAN) - timedelta(hours=begins_hour)).date()


def begins_at(day: date, begins_hour: int) -> datetime:
    """When a business day begins."""
    return datetime.combine(day, time(begins_hour), JAPAN).astimezone(UTC)


def booked_day(occurred_at: datetime, now: datetime, begins_hour: int) -> date:
    """The business day on which something counts: what claims to be from the future counts when it is recorded."""
    return business_day(min(occurred_at, now), begins_hour)
