"""What a subject's facts come to: its part of each figure. A function of the set of facts, and of nothing else."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import NamedTuple, TypeVar

from insight.domain import order_parts
from insight.domain.facts import Bought, Counted, Fact, Picked, Scanned
from insight.domain.kpis import Kpi, KpiChanges
from tsunagu.contracts.values import CountOutcome

V = TypeVar("V", Counted, Bought)


class Place(NamedTuple):
    """Which figure, about what beside the whole company, on which day."""

    kpi: Kpi
    scopes: tuple[str, ...]
    day: date


Parts = dict[Place, tuple[int, int]]
"""What a subject adds to figures: amounts and counts. Whole numbers, so that no order of adding them matters."""


def parts_of(facts: Collection[Fact]) -> Parts:
    """What facts of one subject come to."""
    parts: dict[Place, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for kpi, scopes, day, amount in (*order_parts.of_order(facts), *_of_others(facts)):
        place = Place(kpi, tuple(sorted({scope for scope in scopes if scope is not None})), day)
        before = parts[place]
        parts[place] = (before[0] + amount, before[1] + 1)
    return dict(parts)


def rebook(before: Parts, after: Parts, changes: KpiChanges) -> None:
    """Count a subject's parts in the place of what was counted for it."""
    for place in before.keys() | after.keys():
        amount, count = before.get(place, (0, 0))
        now_amount, now_count = after.get(place, (0, 0))
        if (amount, count) != (now_amount, now_count):
            changes.add(place.kpi, place.scopes, place.day, now_amount - amount, now_count - count)


def _of_others(facts: Iterable[Fact]) -> Iterator[order_parts.Part]:
    for fact in facts:
        match fact:
            case Picked(location_id=location_id, day=day, quantity=quantity, is_short=is_short):
                yield Kpi.UNITS_SHORT if is_short else Kpi.UNITS_PICKED, (location_id,), day, quantity
            case Scanned(channel=channel, location_id=location_id, day=day):
                yield Kpi.SCANS, (channel, location_id), day, 1
            case _:
                pass
    counted = _latest(facts, Counted)
    if counted is not None and counted.outcome is CountOutcome.APPLIED:
        yield Kpi.LINES_COUNTED, (counted.location_id,), counted.day, counted.lines
        yield Kpi.LINES_RIGHT, (counted.location_id,), counted.day, counted.right
    bought = _latest(facts, Bought)
    if bought is not None and bought.purchases:
        yield Kpi.CUSTOMERS_NEW, (bought.channel,), bought.day, 1
        if bought.purchases > 1:
            yield Kpi.CUSTOMERS_REPEAT, (bought.channel,), bought.day, 1


def _latest(facts: Iterable[Fact], kind: type[V]) -> V | None:
    """What is known by now of something whose newer word replaces the older."""
    return max(
        (fact for fact in facts if isinstance(fact, kind)), key=lambda fact: fact.version, default=None
    )
