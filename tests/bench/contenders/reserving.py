"""What the contenders share: an order as parameters of the queries, and the message that says what was decided."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from tsunagu.chassis.queries import beside
from tsunagu.contracts.envelope import Envelope, Record, decode, encode
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import Availability, OrderPlaced, StockRejected, StockReserved
from tsunagu.contracts.topics import INVENTORY_EVENTS, ORDER_EVENTS, topic_of

SQL = beside(__file__)
ORDERS, EVENTS = ORDER_EVENTS.name, INVENTORY_EVENTS.name
COMMIT_EVERY = 100
READY_WITHIN = timedelta(hours=1)

Headers = Sequence[tuple[str, bytes | None]]


def texts(headers: Headers) -> dict[str, str]:
    """A record's headers as FastStream takes them."""
    return {name: (value or b"").decode() for name, value in headers}


class Row(Protocol):
    """A locked row of stock, whatever the driver makes of it."""

    def __getitem__(self, name: str, /) -> int:
        """A column."""


@dataclass(frozen=True)
class Wish:
    """A placed order of one pickup store, and what the queries need of it."""

    placed: OrderPlaced
    cause: Envelope
    now: datetime
    allocation_ids: tuple[str, ...]

    @classmethod
    def read(cls, key: bytes | None, value: bytes | None, headers: Headers) -> "Wish":
        """Decode and validate a record of order.events. Raises tsunagu.contracts.envelope.Unreadable."""
        decoded = decode(ORDER_EVENTS, key, value, list(headers))
        assert isinstance(decoded.message, OrderPlaced)
        return cls.of(decoded.message, decoded.envelope)

    @classmethod
    def of(cls, placed: OrderPlaced, cause: Envelope) -> "Wish":
        """An order that came now, in an envelope."""
        return cls(placed, cause, datetime.now(UTC), tuple(uuid7() for _ in placed.lines))

    @property
    def order_id(self) -> str:
        """Whose order it is."""
        return self.placed.order_id

    @property
    def location_id(self) -> str:
        """The pickup store."""
        location_id = self.placed.groups[0].location_id
        assert location_id is not None
        return location_id

    @property
    def ready_by(self) -> datetime:
        """When it is promised to be ready."""
        return self.now + READY_WITHIN

    @property
    def skus(self) -> list[str]:
        """A SKU for each line; no two are the same."""
        return [line.sku for line in self.placed.lines]

    @property
    def quantities(self) -> list[int]:
        """Pieces for each line."""
        return [line.quantity for line in self.placed.lines]

    @property
    def order_row(self) -> tuple[str, datetime, str]:
        """Parameters of insert_order."""
        wanted = [
            [line.line_id, line.sku, line.quantity, 0, self.location_id, None] for line in self.placed.lines
        ]
        return self.order_id, self.ready_by, json.dumps(wanted)

    @property
    def allocation_rows(self) -> tuple[str, str, list[str], list[str], list[str], list[int]]:
        """Parameters of insert_allocations."""
        line_ids = [line.line_id for line in self.placed.lines]
        return (
            self.order_id,
            self.location_id,
            list(self.allocation_ids),
            line_ids,
            self.skus,
            self.quantities,
        )

    def lacking(self, available: Mapping[str, int]) -> list[str]:
        """The lines of which there is not enough."""
        return [line.line_id for line in self.placed.lines if available.get(line.sku, 0) < line.quantity]

    def decision(self, lacking: Sequence[str]) -> Record:
        """The record of inventory.events that says what was decided."""
        return self.encoded(self._rejected(lacking) if lacking else self._reserved())

    def availabilities(self, rows: Mapping[str, Row]) -> Iterator[tuple[str, Record]]:
        """Topic and record of the new availability of each row that pieces were taken from."""
        for line in self.placed.lines:
            row = rows[line.sku]
            message = Availability(
                location_id=self.location_id,
                sku=line.sku,
                available=row["available"] - line.quantity,
                version=row["version"] + 1,
                as_of=self.now,
            )
            yield topic_of(Availability).name, self.encoded(message)

    def encoded(self, message: Message) -> Record:
        """A message that follows from the order, as a record."""
        envelope = Envelope.for_message(
            message,
            id=uuid7(),
            source="bench/contender",
            time=self.now,
            correlation_id=self.cause.correlation_id,
            causation_id=self.cause.id,
        )
        return encode(envelope, message)

    def _reserved(self) -> StockReserved:
        return StockReserved.model_validate(
            {
                "order_id": self.order_id,
                "version": 1,
                "occurred_at": self.now,
                "allocation_version": 1,
                "cause": "placed",
                "ready_by": self.ready_by,
                "allocations": [
                    {
                        "allocation_id": id,
                        "line_id": line.line_id,
                        "sku": line.sku,
                        "quantity": line.quantity,
                        "location_id": self.location_id,
                    }
                    for id, line in zip(self.allocation_ids, self.placed.lines, strict=True)
                ],
            }
        )

    def _rejected(self, lacking: Sequence[str]) -> StockRejected:
        return StockRejected.model_validate(
            {
                "order_id": self.order_id,
                "version": 1,
                "occurred_at": self.now,
                "allocation_version": 1,
                "cause": "placed",
                "reason": "out_of_stock",
                "short_lines": [
                    {"line_id": line.line_id, "sku": line.sku, "quantity": line.quantity}
                    for line in self.placed.lines
                    if line.line_id in lacking
                ],
            }
        )
