"""What could be taken from where for an order that lacks something, looked at without locks."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from inventory.domain.allocations import Wanted
from inventory.domain.calendar import arrives_at, picked_at
from inventory.domain.distance import Point, distance_km, prefecture_seat
from inventory.domain.reservation import Take
from inventory.domain.sourcing import Need, Source, plan
from inventory.domain.stock import StockKey
from inventory.settings import settings
from inventory.sql import SQL
from inventory.store.holds import Hold
from inventory.store.network import Candidate, Place, Question, candidates, known_skus, places
from inventory.store.orders import OrderStock
from tsunagu.chassis import Connection

Destination = tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class OrderPlan:
    """What to take for all that an order lacks, what can't be had, and why."""

    takes: tuple[Take, ...]
    short: tuple[Need, ...]
    explanation: str


@dataclass(frozen=True, slots=True)
class View:
    """What was seen: stores, SKUs that are known, candidates per order and destination, and what they can promise."""

    stores: Mapping[str, Place]
    skus: frozenset[str]
    candidates: Mapping[tuple[str, Destination], Sequence[Candidate]]
    available: Mapping[StockKey, int]

    def keys(self) -> set[StockKey]:
        """All rows of stock that were seen."""
        return set(self.available)


def needs_of(order: OrderStock) -> dict[Destination, list[Need]]:
    """What the order lacks, by where it has to go."""
    lines = {line.line_id: line for line in order.wanted}
    needs: dict[Destination, list[Need]] = {}
    for line_id, quantity in order.missing().items():
        line = lines[line_id]
        needs.setdefault(_destination(line), []).append(Need(line_id, line.sku, quantity))
    return needs


async def look(
    connection: Connection, orders: Iterable[OrderStock], holds: Mapping[str, Hold], now: datetime
) -> View:
    """Look at the pickup stores and at no more than `sources_considered_max` other locations for each order."""
    wanted = {
        (order.order_id, destination): needs
        for order in orders
        for destination, needs in needs_of(order).items()
    }
    hold_of = {order.order_id: holds.get(order.hold_id or "") for order in orders}
    stores = await places(
        connection,
        {location_id for _, (location_id, _) in wanted if location_id is not None}
        | {hold.location_id for hold in holds.values() if hold.location_id},
        now,
    )
    skus = await known_skus(connection, (need.sku for needs in wanted.values() for need in needs))
    available = await _shelves(connection, wanted, hold_of, skus)
    asked: list[tuple[str, Destination]] = []
    questions: list[Question] = []
    for (order_id, destination), needs in wanted.items():
        known = tuple(sorted({need.sku for need in needs} & skus))
        point = _point(destination, stores)
        if known and point is not None:
            asked.append((order_id, destination))
            questions.append(Question(destination[0], point, known))
    found = await candidates(connection, questions, settings().sources_considered_max, now)
    by_question = dict(zip(asked, found, strict=True))
    for (order_id, destination), seen in by_question.items():
        hold = hold_of[order_id]
        keeper = stores.get(hold.location_id) if hold is not None and hold.credit() is not None else None
        places_seen = {candidate.place.location_id for candidate in seen}
        if keeper is not None and destination[0] is None and keeper.location_id not in places_seen:
            seen.append(Candidate(keeper, None, {}))
        for candidate in seen:
            for sku, quantity in candidate.available.items():
                available.setdefault(StockKey(candidate.place.location_id, sku), quantity)
    return View(stores, frozenset(skus), by_question, available)


def plan_order(order: OrderStock, view: View, available: Callable[[StockKey], int]) -> OrderPlan:
    """Plan all that the order lacks, given what each row can promise."""
    taken: dict[StockKey, int] = {}
    takes: list[Take] = []
    short: list[Need] = []
    why: list[str] = []

    def left(key: StockKey) -> int:
        return available(key) - taken.get(key, 0)

    for destination, needs in needs_of(order).items():
        point = _point(destination, view.stores)
        if point is None:
            short.extend(needs)
            why.append(f"there is no location {destination[0]}")
            continue
        seen = view.candidates.get((order.order_id, destination), ())
        load = len(needs) * settings().pick_minutes_per_line
        sources = [_source(candidate, point) for candidate in seen]
        found = plan([need for need in needs if need.sku in view.skus], destination[0], sources, left, load)
        for take in found.takes:
            taken[take.key] = taken.get(take.key, 0) + take.quantity
        takes.extend(found.takes)
        short.extend(found.short)
        short.extend(need for need in needs if need.sku not in view.skus)
        why.append(found.explanation)
    return OrderPlan(tuple(takes), tuple(short), "; ".join(why))


def ready_by(order: OrderStock, takes: Sequence[Take], view: View, now: datetime) -> datetime:
    """When all of it is ready: picked, sent on the lanes and received, or packed for the carrier."""
    latest = now
    lines = {line.line_id: line for line in order.wanted}
    minutes = settings()
    for take in takes:
        destination = _destination(lines[take.line_id])
        load = len(takes) * minutes.pick_minutes_per_line
        source_id = take.key.location_id
        seen = view.candidates.get((order.order_id, destination), ())
        candidate = next((c for c in seen if c.place.location_id == source_id), None)
        place = candidate.place if candidate is not None else view.stores[source_id]
        done = picked_at(place.hours, place.capacity, now, minutes.pick_promise_minutes, load)
        if candidate is not None and candidate.lane is not None and destination[0] is not None:
            store = view.stores[destination[0]]
            done = arrives_at(candidate.lane, done, store.hours, minutes.receive_minutes)
        latest = max(latest, done)
    return latest


async def _shelves(
    connection: Connection,
    wanted: Mapping[tuple[str, Destination], Sequence[Need]],
    hold_of: Mapping[str, Hold | None],
    skus: set[str],
) -> dict[StockKey, int]:
    keys: set[StockKey] = set()
    for (order_id, (location_id, _)), needs in wanted.items():
        if location_id is not None:
            keys.update(StockKey(location_id, need.sku) for need in needs if need.sku in skus)
        hold = hold_of[order_id]
        if hold is not None:
            keys.update(hold.pieces())
    ordered = sorted(keys)
    if not ordered:
        return {}
    rows = await connection.fetch(
        SQL.shelf_of, [key.location_id for key in ordered], [key.sku for key in ordered]
    )
    return {StockKey(row["location_id"], row["sku"]): row["available"] for row in rows}


def _destination(line: Wanted) -> Destination:
    return line.location_id, line.prefecture


def _point(destination: Destination, stores: Mapping[str, Place]) -> Point | None:
    location_id, prefecture = destination
    if location_id is not None:
        return stores[location_id].point if location_id in stores else None
    return prefecture_seat(prefecture) if prefecture is not None else None


def _source(candidate: Candidate, point: Point) -> Source:
    capacity = candidate.place.capacity
    return Source(
        candidate.place.location_id,
        distance_km(candidate.place.point, point),
        capacity.minutes_left_today if capacity is not None else None,
    )
