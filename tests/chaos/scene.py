"""The system that is struck, and what a strike needs of it. It signals what it has started itself, nothing else."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient

from tsunagu.cli.demo.windows import environment as demo_environment
from tsunagu.retailer.chain import build_chain
from tsunagu.stack import passwords, postgres
from tsunagu.stack.addresses import POSTGRES, Addresses, broker_name
from tsunagu.stack.process import Process
from tsunagu.stack.services import ServiceProcess, installed_services
from tsunagu.stack.state import StateFile
from tsunagu.stack.system import System
from tsunagu.testing.tcp_proxy import KafkaProxy, TcpProxy

from .callers import Callers
from .flood import Flood
from .settings import ChaosSettings
from .windows import SHOPPERS, Comparison, Watcher

GROUPS_TOPIC = "__consumer_offsets"  # one partition here: its leader coordinates every group


@dataclass(frozen=True)
class Networks:
    """The ways of one process to its servers, each of which can be cut."""

    database: TcpProxy
    kafka: KafkaProxy


class Scene:
    """A running system. `app_key` is the app's key at edge, `staff_key` that of one store.

    `comparisons` were made in it, and `problems` is what was wrong beside the audit's findings.
    """

    def __init__(self, home: Path, app_key: str, settings: ChaosSettings, brokers: int) -> None:
        self.settings = settings
        self.app_key = app_key
        self.staff_key = f"{app_key}_staff"
        self.chain = build_chain(settings.seed, settings.sizes())
        self.comparisons: list[Comparison] = []
        self.problems: list[str] = []
        self._home = home
        self._environment = {
            **demo_environment(app_key, {self.chain.stores[0].location_id: self.staff_key}),
            "TSUNAGU_PICKUP_PICKUP_WINDOW_SECONDS": str(settings.pickup_window_seconds),
            "TSUNAGU_SESSION_TIMEOUT_MS": str(settings.session_timeout_ms),
            "TSUNAGU_IDLE_IN_TRANSACTION_TIMEOUT_SECONDS": str(settings.idle_in_transaction_timeout_seconds),
        }
        self.services: Mapping[str, ServiceProcess] = {each.name: each for each in installed_services()}
        self.system = System(
            home,
            tuple(self.services.values()),
            environment=self._environment,
            brokers=brokers,
        )

    @property
    def addresses(self) -> Addresses:
        """The addresses of the running system."""
        assert self.system.addresses is not None
        return self.system.addresses

    def process(self, name: str) -> Process:
        """A supervised process, by the name of its service or server."""
        return self.system.processes[name].process

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[Watcher]:
        """Others at work at their doors, and who watches them; the end of it tells what they were not answered."""
        callers = Callers(
            self.addresses,
            self.app_key,
            self.staff_key,
            self._skus(),
            self.settings.call_interval_seconds,
            self.settings.calls_at_once_max,
        )
        processes = {name: supervised.process for name, supervised in self.system.processes.items()}
        try:
            async with callers.running():
                yield Watcher(self.addresses, processes, callers)
        finally:
            self.problems += callers.problems

    def flood(self) -> Flood:
        """A flood of shoppers at their door."""
        return Flood(self.addresses.http[SHOPPERS], self._skus(), self._home / "flood.log")

    def _skus(self) -> list[str]:
        return [product.sku for product in self.chain.products]

    def in_words(self) -> str:
        """What does not serve now, and why."""
        down = [
            f"{name} ({supervised.problem or 'not ready'})"
            for name, supervised in self.system.processes.items()
            if not supervised.ready
        ]
        return f"not ready: {', '.join(down)}" if down else "every process is ready"

    def start_seconds(self, name: str) -> float:
        """How long it last took to start a supervised process until it was ready."""
        return self.system.processes[name].ready_seconds or 0.0

    async def coordinating_broker(self) -> str:
        """The process of the broker that the consumer groups turn to: it leads the partition of their offsets."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.addresses.kafka_bootstrap_servers)
        await admin.start()
        try:
            (topic,) = await admin.describe_topics([GROUPS_TOPIC])
        finally:
            await admin.close()
        return broker_name(topic["partitions"][0]["leader"])

    @asynccontextmanager
    async def another(self, service: str, networks: Networks | None = None) -> AsyncIterator[Process]:
        """Another process of a service, which nobody restarts; at the end it is stopped, frozen or not.

        Its membership ends with it, so that its partitions go to the other process.
        """
        spec = self.system.another(
            self.services[service], {**self._environment, **self._through(service, networks)}
        )
        process = Process(spec)
        process.spawn()
        try:
            await process.wait_ready()
            yield process
        finally:
            await process.stop()

    @asynccontextmanager
    async def networks(self) -> AsyncIterator[Networks]:
        """A way to PostgreSQL and one to Kafka that can be cut."""
        database = TcpProxy(self._port(POSTGRES))
        kafka = KafkaProxy(int(self.addresses.kafka_bootstrap_servers.rpartition(":")[2]))
        await database.start()
        await kafka.start()
        try:
            yield Networks(database, kafka)
        finally:
            await database.stop()
            await kafka.stop()

    async def terminate_all_sessions(self) -> int:
        """Have PostgreSQL end the sessions of all clients; how many those were."""
        secrets = passwords.load(self._home)
        server = postgres.PostgresSettings(
            self._home / "postgres", self._port(POSTGRES), secrets[postgres.SUPERUSER]
        )
        connection = await asyncpg.connect(server.dsn())
        try:
            return int(
                await connection.fetchval(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                    " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
                )
            )
        finally:
            await connection.close()

    def _port(self, name: str) -> int:
        return StateFile(self._home).read().ports[name]

    def _through(self, service: str, networks: Networks | None) -> dict[str, str]:
        if networks is None:
            return {}
        url = urlsplit(self.addresses.databases[service])
        host = f"{url.username}:{url.password}@{url.hostname}:{networks.database.port}"
        return {
            "TSUNAGU_DATABASE_URL": url._replace(netloc=host).geturl(),
            "TSUNAGU_KAFKA_BOOTSTRAP_SERVERS": f"{url.hostname}:{networks.kafka.port}",
        }
