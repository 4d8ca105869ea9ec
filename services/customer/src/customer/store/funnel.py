"""How many customers came how far, and over which channels, as their steps have it now."""

from collections.abc import Mapping
from datetime import datetime

from customer.domain.journey import Steps
from tsunagu.chassis import Connection, beside
from tsunagu.contracts.values import JourneyStage

SQL = beside(__file__, "funnel.sql")


async def count_stages(
    connection: Connection, since: datetime, until: datetime
) -> Mapping[tuple[JourneyStage, str | None], int]:
    """How many customers reached a stage from `since` to before `until`, by the channel of their first step then."""
    rows = await connection.fetch(SQL.funnel, since, until)
    return {(JourneyStage(row["stage"]), row["first_channel"]): row["customers"] for row in rows}


async def count_paths(
    connection: Connection, since: datetime, until: datetime, steps_max: int
) -> list[tuple[Steps, int]]:
    """How many customers took which steps, at most the first `steps_max` of each."""
    rows = await connection.fetch(SQL.paths, since, until, steps_max)
    return [(tuple(row["steps"]), row["customers"]) for row in rows]
