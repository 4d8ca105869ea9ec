"""What could be taken from where for an order that lacks something, looked at without locks."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from inventory.domain.allocations import HELD, Wanted
from inventory.domain.distance import Point, distance_km, prefecture_seat
from inventory.domain.exclusion import NOBODY, Limits, Moment, Sieved, Source, sieve
from inventory.domain.reliability import Reliability, Thresholds, reliability_of
from inventory.domain.reservation import Take
from inventory.domain.sourcing import Destination as To
from inventory.domain.sourcing import Need, Plan, Policy, plan
from inventory.domain.stock import StockKey
from inventory.handlers.picker_time import PickerTime
from inventory.settings import settings
from inventory.sql import SQL
from inventory.store.holds import Hold
from inventory.store.network import Candidate, Place, Question, Supplier, candidates, known_skus, places
from inventory.store.orders import OrderStock
from tsunagu.chassis import Connection
from tsunagu.contracts.values import SourcingDecision
from tsunagu.planning import arrival, departure, open_for

Destination = tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class OrderPlan:
    """What to take for all that an order lacks, and what can't be had.

    `plans` are those of its destinations, in order; a sentence where one is not known.
    """

    takes: tuple[Take, ...]
    short: tuple[Need, ...]
    plans: tuple[Plan | str, ...]

    @property
    def explanation(self) -> str:
        """Why, for people."""
        return "; ".join(one if isinstance(one, str) else one.explanation for one in self.plans)

    @property
    def decisions(self) -> tuple[SourcingDecision, ...]:
        """Why, as data, per known destination."""
        return tuple(one.decision for one in self.plans if not isinstance(one, str))


@dataclass(frozen=True, slots=True)
class Seen:
    """Whom somebody could ask, the nearest first, and what the rules say of them."""

    candidates: Sequence[Candidate]
    sieved: Sieved


@dataclass(frozen=True, slots=True)
class View:
    """What was seen without locks: what each order lacked, stores, SKUs that are known, whom to ask per order and
    destination, and what they can promise. `policy`: the rules that go for all of it."""

    policy: Policy
    needs: Mapping[str, Mapping[Destination, Sequence[Need]]]
    stores: Mapping[str, Place]
    skus: frozenset[str]
    asked: Mapping[tuple[str, Destination], Seen]
    available: Mapping[StockKey, int]

    def keys(self) -> set[StockKey]:
        """All rows of stock that were seen."""
        return set(self.available)

    def fits(self, order: OrderStock) -> bool:
        """Whether the order still lacks what it lacked when it was looked at."""
        return self.needs.get(order.order_id) == needs_of(order)


def needs_of(order: OrderStock) -> dict[Destination, list[Need]]:
    """What the order lacks, by where it has to go."""
    lines = {line.line_id: line for line in order.wanted}
    needs: dict[Destination, list[Need]] = {}
    for line_id, quantity in order.missing().items():
        line = lines[line_id]
        needs.setdefault(destination_of(line), []).append(Need(line_id, line.sku, quantity))
    return needs


async def look(
    connection: Connection, orders: Iterable[OrderStock], holds: Mapping[str, Hold], now: datetime
) -> View:
    """Look at the pickup stores and at no more than `sources_considered_max` other locations for each order."""
    needs_by_order = {order.order_id: needs_of(order) for order in orders}
    wanted = {
        (order_id, destination): needs
        for order_id, by_destination in needs_by_order.items()
        for destination, needs in by_destination.items()
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
    asked: dict[tuple[str, Destination], Question] = {}
    for (order_id, destination), needs in wanted.items():
        known = tuple(sorted({need.sku for need in needs} & skus))
        point = point_of(destination, stores)
        if known and point is not None:
            asked[order_id, destination] = Question(destination[0], point, known, _load(needs))
    judge = Judge(now)
    by_question = await usable_sources(connection, asked.values(), judge)
    by_order: dict[tuple[str, Destination], Seen] = {}
    for (order_id, destination), question in asked.items():
        seen = by_question[question]
        hold = hold_of[order_id]
        keeper = stores.get(hold.location_id) if hold is not None and hold.credit() is not None else None
        if keeper is not None and destination[0] is None:
            there = [one for one in seen.candidates if one.place.location_id == keeper.location_id]
            others = [one for one in seen.candidates if one not in there]
            first = there[0] if there else Candidate(Supplier(keeper), None, {})
            seen = judge.seen([*others, replace(first, keeps_goods=True)], question)
        for candidate in seen.candidates:
            for sku, quantity in candidate.available.items():
                available.setdefault(StockKey(candidate.place.location_id, sku), quantity)
        by_order[order_id, destination] = seen
    return View(judge.policy, needs_by_order, stores, frozenset(skus), by_order, available)


async def usable_sources(
    connection: Connection, asked: Iterable[Question], judge: "Judge"
) -> dict[Question, Seen]:
    """Per question the nearest locations that may be asked, and all excluded ones that were seen on the way.

    A question that many orders have is asked once. Where rules exclude some of the `sources_considered_max` nearest, it
    is looked once more, further away.
    """
    nearest = settings().sources_considered_max
    questions = list(dict.fromkeys(asked))
    first = await candidates(connection, questions, nearest, judge.now)
    found = [judge.seen(seen, question) for seen, question in zip(first, questions, strict=True)]
    again = [
        number for number, seen in enumerate(found) if len(seen.candidates) == nearest and seen.sieved.reasons
    ]
    if again:
        more = await candidates(
            connection, [questions[number] for number in again], settings().sources_seen_max, judge.now
        )
        for number, further in zip(again, more, strict=True):
            excluded = judge.seen(further, questions[number]).sieved.reasons
            usable = [one for one in further if one.place.location_id not in excluded]
            too_many = {one.place.location_id for one in usable[nearest:]}
            left = [one for one in further if one.place.location_id not in too_many]
            found[number] = judge.seen(left, questions[number])
    return dict(zip(questions, found, strict=True))


class Judge:
    """Sees locations as the rules look at them, at one moment; works out once what many questions ask of a location."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.policy = policy()
        rules = settings()
        self._thresholds = Thresholds(
            half_life_days=rules.reliability_half_life_days,
            prior_picks=rules.reliability_prior_picks,
            usual_short_percent=rules.reliability_usual_short_percent,
            doubtful_percent=rules.reliability_doubtful_percent,
            poor_percent=rules.reliability_poor_percent,
            uncounted_days=rules.reliability_uncounted_days,
        )
        self._reliability: dict[str, Reliability] = {}

    def seen(self, candidates: Sequence[Candidate], question: Question) -> Seen:
        """What the rules say of the candidates for a question."""
        sources = [self._source(candidate, question.point) for candidate in candidates]
        moment = Moment(self.now, question.load_minutes)
        return Seen(candidates, sieve(sources, self.policy.exclusions, moment, self.policy.limits))

    def _source(self, candidate: Candidate, point: Point) -> Source:
        supplier = candidate.supplier
        place = supplier.place
        reliability = self._reliability.get(place.location_id)
        if reliability is None:
            reliability = reliability_of(supplier.record, self.now, self._thresholds)
            self._reliability[place.location_id] = reliability
        return Source(
            place.location_id,
            distance_km(place.point, point),
            place.capacity,
            place.hours,
            supplier.last_heard_at,
            supplier.is_store,
            reliability,
            candidate.keeps_goods,
        )


def policy() -> Policy:
    """The rules of sourcing, as the settings have them."""
    rules = settings()
    return Policy(
        limits=Limits(rules.promise_window_days, rules.feed_stale_hours),
        exclusions=rules.sourcing_exclusions,
        ranking=rules.sourcing_ranking,
        distance_bands_km=rules.distance_bands_km,
        split_locations_max=rules.split_locations_max,
    )


def plan_order(order: OrderStock, view: View, available: Callable[[StockKey], int]) -> OrderPlan:
    """Plan all that the order lacks, given what each row can promise."""
    giving = {part.location_id for part in order.parts if part.state in HELD}
    plans: list[Plan | str] = []
    taken: dict[StockKey, int] = {}
    takes: list[Take] = []
    short: list[Need] = []

    def left(key: StockKey) -> int:
        return available(key) - taken.get(key, 0)

    for destination, needs in needs_of(order).items():
        if point_of(destination, view.stores) is None:
            short.extend(needs)
            plans.append(f"there is no location {destination[0]}")
            continue
        seen = view.asked.get((order.order_id, destination))
        found = plan(
            [need for need in needs if need.sku in view.skus],
            To(*destination, frozenset(giving)),
            seen.sieved if seen is not None else NOBODY,
            left,
            view.policy,
        )
        for take in found.takes:
            taken[take.key] = taken.get(take.key, 0) + take.quantity
            giving.add(take.key.location_id)
        takes.extend(found.takes)
        short.extend(found.short)
        short.extend(need for need in needs if need.sku not in view.skus)
        plans.append(found)
    return OrderPlan(tuple(takes), tuple(short), tuple(plans))


def ready_by(
    order: OrderStock, takes: Sequence[Take], view: View, now: datetime, time: PickerTime
) -> datetime:
    """When all of it is ready: picked, sent on the lanes and received, or packed for the carrier."""
    latest = now
    lines = {line.line_id: line for line in order.wanted}
    work = Counter(take.key.location_id for take in takes)
    picked: dict[str, datetime] = {}
    for take in takes:
        destination = destination_of(lines[take.line_id])
        source_id = take.key.location_id
        seen = view.asked.get((order.order_id, destination))
        among = seen.candidates if seen is not None else ()
        candidate = next((c for c in among if c.place.location_id == source_id), None)
        place = candidate.place if candidate is not None else view.stores[source_id]
        if source_id not in picked:
            picked[source_id] = time.picked_at(place, work[source_id])
        done = picked[source_id]
        if candidate is not None and candidate.lane is not None and destination[0] is not None:
            store = view.stores[destination[0]]
            there = arrival(candidate.lane, departure(candidate.lane, done, place.hours), store.hours)
            done = open_for(store.hours, there, settings().receive_minutes).astimezone(now.tzinfo)
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
    return await shelves(connection, keys)


async def shelves(connection: Connection, keys: Iterable[StockKey]) -> dict[StockKey, int]:
    """What rows of stock can promise, looked at without locks; those that are not there are left out."""
    ordered = sorted(keys)
    if not ordered:
        return {}
    rows = await connection.fetch(
        SQL.shelf_of, [key.location_id for key in ordered], [key.sku for key in ordered]
    )
    return {StockKey(row["location_id"], row["sku"]): row["available"] for row in rows}


def destination_of(line: Wanted) -> Destination:
    """Where a line goes: its pickup store, or its prefecture."""
    return line.location_id, line.prefecture


def point_of(destination: Destination, stores: Mapping[str, Place]) -> Point | None:
    """Where a destination is; None for a pickup store that nobody knows."""
    location_id, prefecture = destination
    if location_id is not None:
        return stores[location_id].point if location_id in stores else None
    return prefecture_seat(prefecture) if prefecture is not None else None


def _load(needs: Sequence[Need]) -> float:
    """Minutes of a picker's work."""
    return len(needs) * settings().pick_minutes_per_line
