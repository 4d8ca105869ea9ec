"""What each location is, and whose."""

from collections.abc import Iterable, Sequence

from insight.domain.places import Place
from tsunagu.chassis import Connection, beside
from tsunagu.contracts.messages import Location
from tsunagu.contracts.values import LocationKind

SQL = beside(__file__, "locations.sql")


async def read(connection: Connection, location_ids: Iterable[str]) -> dict[str, Place]:
    """Those of these locations that are known."""
    rows = await connection.fetch(SQL.read_locations, sorted(set(location_ids)))
    return {row["location_id"]: Place(LocationKind(row["kind"]), row["company_id"]) for row in rows}


async def keep(connection: Connection, locations: Sequence[Location]) -> None:
    """Keep locations, each of them named once, where they are newer than what is known."""
    await connection.execute(
        SQL.upsert_locations,
        [location.location_id for location in locations],
        [location.kind.value for location in locations],
        [location.company_id for location in locations],
        [location.version for location in locations],
    )


async def read_missed(connection: Connection, location_ids: Iterable[str]) -> list[str]:
    """Which of these locations were unknown when a sale needed them."""
    rows = await connection.fetch(SQL.read_missed_locations, sorted(set(location_ids)))
    return [row["k"] for row in rows]
