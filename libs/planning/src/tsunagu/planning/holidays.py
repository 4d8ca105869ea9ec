"""Japan's public holidays, as its law has them. Who closes or does not drive on them says so himself."""

from datetime import date
from functools import cache

from holidays.countries.japan import Japan


@cache
def public_holidays(year: int) -> frozenset[date]:
    """All public holidays of a calendar year, substitute and citizens' holidays among them.

    Years whose spring and autumn days are not announced yet have them where astronomers expect them. Empty for years
    that the source does not know, before 1949 and after 2099. Year-end closings are no holidays.
    """
    return frozenset(Japan(years=year))


def is_public_holiday(day: date) -> bool:
    """Whether a day is a public holiday in Japan."""
    return day in public_holidays(day.year)
