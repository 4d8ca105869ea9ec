"""Where the tests' Kafka and PostgreSQL come from."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum

from tsunagu.stack import kafka, postgres
from tsunagu.stack.errors import StackError
from tsunagu.testing.embedded import embedded_kafka, embedded_postgres

KAFKA_VARIABLE = "TSUNAGU_TEST_KAFKA"
POSTGRES_VARIABLE = "TSUNAGU_TEST_POSTGRES"


class Backend(StrEnum):
    """How to start a server when the environment names none."""

    EMBEDDED = "embedded"
    DOCKER = "docker"


@asynccontextmanager
async def kafka_address(backend: Backend) -> AsyncIterator[str]:
    """Bootstrap servers: from TSUNAGU_TEST_KAFKA, else of a broker started for the duration."""
    if given := os.environ.get(KAFKA_VARIABLE):
        await _require_kafka(given)
        yield given
    elif backend is Backend.DOCKER:
        from tsunagu.testing.containers import docker_kafka  # noqa: PLC0415 - needs Docker's client library

        async with docker_kafka() as address:
            yield address
    else:
        async with embedded_kafka() as server:
            yield server.address


@asynccontextmanager
async def postgres_address(backend: Backend) -> AsyncIterator[str]:
    """The superuser's URL: from TSUNAGU_TEST_POSTGRES, else of a server started for the duration."""
    if given := os.environ.get(POSTGRES_VARIABLE):
        if not await postgres.answers(given):
            raise StackError(
                f"{POSTGRES_VARIABLE} is set, but no PostgreSQL answers there: start it or unset it"
            )
        yield given
    elif backend is Backend.DOCKER:
        from tsunagu.testing.containers import docker_postgres  # noqa: PLC0415 - needs Docker's client library

        async with docker_postgres() as address:
            yield address
    else:
        async with embedded_postgres() as server:
            yield server.address


async def _require_kafka(bootstrap_servers: str) -> None:
    problem: OSError | None = None
    try:
        if await kafka.answers(bootstrap_servers):
            return
    except OSError as error:
        problem = error
    raise StackError(
        f"{KAFKA_VARIABLE} is {bootstrap_servers}, but no Kafka answers there: start it or unset the variable"
    ) from problem
