"""How many brokers a home has, and where each keeps its data: one, or three as one cluster."""

from collections.abc import Mapping
from pathlib import Path

from tsunagu.stack.addresses import broker_name, controller_name
from tsunagu.stack.errors import StackError
from tsunagu.stack.kafka import KafkaSettings

BROKERS_ALLOWED = (1, 3)  # one suffices to work with; of three, one may be away; two are no better than one


def choose_brokers(home: Path, wanted: int | None) -> int:
    """How many brokers to start: as many as `wanted`, else as many as the home has, at first one.

    Raises StackError for another number than those allowed, and where the home has another number already.
    """
    present = sum((home / broker_name(number)).is_dir() for number in range(1, max(BROKERS_ALLOWED) + 1))
    chosen = wanted or present or BROKERS_ALLOWED[0]
    if chosen not in BROKERS_ALLOWED:
        raise StackError(f"Kafka runs with 1 broker or with 3, not with {chosen}")
    if present not in (0, chosen):
        raise StackError(
            f"Kafka in {home} has {present} broker{'s' if present > 1 else ''} and can't change to {chosen}: "
            f"set TSUNAGU_HOME to another directory, or delete this one with all its data"
        )
    return chosen


def port_names(brokers: int) -> list[str]:
    """Under which names the ports of so many brokers are remembered."""
    numbers = range(1, brokers + 1)
    return [name for number in numbers for name in (broker_name(number), controller_name(number))]


def cluster(home: Path, ports: Mapping[str, int], brokers: int) -> list[KafkaSettings]:
    """The brokers of a home, in the order of their names."""
    numbers = range(1, brokers + 1)
    controller_ports = tuple(ports[controller_name(number)] for number in numbers)
    return [
        KafkaSettings(
            home / broker_name(number),
            ports[broker_name(number)],
            ports[controller_name(number)],
            node_id=number,
            controller_ports=controller_ports,
        )
        for number in numbers
    ]
