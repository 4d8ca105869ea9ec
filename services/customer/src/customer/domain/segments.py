"""Segment, RFM scores and journey stage from what somebody did, by rules that are data."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tsunagu.contracts.values import JourneyStage, Segment

STORE = "store"
"""The channel of what a till sells of a store's own shelf."""


@dataclass(frozen=True, slots=True)
class SegmentRule:
    """The conditions of a segment; those that are None hold always. `reason` is for people."""

    segment: Segment
    reason: str
    purchases_min: int | None = None
    purchases_max: int | None = None
    within_days: int | None = None
    days_since_last_min: int | None = None


@dataclass(frozen=True, slots=True)
class Quintiles:
    """What a fifth, two, three and four fifths of the customers are at or below: whole days since they last bought,
    purchases and yen within the windows of the rules."""

    recency_days: tuple[int, ...]
    frequency_purchases: tuple[int, ...]
    monetary_amounts_jpy: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules. `segments` in the order in which they are tried; thresholds ascend.

    `quintiles_customers_min`: of so many customers on, scores go by their quintiles; never where it is None.
    """

    segments: tuple[SegmentRule, ...]
    recency_days: tuple[int, ...]
    frequency_window_days: int
    frequency_purchases: tuple[int, ...]
    monetary_window_days: int
    monetary_amounts_jpy: tuple[int, ...]
    journey_window_days: int
    quintiles_customers_min: int | None = None

    def by(self, quintiles: Quintiles) -> "Rules":
        """These rules, with scores that a fifth of the customers each has: above a bound is a step.

        Where many are alike, such as those who have bought once, they have one score, and a fifth has none of its own.
        """
        return replace(
            self,
            recency_days=tuple(days + 1 for days in quintiles.recency_days),
            frequency_purchases=tuple(count + 1 for count in quintiles.frequency_purchases),
            monetary_amounts_jpy=tuple(amount + 1 for amount in quintiles.monetary_amounts_jpy),
        )

    def spans(self) -> set[int]:
        """Every number of days after which a purchase may count differently."""
        of_segments = {
            days
            for rule in self.segments
            for days in (rule.within_days, rule.days_since_last_min)
            if days is not None
        }
        return {*of_segments, *self.recency_days, self.frequency_window_days, self.monetary_window_days}


@dataclass(frozen=True, slots=True)
class Bought:
    """One purchase of which something was kept. `is_picked_up`: it was ordered, and fetched at a store."""

    at: datetime
    amount_jpy: int
    channel: str
    is_picked_up: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a customer stands; scores from 1 (low) to 5, None without a purchase."""

    segment: Segment
    recency: int | None
    frequency: int | None
    monetary: int | None


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of a journey: when last viewed, last considered (scanned, looked up), an order still open, and when
    a purchase last came back whole."""

    viewed_at: datetime | None = None
    considered_at: datetime | None = None
    ordered_at: datetime | None = None
    returned_at: datetime | None = None


def standing(purchases: Sequence[Bought], rules: Rules, now: datetime) -> Standing:
    """Where somebody with these purchases stands at `now`."""
    segment = next(rule.segment for rule in rules.segments if _holds(rule, purchases, now))
    if not purchases:
        return Standing(segment, None, None, None)
    last = max(bought.at for bought in purchases)
    passed = sum(now - last >= timedelta(days=days) for days in rules.recency_days)
    recent = _within(purchases, rules.frequency_window_days, now)
    spent_jpy = sum(bought.amount_jpy for bought in _within(purchases, rules.monetary_window_days, now))
    return Standing(
        segment,
        recency=max(1, 5 - passed),
        frequency=min(5, 1 + sum(len(recent) >= least for least in rules.frequency_purchases)),
        monetary=min(5, 1 + sum(spent_jpy >= least for least in rules.monetary_amounts_jpy)),
    )


def next_change_at(purchases: Sequence[Bought], rules: Rules, now: datetime) -> datetime | None:
    """The first instant after `now` at which the standing differs if nothing happens; None if it never does."""
    today = standing(purchases, rules, now)
    instants = {bought.at + timedelta(days=days) for bought in purchases for days in rules.spans()}
    for instant in sorted(instants):
        if instant > now and standing(purchases, rules, instant) != today:
            return instant
    return None


def stage(purchases: Sequence[Bought], signs: Signs, rules: Rules) -> JourneyStage | None:
    """How far somebody is; None where no sign is known.

    Only signs within the window before the latest one belong to the journey of today. Who gave back all that they had
    is at that stage until they show interest again.
    """
    interests = [at for at in (signs.viewed_at, signs.considered_at, signs.ordered_at) if at is not None]
    known = interests + [purchase.at for purchase in purchases]
    if signs.returned_at is not None:
        known.append(signs.returned_at)
    if not known:
        return None
    begins_at = max(known) - timedelta(days=rules.journey_window_days)

    def counts(at: datetime | None) -> bool:
        return at is not None and at >= begins_at

    received = [purchase for purchase in purchases if counts(purchase.at)]
    if len(received) > 1 or (received and counts(signs.ordered_at)):
        return JourneyStage.RETURNING
    if received:
        return _stage_of_purchase(received[0])
    if signs.returned_at is not None and all(at <= signs.returned_at for at in interests):
        return JourneyStage.RETURNED
    if counts(signs.ordered_at):
        return JourneyStage.ORDERED
    return JourneyStage.CONSIDERING if counts(signs.considered_at) else JourneyStage.AWARE


def _stage_of_purchase(purchase: Bought) -> JourneyStage:
    if purchase.is_picked_up:
        return JourneyStage.PICKED_UP
    return JourneyStage.BOUGHT_IN_STORE if purchase.channel == STORE else JourneyStage.BOUGHT_ONLINE


def _holds(rule: SegmentRule, purchases: Sequence[Bought], now: datetime) -> bool:
    counted = purchases if rule.within_days is None else _within(purchases, rule.within_days, now)
    if rule.purchases_min is not None and len(counted) < rule.purchases_min:
        return False
    if rule.purchases_max is not None and len(counted) > rule.purchases_max:
        return False
    if rule.days_since_last_min is None:
        return True
    last = max((bought.at for bought in purchases), default=None)
    return last is not None and now - last >= timedelta(days=rule.days_since_last_min)


def _within(purchases: Sequence[Bought], days: int, now: datetime) -> list[Bought]:
    return [bought for bought in purchases if now - bought.at < timedelta(days=days)]
