"""What each location is, and whose."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from asyncpg import Record

from insight.domain.places import Place
from tsunagu.chassis import Connection, beside
from tsunagu.contracts.messages import Location
from tsunagu.contracts.values import LocationKind

SQL = beside(__file__, "locations.sql")


async def read(connection: Connection, location_ids: Iterable[str]) -> dict[str, Place]:
    """Those of these locations that are known."""
    return _places(await connection.fetch(SQL.read_locations, sorted(set(location_ids))))


async def read_all(connection: Connection) -> dict[str, Place]:
    """All locations; some thousands."""
    return _places(await connection.fetch(SQL.read_all_locations))


async def keep(connection: Connection, locations: Sequence[Location], now: datetime) -> None:
    """Keep locations, each of them named once, where they are newer than what is known."""
    ids = [location.location_id for location in locations]
    versions = [location.version for location in locations]
    kinds = [location.kind.value for location in locations]
    await connection.execute(SQL.upsert_locations, ids, kinds, versions)
    companies = [location.company_id for location in locations]
    await connection.execute(SQL.insert_location_companies, ids, versions, companies, now)


async def read_missed(connection: Connection, location_ids: Iterable[str]) -> list[str]:
    """Which of these locations were unknown when a sale needed them."""
    rows = await connection.fetch(SQL.read_missed_locations, sorted(set(location_ids)))
    return [row["k"] for row in rows]


def _places(rows: Sequence[Record]) -> dict[str, Place]:
    return {
        row["location_id"]: Place(
            LocationKind(row["kind"]), tuple(zip(row["known_from"], row["company_ids"], strict=True))
        )
        for row in rows
    }
