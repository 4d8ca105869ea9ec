"""Japan's public holidays, as its law has them. Who closes or does not drive on them says so himself."""

from datetime import date
from functools import cache

import jpholiday


@cache
def public_holidays(year: int) -> frozenset[date]:
    """All public holidays of a calendar year, substitute and citizens' holidays among them.

    Years whose spring and autumn days are not announced yet have them where astronomers expect them. Year-end
    closings are no holidays.
    """
    return frozenset(day for day, _ in jpholiday.year_holidays(year))


def is_public_holiday(day: date) -> bool:
    """Whether a day is a public holiday in Japan."""
    return day in public_holidays(day.year)
