"""What each identity may do on a broker with accounts: exactly what the contracts say, and nothing else.

Whoever writes a topic may write it, whoever reads it may read it, in consumer groups that begin with its own name.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.admin import CreateAclsRequest

from tsunagu.contracts.topics import TOPICS
from tsunagu.stack.errors import StackError

_ANY_HOST = "*"
_ALLOW = 3


class Resource(IntEnum):
    """What a right is about, by Kafka's numbers."""

    TOPIC = 2
    GROUP = 3


class Pattern(IntEnum):
    """How a right names it, by Kafka's numbers."""

    LITERAL = 3
    PREFIXED = 4


class Operation(IntEnum):
    """What may be done, by Kafka's numbers. Each of these includes seeing what there is."""

    READ = 3
    WRITE = 4


@dataclass(frozen=True, slots=True)
class Right:
    """One thing that an identity may do."""

    identity: str
    operation: Operation
    resource: Resource
    name: str
    pattern: Pattern = Pattern.LITERAL


def rights_of(identity: str, role: str | None = None) -> list[Right]:
    """The rights of a service, or of a system outside, by the contracts.

    `role`: whom the contracts name, where the identity is one of several that they name together (`channels`).
    """
    role = role or identity
    written = [
        Right(identity, Operation.WRITE, Resource.TOPIC, topic.name)
        for topic in TOPICS
        if role in topic.written_by
    ]
    read = [
        Right(identity, Operation.READ, Resource.TOPIC, topic.name)
        for topic in TOPICS
        if role in topic.read_by
    ]
    groups = [Right(identity, Operation.READ, Resource.GROUP, f"{identity}.", Pattern.PREFIXED)]
    return [*written, *read, *(groups if read else [])]


async def ensure_rights(bootstrap_servers: str, options: Mapping[str, Any], rights: Iterable[Right]) -> None:
    """Give the rights; those that are there already stay. `options` sign the admin in.

    Raises StackError where the broker refuses one.
    """
    client = AIOKafkaClient(bootstrap_servers=bootstrap_servers, **options)
    await client.bootstrap()
    try:
        for right in rights:
            request = CreateAclsRequest(
                right.resource,
                right.name,
                right.pattern,
                f"User:{right.identity}",
                _ANY_HOST,
                right.operation,
                _ALLOW,
            )
            answer = await client.send(client.get_random_node(), request)
            for code, reason in answer.creation_responses:
                if code:
                    raise StackError(f"Kafka does not give {right}: {reason or code}")
    finally:
        await client.close()
