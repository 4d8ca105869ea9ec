"""Databases for schedules: one per service, cloned from a template once, and emptied before each schedule."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import customer.app
import insight.app
import inventory.app
import order.app
import pickup.app
from tsunagu.chassis.service import Service
from tsunagu.testing.databases import TestDatabases, empty

from .fixed_settings import fixed_settings
from .performance import Stage
from .process import LOOK, Connections
from .schedule import STEPS_MAX, Played, play

SERVICES: Sequence[Service] = tuple(
    module.SERVICE for module in (order.app, inventory.app, pickup.app, customer.app, insight.app)
)


class Theatre:
    """Plays schedules, one after the other."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    async def play(self, seed: int, *, steps: int = STEPS_MAX) -> Played:
        """Play the schedule of a seed, faults in its first steps. Raises Broken where a promise does not hold."""
        for connections in self._stage.connections.values():
            connection = await connections.take(LOOK)
            try:
                await empty(connection)
            finally:
                connections.give_back(LOOK, connection)
        return await play(seed, self._stage, steps)

    async def plan_without(self, *ways: str) -> None:
        """Have the server plan without these ways (`enable_hashjoin` …) from now on; with all where none is named."""
        for connections in self._stage.connections.values():
            connection = await connections.take(LOOK)
            try:
                name = await connection.fetchval("SELECT quote_ident(current_database())")
                await connection.execute(f"ALTER DATABASE {name} RESET ALL")
                for way in ways:
                    await connection.execute(f"ALTER DATABASE {name} SET {way} = off")
            finally:
                connections.give_back(LOOK, connection)
            connections.close()


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
