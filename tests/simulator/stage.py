"""Databases for schedules: one per service, cloned from a template once, and emptied before each schedule."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import customer.app
import insight.app
import inventory.app
import order.app
import pickup.app
from tsunagu.chassis.service import Service
from tsunagu.testing.databases import TestDatabases

from .fixed_settings import fixed_settings
from .performance import Stage
from .process import LOOK, Connections
from .schedule import STEPS_MAX, Played, play

SERVICES: Sequence[Service] = tuple(
    module.SERVICE for module in (order.app, inventory.app, pickup.app, customer.app, insight.app)
)

FULL_TABLES = """
SELECT string_agg(format('SELECT %L WHERE EXISTS (SELECT FROM %I)', c.relname, c.relname), ' UNION ALL ')
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> 'schema_migration'
"""


class Theatre:
    """Plays schedules, one after the other."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    async def play(self, seed: int, *, steps: int = STEPS_MAX) -> Played:
        """Play the schedule of a seed, faults in its first steps. Raises Broken where a promise does not hold."""
        for connections in self._stage.connections.values():
            await _empty(connections)
        return await play(seed, self._stage, steps)


async def _empty(connections: Connections) -> None:
    connection = await connections.take(LOOK)
    try:
        names = [row[0] for row in await connection.fetch(await connection.fetchval(FULL_TABLES))]
        if names:
            await connection.execute(f"TRUNCATE {', '.join(names)} RESTART IDENTITY CASCADE")
    finally:
        connections.give_back(LOOK, connection)


@asynccontextmanager
async def theatre(postgres: str) -> AsyncIterator[Theatre]:
    """Databases on this server (the superuser's URL), dropped at the end."""
    databases = TestDatabases(postgres)
    connections: dict[str, Connections] = {}
    try:
        urls = {service.name: await databases.create(service.migrations) for service in SERVICES}
        connections = {name: Connections(url) for name, url in urls.items()}
        with fixed_settings():
            yield Theatre(Stage(SERVICES, connections, urls))
    finally:
        for kept in connections.values():
            kept.close()
        await databases.drop_all()
