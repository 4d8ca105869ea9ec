"""How often a location has what it shows: picks found against picks that fell short, fading with time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum


class Reliability(IntEnum):
    """A class, not a figure, so that chance does not reorder neighbours. Smaller is better."""

    USUAL = 0
    DOUBTFUL = 1
    POOR = 2


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a location: picks that found the goods and picks that did not, as they weighed at `as_of`.

    `last_counted_at`: when it was counted last; None where nobody has said. `since`: when it was first heard of.
    """

    found: float
    short: float
    as_of: datetime
    since: datetime
    last_counted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a location counts as doubtful or poor.

    A record is mixed with `prior_picks` picks of which `usual_short_percent` fall short, so that a few bad picks at a
    location that is hardly known mean little.
    """

    half_life_days: float
    prior_picks: float
    usual_short_percent: float
    doubtful_percent: float
    poor_percent: float
    uncounted_days: float


def faded(weight: float, age: timedelta, half_life_days: float) -> float:
    """What is left of a weight after some time: half of it after each half-life."""
    half_lives = max(0.0, age.total_seconds()) / (half_life_days * 86_400)
    return weight * float(2.0**-half_lives)


def short_percent(record: Record, now: datetime, thresholds: Thresholds) -> float:
    """How many of 100 picks there are expected to fall short.

    The posterior mean of a beta-binomial model (Gelman et al., Bayesian Data Analysis, ch. 2): the record and the
    prior picks, pooled. What fades gives way to the prior.
    """
    age = now - record.as_of
    found = faded(record.found, age, thresholds.half_life_days)
    short = faded(record.short, age, thresholds.half_life_days)
    usual = thresholds.prior_picks * thresholds.usual_short_percent / 100
    return 100 * (short + usual) / (found + short + thresholds.prior_picks)


def reliability_of(record: Record | None, now: datetime, thresholds: Thresholds) -> Reliability:
    """The class of a location; one that nobody knows yet is as usual.

    One that has not been counted for long is doubtful at best: nobody knows what its shelves have lost.
    """
    if record is None:
        return Reliability.USUAL
    percent = short_percent(record, now, thresholds)
    if percent >= thresholds.poor_percent:
        return Reliability.POOR
    uncounted = now - (record.last_counted_at or record.since)
    if percent >= thresholds.doubtful_percent or uncounted > timedelta(days=thresholds.uncounted_days):
        return Reliability.DOUBTFUL
    return Reliability.USUAL
