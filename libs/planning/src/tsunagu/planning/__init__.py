"""When goods can be there: opening hours, public holidays, lanes. One computation for all services, without I/O."""

from tsunagu.planning.calendar import (
    ALWAYS_OPEN,
    CLOSED,
    DAYS_AHEAD_MAX,
    Hours,
    midnight,
    open_for,
    opens_within,
)
from tsunagu.planning.holidays import is_public_holiday, public_holidays
from tsunagu.planning.lanes import Lane, arrival, departure

__all__ = [
    "ALWAYS_OPEN",
    "CLOSED",
    "DAYS_AHEAD_MAX",
    "Hours",
    "Lane",
    "arrival",
    "departure",
    "is_public_holiday",
    "midnight",
    "open_for",
    "opens_within",
    "public_holidays",
]
