"""From raw records to messages, each on its own: one that can't be read says so and spoils no other."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from aiokafka import ConsumerRecord

from tsunagu.chassis.received import Deleted, Received
from tsunagu.contracts.envelope import InvalidValues, Unreadable, decode
from tsunagu.contracts.message import Command
from tsunagu.contracts.topics import Topic


@dataclass(frozen=True, slots=True)
class Readable:
    """A record and the message in it."""

    record: ConsumerRecord[bytes, bytes]
    received: Received[Any]

    @property
    def is_command(self) -> bool:
        """Whether the message asks for something and can be refused."""
        message = self.received.message
        return isinstance(message, Command) and not message.is_fact


@dataclass(frozen=True, slots=True)
class Unread:
    """A record that holds no message we can use, and why."""

    record: ConsumerRecord[bytes, bytes]
    error: Unreadable

    @property
    def forbidden_command(self) -> InvalidValues | None:
        """Set where the record is a command whose values are forbidden: it is refused, not dead-lettered."""
        error = self.error
        if isinstance(error, InvalidValues) and issubclass(error.message_type, Command):
            return error
        return None


def decode_records(topic: Topic, records: Iterable[ConsumerRecord[bytes, bytes]]) -> list[Readable | Unread]:
    """One entry per record, in order. Never raises for what is in a record."""
    decoded: list[Readable | Unread] = []
    for record in records:
        try:
            result = decode(topic, record.key, record.value, record.headers)
        except Unreadable as error:
            decoded.append(Unread(record, error))
            continue
        received: Received[Any] = Received(
            message=result.message if result.message is not None else Deleted(),
            envelope=result.envelope,
            key=result.key,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
        )
        decoded.append(Readable(record, received))
    return decoded
