"""Counts while sales go on: a count is absolute at what it has seen, and later movements move it on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from tsunagu.contracts.values import CountScope


@dataclass(frozen=True, slots=True)
class CountSeen:
    """What a count already contains: up to the last receipt per register that it names, else up to `counted_at`."""

    scope: CountScope
    counted_at: datetime
    receipts: Mapping[str, tuple[date, int]]


class Step(NamedTuple):
    """A movement as a count sees it: when and on which receipt, and what it did to on hand and to staged goods."""

    occurred_at: datetime
    quantity: int
    staged: int
    register_id: str | None = None
    business_date: date | None = None
    receipt_number: int | None = None

    def effect(self, scope: CountScope) -> int:
        """What it did to what is counted: the shelf, or everything in the building."""
        return self.quantity - self.staged if scope is CountScope.SHELF else self.quantity


def contains(count: CountSeen, step: Step) -> bool:
    """Whether the count has seen the movement. The register's last receipt decides; where it is not named, the time."""
    last = count.receipts.get(step.register_id) if step.register_id is not None else None
    if last is not None and step.business_date is not None and step.receipt_number is not None:
        return (step.business_date, step.receipt_number) <= last
    return step.occurred_at <= count.counted_at


def expected(count: CountSeen, on_hand: int, staged: int, steps: Iterable[Step]) -> int:
    """What should have been found, from what is booked now and the movements that the count has not seen."""
    now = on_hand - staged if count.scope is CountScope.SHELF else on_hand
    return now - sum(step.effect(count.scope) for step in steps if not contains(count, step))


def correction(count: CountSeen, step: Step) -> int:
    """What a movement that comes late, after a count that has seen it, must give back so that the count stays true."""
    return -step.effect(count.scope) if contains(count, step) else 0


def needs_approval(variance: int, price_jpy: int, pieces_max: int, value_jpy_max: int) -> bool:
    """Whether somebody has to look at a line first: it differs by too many pieces, or by too many yen."""
    return abs(variance) > pieces_max or abs(variance) * price_jpy > value_jpy_max
