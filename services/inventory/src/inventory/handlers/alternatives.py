"""Where a shopper could collect what an order comes up short of: looked at without locks, and promised to nobody."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from inventory.domain.sourcing import Need
from inventory.domain.stock import StockKey
from inventory.handlers.picker_time import PickerTime
from inventory.handlers.sources import Judge, Seen, View, destination_of, point_of, usable_sources
from inventory.settings import settings
from inventory.store.network import Question
from inventory.store.orders import OrderStock
from tsunagu.chassis import Connection
from tsunagu.contracts.values import Alternative


@dataclass(frozen=True, slots=True)
class Shortage:
    """An order, and what of it can't be had."""

    order: OrderStock
    short: Sequence[Need]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where all of these needs could be collected, the nearest first."""

    short: Sequence[Need] = ()
    places: tuple[Alternative, ...] = ()

    def having(self, short: Sequence[Need]) -> tuple[Alternative, ...]:
        """The same places for what is short after all; none where that has become another thing meanwhile."""
        return self.places if sorted(self.short, key=_by_line) == sorted(short, key=_by_line) else ()


async def look_elsewhere(
    connection: Connection,
    shortages: Sequence[Shortage],
    view: View,
    taken: Mapping[StockKey, int],
    now: datetime,
) -> dict[str, Elsewhere]:
    """Per order the nearest stores whose own shelf has all that it is short of, lane or no lane: its shopper travels.

    `taken` is what others have been planned from these shelves. Nothing is asked of the database where nobody is short.
    """
    asked: dict[str, tuple[Shortage, Question]] = {}
    for shortage in shortages:
        question = _question(shortage, view)
        if question is not None:
            asked[shortage.order.order_id] = (shortage, question)
    if not asked or not settings().choice_options_max:
        return {}
    seen = await usable_sources(connection, (question for _, question in asked.values()), Judge(now))
    return {
        order_id: Elsewhere(shortage.short, _places(shortage, question, seen[question], taken, now))
        for order_id, (shortage, question) in asked.items()
    }


def _question(shortage: Shortage, view: View) -> Question | None:
    """Near where the first of the short lines was to go; None where that, or what it is, is not known."""
    lines = {line.line_id: line for line in shortage.order.wanted}
    skus = {need.sku for need in shortage.short}
    if not skus or not skus <= view.skus:
        return None
    point = point_of(destination_of(lines[shortage.short[0].line_id]), view.stores)
    if point is None:
        return None
    load = len(shortage.short) * settings().pick_minutes_per_line
    return Question(None, point, tuple(sorted(skus)), load)


def _places(
    shortage: Shortage, question: Question, seen: Seen, taken: Mapping[StockKey, int], now: datetime
) -> tuple[Alternative, ...]:
    needed: Counter[str] = Counter()
    for need in shortage.short:
        needed[need.sku] += need.quantity
    asked_already = {line.location_id for line in shortage.order.wanted}
    distances = {
        source.location_id: source.distance_km for source in (*seen.sieved.usable, *seen.sieved.last_resorts)
    }
    found = [
        candidate
        for candidate in seen.candidates
        if candidate.place.location_id in distances
        and candidate.place.location_id not in asked_already
        and candidate.place.takes_pickups
        and all(
            candidate.available.get(sku, 0) - taken.get(StockKey(candidate.place.location_id, sku), 0)
            >= pieces
            for sku, pieces in needed.items()
        )
    ]
    found.sort(key=lambda one: (distances[one.place.location_id], one.place.location_id))
    # Of its own, and never saved: nobody is promised anything here.
    time = PickerTime(now)
    return tuple(
        Alternative(
            location_id=one.place.location_id, ready_by=time.picked_at(one.place, len(shortage.short))
        )
        for one in found[: settings().choice_options_max]
    )


def _by_line(need: Need) -> str:
    return need.line_id
