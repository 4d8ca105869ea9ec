"""How long goods wait for their shopper: until a moment at which somebody is there to hand them over."""

from datetime import UTC, datetime, timedelta

from tsunagu.contracts.values import JAPAN
from tsunagu.planning import DAYS_AHEAD_MAX, Hours


def window_end(hours: Hours, start: datetime, window: timedelta) -> datetime:
    """When the window of goods that are ready at `start` ends, in UTC.

    An end at which the store is closed moves to the end of its next opening, so that nobody is told of a last day on
    which the door is shut.
    """
    end = start + window
    if hours.never_closes:
        return end
    # An opening after midnight belongs to the day before.
    first = end.astimezone(JAPAN).date() - timedelta(days=1)
    for ahead in range(DAYS_AHEAD_MAX):
        times = hours.on(first + timedelta(days=ahead))
        if times is None or times[1] < end:
            continue
        opens, closes = times
        return end if opens <= end else closes.astimezone(UTC)
    return end
