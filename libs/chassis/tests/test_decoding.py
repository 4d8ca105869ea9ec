"""Records that nobody here reads: nothing but their type is looked at."""

from datetime import UTC, datetime

from aiokafka import ConsumerRecord

from tsunagu.chassis.decoding import PassedOver, Readable, Unread, decode_records
from tsunagu.chassis.received import Deleted
from tsunagu.chassis.subscription import Handler, Subscription
from tsunagu.chassis.transaction import Transaction
from tsunagu.contracts.envelope import Envelope, Record, encode
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.messages import CommandAccepted, PickupCode, PickupExpired, PickupLocked
from tsunagu.contracts.topics import PICKUP_CODES, PICKUP_EVENTS, Topic

NOW = datetime.now(UTC)
LOCKED = PickupLocked(order_id="O1", version=1, occurred_at=NOW, location_id="S1", until=NOW, tries=5)


async def handle(_: Transaction, __: object) -> None:
    """Stands for a handler."""


def the_record(record: Record, topic: Topic = PICKUP_EVENTS) -> "ConsumerRecord[bytes, bytes]":
    return ConsumerRecord(topic.name, 0, 0, 0, 0, record.key, record.value, None, 0, 0, tuple(record.headers))


def encoded(*, value: bytes | None = None) -> Record:
    record = encode(Envelope.for_message(LOCKED, id=uuid7(), source="test", time=NOW), LOCKED)
    return record if value is None else record._replace(value=value)


def test_decode__a_type_that_nobody_here_reads__is_passed_over_whatever_is_in_it() -> None:
    subscription = Subscription(PICKUP_EVENTS, (Handler(PickupExpired, handle),))
    records = [the_record(encoded()), the_record(encoded(value=b"{"))]
    entries = decode_records(PICKUP_EVENTS, records, subscription.passed_over)
    assert [type(entry) for entry in entries] == [PassedOver, PassedOver]
    assert [entry.record for entry in entries] == records


def test_decode__a_type_that_is_read__is_read_and_says_what_is_wrong_with_it() -> None:
    subscription = Subscription(PICKUP_EVENTS, (Handler(PickupLocked, handle),))
    records = [the_record(encoded()), the_record(encoded(value=b"{"))]
    entries = decode_records(PICKUP_EVENTS, records, subscription.passed_over)
    assert [type(entry) for entry in entries] == [Readable, Unread]


def test_decode__a_type_that_the_topic_does_not_carry__is_no_one_s_and_said_to_be_wrong() -> None:
    subscription = Subscription(PICKUP_EVENTS, (Handler(PickupExpired, handle),))
    record = encoded()
    headers = [
        (name, b"tsunagu.strange.v1" if name == "ce_type" else value) for name, value in record.headers
    ]
    [entry] = decode_records(
        PICKUP_EVENTS, [the_record(record._replace(headers=headers))], subscription.passed_over
    )
    assert isinstance(entry, Unread)


def test_passed_over__a_topic_with_deletes__has_none() -> None:
    assert Subscription(PICKUP_CODES, (Handler(Deleted, handle),)).passed_over == frozenset()
    assert PickupCode.WIRE_TYPE.encode() in Subscription(PICKUP_CODES, ()).passed_over
    answered = Subscription(PICKUP_EVENTS, (Handler(CommandAccepted, handle),)).passed_over
    assert len(answered) == len(PICKUP_EVENTS.messages) - 1
