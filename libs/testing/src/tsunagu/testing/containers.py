"""Kafka and PostgreSQL in containers, for `pytest --backend docker`."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.container import DockerContainer

from tsunagu.stack import kafka
from tsunagu.stack.errors import StackError
from tsunagu.stack.kafka_jars import KAFKA_VERSION
from tsunagu.stack.ports import HOST, free_port

POSTGRES_IMAGE = "postgres:17"
READY_TIMEOUT_SECONDS = 90  # a cold container on a busy machine; usually 5
_READY_POLL_SECONDS = 0.2


class KafkaContainer(DockerContainer):
    """One broker of the official image, reachable from this machine on `port`.

    The image drops its whole default configuration as soon as one KAFKA_… variable is set: all is set here.
    """

    def __init__(self, port: int) -> None:
        super().__init__(f"apache/kafka:{KAFKA_VERSION}")
        self.bootstrap_servers = f"{HOST}:{port}"
        self.with_bind_ports(9092, port)
        internal = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": "1@localhost:9093",
            "listeners": "PLAINTEXT://:9092,CONTROLLER://:9093",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap_servers}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "controller.listener.names": "CONTROLLER",
        }
        for key, value in (kafka.BROKER_PROPERTIES | internal).items():
            self.with_env("KAFKA_" + key.upper().replace(".", "_"), value)


@asynccontextmanager
async def docker_kafka() -> AsyncIterator[str]:
    """Bootstrap servers of a broker in a container, removed at the end."""
    container = KafkaContainer(free_port())
    await asyncio.to_thread(container.start)
    try:
        deadline = time.monotonic() + READY_TIMEOUT_SECONDS
        while not await _answers(container.bootstrap_servers):
            if time.monotonic() > deadline:
                output, errors = await asyncio.to_thread(container.get_logs)
                raise StackError(
                    f"Kafka's container did not answer within {READY_TIMEOUT_SECONDS} s:\n"
                    f"{(output + errors).decode(errors='replace')[-2000:]}"
                )
            await asyncio.sleep(_READY_POLL_SECONDS)
        yield container.bootstrap_servers
    finally:
        await asyncio.to_thread(container.stop)


async def _answers(bootstrap_servers: str) -> bool:
    try:
        return await kafka.answers(bootstrap_servers)
    except OSError:
        return False


@asynccontextmanager
async def docker_postgres() -> AsyncIterator[str]:
    """The superuser's URL of a server in a container, removed at the end."""
    container = PostgresContainer(POSTGRES_IMAGE, driver=None).with_command(
        "postgres -c max_connections=400 -c fsync=off -c full_page_writes=off"
    )
    await asyncio.to_thread(container.start)
    try:
        yield container.get_connection_url()
    finally:
        await asyncio.to_thread(container.stop)
