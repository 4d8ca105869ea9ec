"""A retailer with two stores and a warehouse, one order at a time."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from pickup.app import SERVICE
from tsunagu.contracts.envelope import Record
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import (
    CancelRequested,
    ConfirmPick,
    ConfirmPutAway,
    HandOver,
    Lane,
    Location,
    OrderCancelled,
    OrderConfirmed,
    OrderReallocated,
    Product,
    ReceiveTransfer,
    RecipientChanged,
    SaleRecorded,
    ShipTransfer,
    StartTask,
    Task,
)
from tsunagu.contracts.topics import Topic, topic_of
from tsunagu.contracts.values import (
    Allocation,
    FulfilmentGroup,
    FulfilmentMethod,
    LineQuantity,
    LocationKind,
    OrderLine,
    Payment,
    PutAwayLine,
    ReservationCause,
    SaleLine,
    TaxClass,
    TransferReceiptLine,
    Weekday,
)
from tsunagu.testing.harness import Harness, harness, record_of

SHOP, OTHER, WAREHOUSE = "S001", "S002", "W001"


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Order:
    """An order in the eyes of the other systems; makes the messages that are about it."""

    order_id: str = field(default_factory=uuid7)
    skus: tuple[str, ...] = ("SHIRT",)
    quantity: int = 1
    method: FulfilmentMethod = FulfilmentMethod.PICKUP
    source: str = SHOP
    version: int = 0

    @property
    def groups(self) -> tuple[FulfilmentGroup, ...]:
        if self.method is FulfilmentMethod.SHIP:
            return (FulfilmentGroup(group_id="g1", method=self.method, prefecture="JP-13"),)
        return (FulfilmentGroup(group_id="g1", method=self.method, location_id=SHOP),)

    def line_id(self, number: int = 0) -> str:
        return f"l{number + 1}"

    def lines(self, quantity: int | None = None) -> tuple[OrderLine, ...]:
        return tuple(
            OrderLine(
                line_id=self.line_id(place),
                group_id="g1",
                sku=sku,
                quantity=quantity or self.quantity,
                unit_price_jpy=1100,
                tax_percent=10,
            )
            for place, sku in enumerate(self.skus)
        )

    def allocations(self, source: str | None = None, prefix: str = "a") -> tuple[Allocation, ...]:
        return tuple(
            Allocation(
                allocation_id=f"{prefix}{place + 1}",
                line_id=line.line_id,
                sku=line.sku,
                quantity=line.quantity,
                location_id=source or self.source,
            )
            for place, line in enumerate(self.lines())
        )

    def head(self) -> dict[str, Any]:
        self.version += 1
        return {
            "order_id": self.order_id,
            "version": self.version,
            "channel": "ec",
            "customer_ref": "ec:1",
            "occurred_at": now(),
        }

    def confirmed(self) -> OrderConfirmed:
        return OrderConfirmed(
            **self.head(),
            payment=Payment.PREPAID,
            groups=self.groups,
            lines=self.lines(),
            allocations=self.allocations(),
            allocation_version=1,
            ready_by=now() + timedelta(hours=2),
        )

    def reallocated(self, *allocations: Allocation, version: int = 2) -> OrderReallocated:
        return OrderReallocated(
            **self.head(),
            payment=Payment.PREPAID,
            groups=self.groups,
            lines=self.lines(),
            allocations=allocations,
            allocation_version=version,
            ready_by=now() + timedelta(hours=4),
            cause=ReservationCause.SHORT_PICK,
        )

    def recipient_changed(self, recipient_ref: str | None) -> RecipientChanged:
        head = {**self.head(), "recipient_ref": recipient_ref}
        return RecipientChanged(**head, change_id=uuid7())

    def cancel_requested(self, quantity: int | None = None) -> CancelRequested:
        lines = [
            LineQuantity(line_id=line.line_id, quantity=quantity or line.quantity) for line in self.lines()
        ]
        return CancelRequested(
            **self.head(), cancel_id=uuid7(), lines=tuple(lines), reason="customer_request"
        )

    def cancelled(self, cancel_id: str | None = None, quantity: int | None = None) -> OrderCancelled:
        return OrderCancelled(
            **self.head(),
            cancel_id=cancel_id,
            reason="customer_request",
            lines=self.lines(quantity),
            order_finished=True,
        )

    def pick(self, number: int = 0, **other: Any) -> ConfirmPick:
        values: dict[str, Any] = {
            "pick_id": uuid7(),
            "order_id": self.order_id,
            "location_id": self.source,
            "line_id": self.line_id(number),
            "sku": self.skus[number],
            "quantity": self.quantity,
            "occurred_at": now(),
            "staff_ref": "staff:7",
        }
        return ConfirmPick(**{**values, **other})

    def hand_over(self, **other: Any) -> HandOver:
        values = {
            "handover_id": uuid7(),
            "order_id": self.order_id,
            "location_id": SHOP,
            "occurred_at": now(),
            "staff_ref": "staff:7",
        }
        if not {"code_hash", "digits_hash"} & other.keys():
            values["desk_check"] = "id_document"
        return HandOver(**{**values, **other})

    def receipt(self, **other: Any) -> SaleRecorded:
        return a_receipt(
            *(
                SaleLine(
                    line_id=f"r{place}",
                    sku=line.sku,
                    quantity=line.quantity,
                    amount_jpy=line.amount_jpy,
                    tax_percent=10,
                    order_id=self.order_id,
                    order_line_id=line.line_id,
                )
                for place, line in enumerate(self.lines())
            ),
            **other,
        )

    def ship(self, transfer_id: str, **other: Any) -> ShipTransfer:
        values: dict[str, Any] = {
            "shipping_id": uuid7(),
            "transfer_id": transfer_id,
            "order_id": self.order_id,
            "location_id": self.source,
            "occurred_at": now(),
        }
        return ShipTransfer(**{**values, **other})

    def receive(self, transfer_id: str, received: int | None = None, **other: Any) -> ReceiveTransfer:
        count = self.quantity if received is None else received
        lines = tuple(
            TransferReceiptLine(line_id=line.line_id, sku=line.sku, shipped=line.quantity, received=count)
            for line in self.lines()
        )
        values: dict[str, Any] = {
            "receiving_id": uuid7(),
            "transfer_id": transfer_id,
            "order_id": self.order_id,
            "location_id": SHOP,
            "occurred_at": now(),
            "lines": lines,
            "complete": True,
        }
        return ReceiveTransfer(**{**values, **other})

    def put_away(self, quantity: int | None = None, **other: Any) -> ConfirmPutAway:
        values: dict[str, Any] = {
            "put_away_id": uuid7(),
            "order_id": self.order_id,
            "location_id": SHOP,
            "lines": tuple(
                PutAwayLine(sku=line.sku, quantity=quantity or line.quantity, line_id=line.line_id)
                for line in self.lines()
            ),
            "occurred_at": now(),
        }
        return ConfirmPutAway(**{**values, **other})


def a_receipt(*lines: SaleLine, **other: Any) -> SaleRecorded:
    values: dict[str, Any] = {
        "receipt_id": uuid7(),
        "location_id": SHOP,
        "register_id": "R1",
        "receipt_number": 1,
        "business_date": now().date(),
        "occurred_at": now(),
        "lines": lines,
    }
    return SaleRecorded(**{**values, **other})


def a_location(location_id: str, **other: Any) -> Location:
    values: dict[str, Any] = {
        "location_id": location_id,
        "version": 1,
        "name_ja": "渋谷店",
        "name_en": "Shibuya",
        "company_id": "C1",
        "kind": LocationKind.STORE,
        "prefecture": "JP-13",
        "city": "Shibuya",
        "address": "1-1-1",
        "latitude": 35.6,
        "longitude": 139.7,
        "pickup_enabled": True,
        "pick_minutes_per_day": 120,
        "walking_order": ("shoes", "shirts"),
    }
    return Location(**{**values, **other})


def a_lane(**other: Any) -> Lane:
    values: dict[str, Any] = {
        "from_location_id": OTHER,
        "to_location_id": SHOP,
        "version": 1,
        "days": tuple(Weekday),
        "cut_off": "15:00",
        "transit_days": 1,
        "carrier": "Yamabiko",
        "cost_jpy": 800,
        "owner": "logistics-east",
    }
    return Lane(**{**values, **other})


def a_network() -> list[Message]:
    def product(sku: str, category: str) -> Product:
        return Product(
            sku=sku,
            version=1,
            style_id="ST",
            name_ja="商品",
            name_en=sku,
            category=category,
            price_jpy=1100,
            tax_class=TaxClass.STANDARD,
            active=True,
        )

    return [
        a_location(SHOP),
        a_location(OTHER),
        a_location(WAREHOUSE, kind=LocationKind.WAREHOUSE),
        a_lane(),
        product("SHIRT", "shirts"),
        product("SHOE", "shoes"),
        product("HAT", "hats"),
    ]


@dataclass
class Mothers:
    """Makes what the tests are about."""

    shop: str = SHOP
    other: str = OTHER
    warehouse: str = WAREHOUSE

    def order(self, **values: Any) -> Order:
        return Order(**values)

    def receipt(self, *lines: SaleLine, **other: Any) -> SaleRecorded:
        return a_receipt(*lines, **other)

    def location(self, location_id: str, **other: Any) -> Location:
        return a_location(location_id, **other)

    def lane(self, **other: Any) -> Lane:
        return a_lane(**other)

    def records(self, message: Message) -> tuple[Topic, list[Record]]:
        return topic_of(type(message)), [record_of(message)]

    def task(self, messages: list[Message], kind: str) -> Task:
        """The one task of a kind among what was said."""
        [task] = [each for each in messages if isinstance(each, Task) and each.kind == kind]
        return task

    def start(self, task: Task, order: Order, **other: Any) -> StartTask:
        values = {
            "start_id": uuid7(),
            "task_id": task.task_id,
            "location_id": task.location_id,
            "order_id": order.order_id,
            "occurred_at": now(),
            "staff_ref": "staff:7",
        }
        return StartTask(**{**values, **other})


@pytest.fixture
def a() -> Mothers:
    """`a.order(...)`, `a.receipt(...)`."""
    return Mothers()


@pytest_asyncio.fixture
async def pickup(new_database: Any) -> AsyncIterator[Harness]:
    """The service with a network, and nothing said yet."""
    async with harness(SERVICE, await new_database(SERVICE.migrations)) as service:
        await service.deliver(*a_network())
        yield service
