"""What is shown beside KPIs: how they are defined, policies, measures, customers' journeys, locations."""

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from edge.board.handlers import SQL
from edge.board.settings import Settings
from edge.problems import Problem
from edge.web_app import AtDoor, Door, Holder, reading
from tsunagu.contracts import topics
from tsunagu.contracts.messages import CreditPolicy, CustomerJourney, KpiDefinition, KpiValue, Measure
from tsunagu.contracts.topics import Topic
from tsunagu.contracts.values import Code, Day, LocationKind, RecordKey

router = APIRouter()

From = Annotated[Day, Query(alias="from", description="The first business day")]
To = Annotated[Day, Query(description="The last business day")]


class Definitions(BaseModel):
    """KPIs, and the figures that they are made of."""

    definitions: list[KpiDefinition]


class Policies(BaseModel):
    """Policies that can be tried and adopted."""

    policies: list[CreditPolicy]


class Measures(BaseModel):
    """Measures on record, with what each has moved so far."""

    measures: list[Measure]


class Place(BaseModel):
    """A location by its names."""

    location_id: str
    name_ja: str
    name_en: str
    kind: LocationKind


class Places(BaseModel):
    """All locations."""

    places: list[Place]


class KpiDays(BaseModel):
    """A KPI by day, the earliest first."""

    days: list[KpiValue]


def limits_of(door: Door) -> Settings:
    """The settings of this process."""
    assert isinstance(door.settings, Settings)
    return door.settings


def check_days(door: Door, first: date, last: date) -> None:
    """Raise Problem 422 unless the days are in order and not too many."""
    days_max = limits_of(door).period_days_max
    if not first <= last < first + timedelta(days=days_max):
        raise Problem(
            422, "invalid", f"`to` must not be before `from`, and at most {days_max} days are shown."
        )


async def read_shown(door: Door, topic: Topic) -> list[dict[str, Any]]:
    """All that a topic tells."""
    async with reading(door) as connection:
        rows = await connection.fetch(SQL.read_shown, topic.name, limits_of(door).shown_max)
    return [row["body"] for row in rows]


@router.get("/v1/definitions", response_model=Definitions, response_model_exclude_none=True)
async def get_definitions(door: AtDoor, _: Holder) -> dict[str, Any]:
    """How each KPI is made, of which figures and events, and who answers for it."""
    return {"definitions": await read_shown(door, topics.INSIGHT_DEFINITIONS)}


@router.get("/v1/policies", response_model=Policies, response_model_exclude_none=True)
async def get_policies(door: AtDoor, _: Holder) -> dict[str, Any]:
    """Policies with their parts and reasons, and since when each holds."""
    return {"policies": await read_shown(door, topics.INSIGHT_POLICIES)}


@router.get("/v1/measures", response_model=Measures, response_model_exclude_none=True)
async def get_measures(door: AtDoor, _: Holder) -> dict[str, Any]:
    """Measures: before and after, beside other stores, and whether it is more than noise. The latest begun first."""
    measures = await read_shown(door, topics.INSIGHT_MEASURES)
    return {"measures": sorted(measures, key=lambda one: one["starts_on"], reverse=True)}


@router.get("/v1/places", response_model=Places)
async def get_places(door: AtDoor, _: Holder) -> dict[str, Any]:
    """The names of all locations."""
    return {"places": await read_shown(door, topics.NETWORK_LOCATIONS)}


@router.get("/v1/journeys/{day}", response_model=CustomerJourney, response_model_exclude_none=True)
async def get_journey(door: AtDoor, _: Holder, day: Day) -> dict[str, Any]:
    """How far customers came in the days up to one (or the last before it that was told), and over which channels."""
    async with reading(door) as connection:
        row = await connection.fetchrow(SQL.read_latest_shown, topics.CUSTOMER_JOURNEY.name, day.isoformat())
    if row is None:
        raise Problem(404, "not-found", "Nothing has been told of customers' journeys up to this day.")
    body: dict[str, Any] = row["body"]
    return body


@router.get("/v1/kpi-days", response_model=KpiDays, response_model_exclude_none=True)
async def get_kpi_days(
    door: AtDoor,
    _: Holder,
    name: Annotated[Code, Query(description="Which KPI or figure")],
    first: From,
    to: To,
    scope: Annotated[RecordKey, Query(description='"all", a location_id, a channel, "dept-ec"')] = "all",
) -> dict[str, Any]:
    """A KPI by day; days of which nothing was counted are left out."""
    check_days(door, first, to)
    async with reading(door) as connection:
        rows = await connection.fetch(
            SQL.read_kpi_days,
            name,
            scope,
            first.isoformat(),
            to.isoformat(),
            limits_of(door).period_days_max,
        )
    return {"days": [row["body"] for row in rows]}
