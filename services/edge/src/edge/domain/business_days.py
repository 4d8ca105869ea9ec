"""The business day in Japan: it begins in the early morning, so that late hours belong to the day before."""

from datetime import UTC, datetime, timedelta

from tsunagu.contracts.values import JAPAN


def business_day(now: datetime, begins_hour: int) -> tuple[datetime, datetime]:
    """Beginning and end, in UTC, of the business day that `now` (aware) lies in."""
    local = now.astimezone(JAPAN)
    begins = local.replace(hour=begins_hour, minute=0, second=0, microsecond=0)
    if local < begins:
        begins -= timedelta(days=1)
    return begins.astimezone(UTC), (begins + timedelta(days=1)).astimezone(UTC)
