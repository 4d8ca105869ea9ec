"""From raw records to messages, each on its own: one that can't be read says so and spoils no other."""

from collections.abc import Collection, Iterable
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


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A record of a type that nobody here reads. What else is in it is the business of those who do."""

    record: ConsumerRecord[bytes, bytes]


Entry = Readable | Unread | PassedOver


def decode_records(
    topic: Topic, records: Iterable[ConsumerRecord[bytes, bytes]], passed_over: Collection[bytes] = ()
) -> list[Entry]:
    """One entry per record, in order. Never raises for what is in a record.

    `passed_over` are wire types of the topic of which nothing but the type is looked at: whoever reads a few of its
    types should not pay for the others.
    """
    return [
        PassedOver(record)
        if passed_over and _type_of(record) in passed_over
        else decode_record(topic, record)
        for record in records
    ]


def decode_record(topic: Topic, record: ConsumerRecord[bytes, bytes]) -> Readable | Unread:
    """The message in a record, or why there is none that we can use."""
    try:
        result = decode(topic, record.key, record.value, record.headers)
    except Unreadable as error:
        return Unread(record, error)
    received: Received[Any] = Received(
        message=result.message if result.message is not None else Deleted(),
        envelope=result.envelope,
        key=result.key,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
    )
    return Readable(record, received)


def _type_of(record: ConsumerRecord[bytes, bytes]) -> bytes | None:
    """What stands in the header; a structured event has its type elsewhere."""
    return next((value for name, value in record.headers if name == "ce_type"), None)
