"""Messages as inventory sends most of them: what can be promised of a SKU."""

from datetime import UTC, datetime

from tsunagu.contracts.envelope import Envelope, Record, encode
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.messages import Availability

STORES = 1_000


def availabilities(count: int) -> list[Record]:
    """`count` records of inventory.availability, each under a key of its own."""
    now = datetime.now(UTC)
    return [_record(number, now) for number in range(count)]


def _record(number: int, now: datetime) -> Record:
    message = Availability(
        location_id=f"S{number % STORES}",
        sku=f"K{number // STORES}",
        available=7,
        version=number + 1,
        as_of=now,
    )
    id, cause = uuid7(), uuid7()
    envelope = Envelope.for_message(
        message, id=id, source="inventory", time=now, correlation_id=cause, causation_id=cause
    )
    return encode(envelope, message)
