"""Copies of locations, lanes, SKUs and pickers' capacity, as headquarters and pickup publish them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from inventory.domain.capacity import Capacity, Minutes
from inventory.domain.distance import Point
from inventory.domain.reliability import Record
from inventory.settings import settings
from inventory.sql import SQL
from tsunagu.chassis import Connection
from tsunagu.contracts.values import LocationKind
from tsunagu.planning import Hours, Lane


@dataclass(frozen=True, slots=True)
class Place:
    """A location as inventory needs it. `capacity` is None where pickup has said nothing yet."""

    location_id: str
    point: Point
    pickup_enabled: bool
    hours: Hours
    capacity: Capacity | None

    @property
    def takes_pickups(self) -> bool:
        """Whether shoppers may pick up here now."""
        return self.pickup_enabled and (self.capacity is None or self.capacity.is_open)


@dataclass(frozen=True, slots=True)
class Supplier:
    """A location as one that may give goods.

    `last_heard_at` and `record` are what is known of its systems and of its picks; None where nothing is.
    """

    place: Place
    is_store: bool = True
    last_heard_at: datetime | None = None
    record: Record | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who may give goods for a question: what it has of them, and the lane from it (None for parcels).

    `keeps_goods`: a cart's hold keeps them there.
    """

    supplier: Supplier
    lane: Lane | None
    available: Mapping[str, int]
    keeps_goods: bool = False

    @property
    def place(self) -> Place:
        """Where it is."""
        return self.supplier.place


@dataclass(frozen=True, slots=True)
class Question:
    """Where are these SKUs, near a destination? `to_location_id` is None for parcels.

    `load_minutes`: how much work it is for a picker.
    """

    to_location_id: str | None
    point: Point
    skus: tuple[str, ...]
    load_minutes: float


async def places(connection: Connection, location_ids: Iterable[str], now: datetime) -> dict[str, Place]:
    """Known locations by id."""
    ids = sorted(set(location_ids))
    if not ids:
        return {}
    rows = await connection.fetch(SQL.read_places, ids, _news_lag())
    return {row["location_id"]: _place(row, now) for row in rows}


async def known_skus(connection: Connection, skus: Iterable[str]) -> set[str]:
    """Those of the SKUs that the catalogue knows."""
    wanted = sorted(set(skus))
    if not wanted:
        return set()
    return {row["sku"] for row in await connection.fetch(SQL.known_skus, wanted)}


async def prices(connection: Connection, skus: Iterable[str]) -> dict[str, int]:
    """What a piece of each SKU costs in yen, tax included; SKUs that the catalogue does not know are left out."""
    wanted = sorted(set(skus))
    if not wanted:
        return {}
    rows = await connection.fetch(SQL.read_prices, wanted)
    return {row["sku"]: row["price_jpy"] for row in rows}


async def candidates(
    connection: Connection, questions: Sequence[Question], sources_max: int, now: datetime
) -> list[list[Candidate]]:
    """Per question the nearest locations that have some of it, at most `sources_max`; looked at without locks.

    Whether they should be asked is not looked at here.
    """
    asked = list(enumerate(questions))
    pickups = [(number, question) for number, question in asked if question.to_location_id is not None]
    parcels = [(number, question) for number, question in asked if question.to_location_id is None]
    rows: list[asyncpg.Record] = []
    if pickups:
        to = [question.to_location_id for _, question in pickups]
        rows += await connection.fetch(SQL.sources_on_lanes, *_asked(pickups), sources_max, to)
    if parcels:
        rows += await connection.fetch(SQL.sources_anywhere, *_asked(parcels), sources_max)
    suppliers = await _suppliers(connection, {row["location_id"] for row in rows}, now)
    found: list[list[Candidate]] = [[] for _ in questions]
    for number, location_id, days, cut_off_minutes, transit_days, runs_on_holidays, skus, available in rows:
        lane = None
        if days is not None:
            lane = Lane(tuple(days), cut_off_minutes, transit_days, runs_on_holidays)
        supplier = suppliers.get(location_id)
        if supplier is not None:  # else headquarters have just closed it
            found[number].append(Candidate(supplier, lane, dict(zip(skus, available, strict=True))))
    return found


def _asked(questions: Sequence[tuple[int, Question]]) -> list[list[object]]:
    return [
        [number for number, _ in questions],
        [question.point.latitude for _, question in questions],
        [question.point.longitude for _, question in questions],
        [json.dumps(question.skus) for _, question in questions],
    ]


async def _suppliers(
    connection: Connection, location_ids: Iterable[str], now: datetime
) -> dict[str, Supplier]:
    ids = sorted(location_ids)
    if not ids:
        return {}
    rows = await connection.fetch(SQL.read_suppliers, ids, _news_lag())
    return {
        row["location_id"]: Supplier(
            _place(row, now), row["kind"] == LocationKind.STORE, row["last_seen_at"], _record(row)
        )
        for row in rows
    }


def _news_lag() -> timedelta:
    return timedelta(seconds=settings().capacity_news_lag_seconds)


def _record(row: asyncpg.Record) -> Record | None:
    if row["weighed_at"] is None:
        return None
    return Record(row["found"], row["short"], row["weighed_at"], row["since"], row["last_counted_at"])


def _place(row: asyncpg.Record, now: datetime) -> Place:
    capacity = None
    if row["is_open"] is not None:
        ahead = tuple(map(Minutes, row["ahead_until"], row["ahead_minutes"]))
        promised = map(Minutes, row["promised_until"] or (), row["promised_minutes"] or ())
        capacity = Capacity(row["is_open"], row["minutes_left_today"], ahead)
        capacity = capacity.as_seen(row["as_of"], now, promised)
    return Place(
        row["location_id"],
        Point(row["latitude"], row["longitude"]),
        row["pickup_enabled"],
        Hours(
            tuple(row["opens"]), tuple(row["closes"]), frozenset(row["closed_on"]), row["opens_on_holidays"]
        ),
        capacity,
    )
