"""Where to reach the parts of a system, for clients of any kind."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tsunagu.stack import passwords
from tsunagu.stack.ports import HOST
from tsunagu.stack.services import AUDIT_ROLE, PUBLIC, SERVICES, ServiceProcess
from tsunagu.stack.state import StateFile

KAFKA = "kafka"
POSTGRES = "postgres"
PROMETHEUS = "prometheus"
PAYMENT_PAGE = "payment-page"

CHANNEL_VARIABLE = "TSUNAGU_CHANNEL_KAFKA_BOOTSTRAP_SERVERS"
"""Where tsunagu.channel looks for Kafka: whoever joins a system that runs here has nothing to set."""

_BROKER = re.compile(rf"{KAFKA}(-\d+)?")


def broker_name(number: int) -> str:
    """The name of a broker's process and port: kafka, kafka-2, kafka-3."""
    return KAFKA if number == 1 else f"{KAFKA}-{number}"


def controller_name(number: int) -> str:
    """The name of the port on which a broker's controller listens."""
    return f"{broker_name(number)}-controller"


def is_broker(name: str) -> bool:
    """Whether a process or port has a broker's name."""
    return _BROKER.fullmatch(name) is not None


@dataclass(frozen=True)
class Addresses:
    """The addresses and passwords of one system.

    `databases` has each service process's URL by its name, `audit_databases` the auditor's by database,
    `operator` each process's URL for operators by its name (health, metrics, dead letters), `http` the URL that its
    users have: the public port where it has one, else the same. `payment_page` is that of the stand-in.
    """

    kafka_bootstrap_servers: str
    databases: Mapping[str, str]
    audit_databases: Mapping[str, str]
    operator: Mapping[str, str]
    http: Mapping[str, str]
    prometheus: str | None
    payment_page: str | None

    @classmethod
    def of(
        cls, ports: Mapping[str, int], secrets: Mapping[str, str], services: Sequence[ServiceProcess]
    ) -> "Addresses":
        """Put the addresses together from a system's ports and passwords."""

        def url(role: str, database: str) -> str:
            return f"postgresql://{role}:{secrets[role]}@{HOST}:{ports[POSTGRES]}/{database}"

        return cls(
            kafka_bootstrap_servers=",".join(
                f"{HOST}:{port}" for name, port in sorted(ports.items()) if is_broker(name)
            ),
            databases={
                service.name: url(service.role, service.database)
                for service in services
                if service.role in secrets
            },
            audit_databases={
                service.database: url(AUDIT_ROLE, service.database)
                for service in services
                if AUDIT_ROLE in secrets
            },
            operator={
                service.name: f"http://{HOST}:{ports[service.name]}"
                for service in services
                if service.name in ports
            },
            http={
                service.name: f"http://{HOST}:{ports.get(service.public_port_name, ports[service.name])}"
                for service in services
                if service.name in ports
            },
            prometheus=f"http://{HOST}:{ports[PROMETHEUS]}" if PROMETHEUS in ports else None,
            payment_page=f"http://{HOST}:{ports[PAYMENT_PAGE]}/" if PAYMENT_PAGE in ports else None,
        )

    def as_environment(self) -> dict[str, str]:
        """The addresses as environment variables, the way `tsunagu env` prints them."""
        variables = {
            "TSUNAGU_KAFKA_BOOTSTRAP_SERVERS": self.kafka_bootstrap_servers,
            CHANNEL_VARIABLE: self.kafka_bootstrap_servers,
        }
        for name, url in self.databases.items():
            variables[f"TSUNAGU_DATABASE_URL_{_suffix(name)}"] = url
        variables |= self.audit_environment()
        for name, url in self.http.items():
            variables[f"TSUNAGU_HTTP_URL_{_suffix(name)}"] = url
        for name, url in self.operator.items():
            variables[f"TSUNAGU_OPERATOR_URL_{_suffix(name)}"] = url
        if self.prometheus:
            variables["TSUNAGU_PROMETHEUS_URL"] = self.prometheus
        if self.payment_page:
            variables["TSUNAGU_PAYMENT_PAGE_URL"] = self.payment_page
        return variables

    def audit_environment(self) -> dict[str, str]:
        """The auditor's address of each database as environment variables."""
        return {
            f"TSUNAGU_AUDIT_DATABASE_URL_{_suffix(database.removeprefix('tsunagu_'))}": url
            for database, url in self.audit_databases.items()
        }


def _suffix(name: str) -> str:
    return name.upper().replace("-", "_")


class NotRunning(Exception):  # noqa: N818 - a state of affairs that callers handle, not a fault
    """No system runs in that home directory."""


def running_addresses(home: Path) -> Addresses:
    """The addresses of the system that runs in `home`. Raises NotRunning when none does."""
    file = StateFile(home)
    if not file.is_locked():
        raise NotRunning(f"no Tsunagu runs in {home}: start one with `tsunagu up`")
    state = file.read()
    running = {process.name for process in state.processes}
    ports = {name: port for name, port in state.ports.items() if name.removesuffix(PUBLIC) in running}
    if KAFKA not in ports or POSTGRES not in ports:
        raise NotRunning(f"the Tsunagu in {home} is still starting: try again in a few seconds")
    return Addresses.of(ports, passwords.load(home), SERVICES)
