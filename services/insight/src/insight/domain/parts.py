"""What a subject's facts come to: its part of each figure. A function of the set of facts, and of nothing else."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import NamedTuple

from insight.domain import order_parts
from insight.domain.facts import Bought, Counted, Fact, Picked, Scanned
from insight.domain.kpis import Kpi, KpiChanges
from tsunagu.contracts.values import CountOutcome


class Place(NamedTuple):
    """Which figure, about what beside the whole company, on which day."""

    kpi: Kpi
    scopes: tuple[str, ...]
    day: date


Parts = dict[Place, tuple[int, int]]
"""What a subject adds to figures: amounts and counts. Whole numbers, so that no order of adding them matters."""


def parts_of(facts: Collection[Fact]) -> Parts:
    """What facts of one subject come to."""
    parts: Parts = {}
    for kpi, scopes, day, amount in (*order_parts.of_order(facts), *_of_others(facts)):
        place = Place(kpi, scopes, day)
        known = parts.get(place)
        parts[place] = (amount, 1) if known is None else (known[0] + amount, known[1] + 1)
    return parts


def rebook(before: Parts, after: Parts, changes: KpiChanges) -> None:
    """Count a subject's parts in the place of what was counted for it."""
    for place in before.keys() | after.keys():
        amount, count = before.get(place, (0, 0))
        now_amount, now_count = after.get(place, (0, 0))
        if (amount, count) != (now_amount, now_count):
            changes.add(place.kpi, place.scopes, place.day, now_amount - amount, now_count - count)


def _of_others(facts: Iterable[Fact]) -> Iterator[order_parts.Part]:
    """What picks and scans come to, and the newest word of a count and of a customer."""
    counted: Counted | None = None
    bought: Bought | None = None
    for fact in facts:
        match fact:
            case Picked(location_id=location_id, day=day, quantity=quantity, is_short=is_short):
                yield Kpi.UNITS_SHORT if is_short else Kpi.UNITS_PICKED, (location_id,), day, quantity
            case Scanned(channel=channel, location_id=location_id, day=day):
                yield Kpi.SCANS, (channel, location_id), day, 1
            case Counted(version=version):
                counted = fact if counted is None or version > counted.version else counted
            case Bought(version=version):
                bought = fact if bought is None or version > bought.version else bought
            case _:
                pass
    if counted is not None and counted.outcome is CountOutcome.APPLIED:
        yield Kpi.LINES_COUNTED, (counted.location_id,), counted.day, counted.lines
        yield Kpi.LINES_RIGHT, (counted.location_id,), counted.day, counted.right
    if bought is not None and bought.purchases:
        scopes = () if bought.channel is None else (bought.channel,)
        yield Kpi.CUSTOMERS_NEW, scopes, bought.day, 1
        if bought.purchases > 1:
            yield Kpi.CUSTOMERS_REPEAT, scopes, bought.day, 1
