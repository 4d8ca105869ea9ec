"""What locations are called: people know their store by its name."""

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import BaseModel

from tsunagu.chassis import Connection, Deleted, Handler, Received, Subscription, Transaction, beside, newest
from tsunagu.contracts import topics
from tsunagu.contracts.messages import Location
from tsunagu.contracts.values import LocationId

SQL = beside(__file__, "locations.sql")


class LocationName(BaseModel):
    """A location, as people call it."""

    location_id: LocationId
    name_ja: str
    name_en: str


async def keep_names(transaction: Transaction, messages: Sequence[Received[Location]]) -> None:
    """Keep the newest name of each location."""
    locations = [received.message for received in newest(messages)]
    await transaction.connection.execute(
        SQL.keep_names,
        [location.location_id for location in locations],
        [location.version for location in locations],
        [location.name_ja for location in locations],
        [location.name_en for location in locations],
    )


async def forget_names(transaction: Transaction, messages: Sequence[Received[Deleted]]) -> None:
    """Forget locations that are no more."""
    await transaction.connection.execute(SQL.forget_names, [received.key for received in messages])


async def find_names(connection: Connection, location_ids: Iterable[str]) -> list[dict[str, Any]]:
    """What those of these locations are called that are known, by their id."""
    return [dict(row) for row in await connection.fetch(SQL.read_names, list(location_ids))]


LOCATIONS = Subscription(
    topics.NETWORK_LOCATIONS, (Handler(Location, keep_names), Handler(Deleted, forget_names))
)
