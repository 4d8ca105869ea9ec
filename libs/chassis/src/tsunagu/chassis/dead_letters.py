"""What could not be handled is kept, in order and with its reason, and published on the service's dead-letter topic."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka import ConsumerRecord

from tsunagu.chassis import headers
from tsunagu.chassis.affected import affected
from tsunagu.chassis.queries import beside
from tsunagu.chassis.transaction import Transaction
from tsunagu.contracts.envelope import Record
from tsunagu.contracts.topics import Topic, dead_letters

SQL = beside(__file__)

FOLLOWS_PARKED = "follows_parked"
HANDLER_FAILED = "handler_failed"
CONFLICTING_BODY = "conflicting_body"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that could not be handled. `parks_key`: it holds back what follows under its key."""

    record: ConsumerRecord[bytes, bytes]
    message_id: str | None
    message_type: str | None
    reason: str
    detail: str
    parks_key: bool


async def keep(transaction: Transaction, service: str, topic: Topic, letters: Sequence[DeadLetter]) -> None:
    """Write dead letters as rows, and their published copies to the outbox.

    A record of a secret topic is kept and published without its value: no dead letter may carry what is in it.
    """
    if not letters:
        return
    secret = topic.kind == "secret"
    values = [None if secret else letter.record.value for letter in letters]
    await transaction.connection.execute(
        SQL.insert_dead_letters,
        topic.name,
        [letter.record.partition for letter in letters],
        [letter.record.offset for letter in letters],
        [letter.record.key for letter in letters],
        values,
        [headers.pack(letter.record.headers) for letter in letters],
        [letter.message_id for letter in letters],
        [letter.message_type for letter in letters],
        [letter.reason for letter in letters],
        [letter.detail for letter in letters],
        [letter.parks_key for letter in letters],
        transaction.now,
        [affected(topic, letter.record.key, value) for letter, value in zip(letters, values, strict=True)],
    )
    for letter, value in zip(letters, values, strict=True):
        copy = Record(letter.record.key or b"", value, _with_reason(service, letter))
        transaction.append(dead_letters(service), copy)


def _with_reason(service: str, letter: DeadLetter) -> list[tuple[str, bytes | None]]:
    """The original headers, and beside them those that Kafka 4.4 gives dead letters (KIP-1191)."""
    record = letter.record
    why = {
        "topic": record.topic,
        "partition": str(record.partition),
        "offset": str(record.offset),
        "group": f"{service}.{record.topic}",
        "delivery.count": "1",
        "message": f"{letter.reason}: {letter.detail}",
    }
    return [*record.headers, *((f"__dlq.errors.{name}", text.encode()) for name, text in why.items())]
