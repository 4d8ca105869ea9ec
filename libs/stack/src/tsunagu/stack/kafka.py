"""An Apache Kafka broker (KRaft, broker and controller in one process) on this machine, alone or one of several."""

import asyncio
import hashlib
import subprocess
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from tsunagu.stack import kafka_accounts
from tsunagu.stack.errors import StackError
from tsunagu.stack.identity import Identity, launcher_argv
from tsunagu.stack.java import find_java
from tsunagu.stack.kafka_jars import class_path
from tsunagu.stack.paths import cache_dir
from tsunagu.stack.ports import HOST
from tsunagu.stack.process import ProcessSpec

REQUEST_TIMEOUT_MILLISECONDS = 2_000  # of the readiness check; a broker that works answers in a few
FORMAT_TIMEOUT_SECONDS = 150  # three at once on a busy machine; alone it takes a second

_COLLECTOR = "-XX:+UseSerialGC"
_LOG4J = resources.files("tsunagu.stack").joinpath("kafka.log4j2.properties")


# What one small broker needs otherwise than Kafka's defaults, embedded or in a container.
BROKER_PROPERTIES = {
    "log.cleaner.dedupe.buffer.size": "2097152",
    # A topic that nobody declared is a mistake in a name, not a wish for a topic.
    "auto.create.topics.enable": "false",
    # Consumers come one by one here; waiting 3 s for more of them would only make starts slow.
    "group.initial.rebalance.delay.ms": "0",
    # After a kill the controller keeps the broker's old registration until this has passed: 9 s by default. Of
    # several, another one leads the partitions of a broker that is killed or frozen so soon.
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "500",
    # Tests restart consumers with short sessions.
    "group.min.session.timeout.ms": "1000",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "num.recovery.threads.per.data.dir": "2",
    # Internal topics: one broker can hold one replica, and 50 partitions would only slow down the start.
    "offsets.topic.num.partitions": "1",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
}


@dataclass(frozen=True)
class KafkaSettings:
    """Where a broker keeps its data and how much memory it may take."""

    directory: Path
    port: int
    controller_port: int
    # The heap is what a broker needs for some hundred partitions; the page cache does the rest.
    heap_megabytes: int = 256
    # One broker on a developer's machine: the log of a few days of demos, not of a month of a chain.
    segment_megabytes: int = 64
    node_id: int = 1
    # The ports of all the cluster's controllers, in the order of their nodes; of this one's only where it is alone.
    controller_ports: tuple[int, ...] = ()
    # By account, the admin's among them; with any, the broker lets in nobody without one.
    passwords: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def bootstrap_servers(self) -> str:
        """The address for clients."""
        return f"{HOST}:{self.port}"

    @property
    def properties_file(self) -> Path:
        """The broker's configuration."""
        return self.directory / "server.properties"

    @property
    def data(self) -> Path:
        """The broker's log directory."""
        return self.directory / "data"

    @property
    def meta_file(self) -> Path:
        """Where Kafka keeps which cluster's data it is; there once the log directory is formatted."""
        return self.data / "meta.properties"

    @property
    def protocol(self) -> str:
        """What clients and brokers speak; listeners are named after it."""
        return kafka_accounts.PROTOCOL if self.passwords else "PLAINTEXT"

    @property
    def admin_options(self) -> dict[str, Any]:
        """How an administrator's client signs in."""
        if not self.passwords:
            return {}
        return kafka_accounts.client_options(kafka_accounts.ADMIN, self.passwords[kafka_accounts.ADMIN])

    @property
    def is_formatted(self) -> bool:
        """Whether the log directory is a broker's."""
        return self.meta_file.is_file()


def server_properties(settings: KafkaSettings) -> dict[str, str]:
    """The broker's configuration: Kafka's defaults but for what one small machine needs otherwise."""
    controllers = settings.controller_ports or (settings.controller_port,)
    protocol = settings.protocol
    return {
        "process.roles": "broker,controller",
        "node.id": str(settings.node_id),
        "controller.quorum.voters": ",".join(
            f"{node_id}@{HOST}:{port}" for node_id, port in enumerate(controllers, start=1)
        ),
        "listeners": f"{protocol}://{HOST}:{settings.port},CONTROLLER://{HOST}:{settings.controller_port}",
        "advertised.listeners": f"{protocol}://{HOST}:{settings.port}",
        "listener.security.protocol.map": f"{protocol}:{protocol},CONTROLLER:{protocol}",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": protocol,
        "log.dirs": str(settings.data),
        "log.segment.bytes": str(settings.segment_megabytes * 1024 * 1024),
        **BROKER_PROPERTIES,
        **(kafka_accounts.broker_properties(settings.passwords) if settings.passwords else {}),
        **(_replication(len(controllers)) if len(controllers) > 1 else {}),
    }


def _replication(brokers: int) -> dict[str, str]:
    """Every partition is on all brokers, and a record is taken when all but one have it: one may be away."""
    insync = str(brokers - 1)
    replicas = {key: str(brokers) for key in BROKER_PROPERTIES if key.endswith(".replication.factor")} | {
        key: insync for key in BROKER_PROPERTIES if key.endswith(".min.isr")
    }
    return {"default.replication.factor": str(brokers), "min.insync.replicas": insync, **replicas}


def render_properties(properties: dict[str, str]) -> str:
    """Java's properties format. Keys and values here need no escapes but for backslashes."""
    return "".join(f"{key}={value.replace(chr(92), chr(92) * 2)}\n" for key, value in properties.items())


def class_archive() -> Path:
    """Where `kafka_archive` keeps Kafka's classes for this Java and these jars; a start uses it where it is there.

    Raises StackError when there is no Java or no Kafka.
    """
    java = find_java().resolve()
    found = java.stat()
    key = "\0".join((str(java), str(found.st_size), str(found.st_mtime_ns), class_path()))
    return cache_dir() / f"kafka-classes-{hashlib.sha256(key.encode()).hexdigest()[:16]}.jsa"


def dump_command(classes: Path, archive: Path) -> list[str]:
    """The command that writes an archive of the classes that a file lists."""
    return [
        str(find_java()),
        _COLLECTOR,
        "-Xshare:dump",
        f"-XX:SharedClassListFile={classes}",
        f"-XX:SharedArchiveFile={archive}",
        "-cp",
        class_path(),
    ]


def java_command(settings: KafkaSettings, main_class: str, *arguments: str) -> list[str]:
    """The command that runs one of Kafka's classes with small memory and a quick start."""
    archive = class_archive()
    return [
        str(find_java()),
        f"-Xmx{settings.heap_megabytes}m",
        # One collector and one compiler thread: a fast start counts more here than peak throughput.
        _COLLECTOR,
        "-XX:TieredStopAtLevel=1",
        # An archive that Java finds it can't use is passed over.
        "-Xshare:auto",
        *([f"-XX:SharedArchiveFile={archive}"] if archive.is_file() else []),
        "-Djava.awt.headless=true",
        f"-Dlog4j2.configurationFile={_LOG4J}",
        "-cp",
        class_path(),
        main_class,
        *arguments,
    ]


def new_cluster_id() -> str:
    """A random cluster id as Kafka makes them: never one that its tools would take for an option."""
    while True:
        cluster_id = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not cluster_id.startswith("-"):
            return cluster_id


def cluster_id_of(brokers: Iterable[KafkaSettings]) -> str:
    """The id of the brokers' cluster: the one that a formatted one of them has, or a new one."""
    for settings in brokers:
        if settings.is_formatted:
            lines = settings.meta_file.read_text().splitlines()
            known = dict(line.split("=", 1) for line in lines if "=" in line)
            return known["cluster.id"]
    return new_cluster_id()


def prepare(settings: KafkaSettings, cluster_id: str) -> None:
    """Write the configuration; format the data directory with Kafka's own tool unless it is formatted.

    Raises StackError when formatting fails.
    """
    settings.data.mkdir(parents=True, exist_ok=True)
    settings.properties_file.touch(mode=0o600)  # passwords may stand in it
    settings.properties_file.write_text(render_properties(server_properties(settings)))
    if settings.is_formatted:
        return
    arguments = ["format", "-t", cluster_id, "-c", str(settings.properties_file)]
    run = subprocess.run(
        launcher_argv(Identity.CALLER, *java_command(settings, "kafka.tools.StorageTool", *arguments)),
        capture_output=True,
        text=True,
        check=False,
        timeout=FORMAT_TIMEOUT_SECONDS,
    )
    if run.returncode != 0:
        raise StackError(f"Kafka's StorageTool could not format {settings.data}:\n{run.stdout}{run.stderr}")


async def answers(bootstrap_servers: str, options: Mapping[str, Any] | None = None) -> bool:
    """Whether the broker at the address is up, and let into its cluster. `options` sign a client in."""
    host, _, port = bootstrap_servers.rpartition(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.close()
    client = AIOKafkaClient(
        bootstrap_servers=bootstrap_servers,
        request_timeout_ms=REQUEST_TIMEOUT_MILLISECONDS,
        **(options or {}),
    )
    try:
        await client.bootstrap()
        return any(broker.port == int(port) for broker in client.cluster.brokers())
    except KafkaError:
        return False
    finally:
        await client.close()


def process_spec(settings: KafkaSettings, log: Path, name: str = "kafka") -> ProcessSpec:
    """The broker as a process; `prepare` must have been called."""
    return ProcessSpec(
        name=name,
        argv=tuple(java_command(settings, "kafka.Kafka", str(settings.properties_file))),
        log=log,
        ready=lambda: answers(settings.bootstrap_servers, settings.admin_options),
        ports=(settings.port, settings.controller_port),
    )
