"""Copies of locations, lanes, SKUs and pickers' capacity, as headquarters and pickup publish them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from inventory.domain.calendar import Capacity, Hours, Lane
from inventory.domain.distance import Point
from inventory.domain.reliability import Record
from inventory.sql import SQL
from tsunagu.chassis import Connection
from tsunagu.contracts.values import LocationKind


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
class Candidate:
    """A location that may give goods for a question: what it has of them, and the lane from it (None for parcels).

    `last_heard_at` and `record` are what is known of its systems and of its picks; None where nothing is.
    `keeps_goods`: a cart's hold keeps them there.
    """

    place: Place
    lane: Lane | None
    available: Mapping[str, int]
    is_store: bool = True
    last_heard_at: datetime | None = None
    record: Record | None = None
    keeps_goods: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """Where are these SKUs, near a destination? `to_location_id` is None for parcels."""

    to_location_id: str | None
    point: Point
    skus: tuple[str, ...]


async def places(connection: Connection, location_ids: Iterable[str], now: datetime) -> dict[str, Place]:
    """Known locations by id."""
    ids = sorted(set(location_ids))
    if not ids:
        return {}
    rows = await connection.fetch(SQL.read_places, ids)
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
    found: list[list[Candidate]] = [[] for _ in questions]
    if not questions:
        return found
    rows = await connection.fetch(
        SQL.candidate_sources,
        list(range(len(questions))),
        [question.to_location_id for question in questions],
        [question.point.latitude for question in questions],
        [question.point.longitude for question in questions],
        [json.dumps(question.skus) for question in questions],
        sources_max,
    )
    for row in rows:
        lane = None
        if row["days"] is not None and questions[row["question"]].to_location_id is not None:
            lane = Lane(tuple(row["days"]), row["cut_off_minutes"], row["transit_days"])
        found[row["question"]].append(
            Candidate(
                _place(row, now),
                lane,
                dict(zip(row["skus"], row["available"], strict=True)),
                row["kind"] == LocationKind.STORE,
                row["last_seen_at"],
                _record(row),
            )
        )
    return found


def _record(row: asyncpg.Record) -> Record | None:
    if row["weighed_at"] is None:
        return None
    return Record(row["found"], row["short"], row["weighed_at"], row["since"], row["last_counted_at"])


def _place(row: asyncpg.Record, now: datetime) -> Place:
    capacity = None
    if row["is_open"] is not None:
        capacity = Capacity(row["is_open"], row["minutes_left_today"], row["minutes_left_this_hour"])
        capacity = capacity.as_seen(row["as_of"], now)
    return Place(
        row["location_id"],
        Point(row["latitude"], row["longitude"]),
        row.get("pickup_enabled", True),
        Hours(tuple(row["opens"]), tuple(row["closes"]), frozenset(row["closed_on"])),
        capacity,
    )
