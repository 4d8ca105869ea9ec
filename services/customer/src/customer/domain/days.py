"""Days as operators mean them: Japan's."""

from datetime import date, datetime, time

from tsunagu.contracts.values import JAPAN


def start_of(day: date) -> datetime:
    """When a day begins in Japan."""
    return datetime.combine(day, time.min, JAPAN)
