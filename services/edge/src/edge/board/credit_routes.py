"""Who earned how much: stores and departments, by period, and of which channel's sales."""

from enum import StrEnum
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Query
from pydantic import BaseModel

from edge.board.handlers import SQL
from edge.board.shown_routes import From, To, check_days, limits_of, read_shown
from edge.web_app import AtDoor, Holder, reading
from tsunagu.contracts import topics

router = APIRouter()

_DEPARTMENT = "dept-"
_OF_ALL, _OF_STORES = "credit_jpy", "credit_stores_jpy"


class By(StrEnum):
    """How days are put together."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class PartyCredit(BaseModel):
    """What a store or department has earned in a period."""

    kind: str
    party_id: str
    period: str
    credit_jpy: int


class ChannelCredit(BaseModel):
    """Who has earned what of a channel's sales in a period."""

    channel: str
    period: str
    stores_jpy: int
    departments_jpy: int


class Credit(BaseModel):
    """Credit by party and by channel; both add up to the same. `more` says that not all is shown."""

    parties: list[PartyCredit]
    channels: list[ChannelCredit]
    more: bool


class _Place(NamedTuple):
    scope: str
    period: str


@router.get("/v1/credit", response_model=Credit)
async def get_credit(
    door: AtDoor,
    _: Holder,
    first: From,
    to: To,
    by: Annotated[By, Query(description="Days, weeks (ISO 8601) or months")] = By.MONTH,
) -> dict[str, Any]:
    """Yen that stores and departments are credited, for the day of the sale, less what came back."""
    check_days(door, first, to)
    most = limits_of(door).sums_shown_max
    stores = {place["location_id"] for place in await read_shown(door, topics.NETWORK_LOCATIONS)}
    async with reading(door) as connection:
        rows = await connection.fetch(
            SQL.read_sums, [_OF_ALL, _OF_STORES], first.isoformat(), to.isoformat(), by, most + 1
        )
    amounts = {(row["name"], _Place(row["scope"], row["by_period"])): row["amount"] for row in rows[:most]}
    of_all = {place: amount for (name, place), amount in amounts.items() if name == _OF_ALL}
    return {
        "parties": [
            _party(place, amount)
            for place, amount in of_all.items()
            if place.scope in stores or place.scope.startswith(_DEPARTMENT)
        ],
        "channels": [
            _channel(place, amount, amounts.get((_OF_STORES, place), 0))
            for place, amount in of_all.items()
            if place.scope != "all" and place.scope not in stores and not place.scope.startswith(_DEPARTMENT)
        ],
        "more": len(rows) > most,
    }


def _party(place: _Place, amount: int) -> dict[str, Any]:
    is_department = place.scope.startswith(_DEPARTMENT)
    return {
        "kind": "department" if is_department else "store",
        "party_id": place.scope.removeprefix(_DEPARTMENT) if is_department else place.scope,
        "period": place.period,
        "credit_jpy": amount,
    }


def _channel(place: _Place, amount: int, of_stores: int) -> dict[str, Any]:
    return {
        "channel": place.scope,
        "period": place.period,
        "stores_jpy": of_stores,
        "departments_jpy": amount - of_stores,
    }
