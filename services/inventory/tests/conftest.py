"""What the tests of inventory share: a running service, and messages as other systems send them."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest

from inventory.app import SERVICE
from inventory.settings import settings
from tsunagu.contracts import messages as m
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.message import Message
from tsunagu.testing.harness import Harness, harness
from tsunagu.testing.plugin import NewDatabase

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Sets a setting of inventory for one test: `setting("BREAK_RULE", '["not_picked"]')`."""

    def change(name: str, value: str) -> None:
        monkeypatch.setenv(f"TSUNAGU_INVENTORY_{name}", value)
        settings.cache_clear()

    yield change
    monkeypatch.undo()
    settings.cache_clear()


def a_location(location_id: str, **values: Any) -> m.Location:
    """A store in Tokyo that is always open, one hundredth of a degree (1.1 km) north per step of `north`."""
    north = values.pop("north", 0)
    return m.Location(**{
        "location_id": location_id, "version": 1, "name_ja": location_id, "name_en": location_id,
        "company_id": "C", "kind": "store", "prefecture": "JP-13", "city": "千代田区", "address": "1-1",
        "latitude": 35.68 + north / 100, "longitude": 139.76, "pickup_enabled": True, "pick_minutes_per_day": 600,
        **values,
    })  # fmt: skip


def a_lane(from_id: str, to_id: str, **values: Any) -> m.Lane:
    """A lane that leaves every day at noon and arrives the next day."""
    return m.Lane(**{
        "from_location_id": from_id, "to_location_id": to_id, "version": 1, "days": DAYS, "cut_off": "12:00",
        "transit_days": 1, "carrier": "truck", "cost_jpy": 500, "owner": "logistics", **values,
    })  # fmt: skip


def a_product(sku: str, **values: Any) -> m.Product:
    return m.Product(**{
        "sku": sku, "version": 1, "style_id": sku, "name_ja": sku, "name_en": sku, "category": "tops",
        "price_jpy": 1000, "tax_class": "standard", "active": True, **values,
    })  # fmt: skip


def stocked(location_id: str, **pieces: int) -> m.AdjustStock:
    """Opening stock: `stocked("S1", A=3, B=2)`."""
    lines = tuple({"sku": sku, "change": quantity} for sku, quantity in pieces.items())
    return m.AdjustStock(
        adjustment_id=uuid7(), location_id=location_id, reason="opening", occurred_at=now(-60), lines=lines
    )


def announced(location_id: str, at: datetime | None = None, **pieces: int) -> m.AnnounceDelivery:
    """A delivery that a supplier announces for a time (now): `announced("S1", A=3)`."""
    return m.AnnounceDelivery(
        delivery_id=uuid7(), location_id=location_id, expected_at=at or now(), occurred_at=now(-60),
        lines=tuple({"sku": sku, "quantity": quantity} for sku, quantity in pieces.items()),
    )  # fmt: skip


def delivered(location_id: str, announced_delivery_id: str | None = None, **pieces: int) -> m.ReceiveStock:
    """A delivery that arrived, as a part of an announced one."""
    return m.ReceiveStock(
        delivery_id=uuid7(), announced_delivery_id=announced_delivery_id, location_id=location_id,
        occurred_at=now(), lines=tuple({"sku": sku, "quantity": quantity} for sku, quantity in pieces.items()),
    )  # fmt: skip


def transfer_planned(from_id: str, to_id: str, **pieces: int) -> m.TransferPlanned:
    """A transfer without an order that shall be sent."""
    return m.TransferPlanned(
        transfer_id=uuid7(), version=1, from_location_id=from_id, to_location_id=to_id, carrier="truck",
        owner="logistics", cost_jpy=0, ship_by=now(60), arrive_by=now(120), occurred_at=now(),
        lines=tuple({"line_id": sku, "sku": sku, "quantity": quantity} for sku, quantity in pieces.items()),
    )  # fmt: skip


def a_sale(location_id: str, lines: Sequence[tuple[str, int]], **values: Any) -> m.SaleRecorded:
    return m.SaleRecorded(**_till(location_id, lines, values))


def a_void(location_id: str, lines: Sequence[tuple[str, int]], **values: Any) -> m.SaleVoided:
    return m.SaleVoided(**{"void_id": uuid7(), **_till(location_id, lines, values)})


def a_till_return(
    location_id: str, lines: Sequence[tuple[str, int]], disposition: str = "resellable", **values: Any
) -> m.SaleReturned:
    document = _till(location_id, lines, values)
    document["lines"] = tuple({**line, "disposition": disposition} for line in document["lines"])
    return m.SaleReturned(**document)


def a_count(location_id: str, counted: dict[str, int], **values: Any) -> m.CountStock:
    lines = tuple({"sku": sku, "quantity": quantity} for sku, quantity in counted.items())
    return m.CountStock(**{
        "count_id": uuid7(), "location_id": location_id, "scope": "all", "counted_at": now(), "occurred_at": now(),
        "lines": lines, **values,
    })  # fmt: skip


def an_order(lines: Sequence[tuple[str, int]], at: str | None = "S1", **values: Any) -> m.OrderPlaced:
    """An order to pick up at a store, or to ship to Tokyo (`at=None`); lines are L1, L2 …"""
    group: dict[str, Any] = {"group_id": "G", "method": "pickup", "location_id": at}
    if at is None:
        group = {"group_id": "G", "method": "ship", "prefecture": "JP-13"}
    return m.OrderPlaced(**{
        "order_id": uuid7(), "version": 1, "channel": "ec", "groups": (group,), "payment": "prepaid",
        "lines": tuple(order_line(f"L{n}", sku, quantity) for n, (sku, quantity) in enumerate(lines, 1)),
        "placed_at": now(), "occurred_at": now(), **values,
    })  # fmt: skip


def order_line(line_id: str, sku: str, quantity: int, group_id: str = "G") -> dict[str, Any]:
    return {
        "line_id": line_id, "group_id": group_id, "sku": sku, "quantity": quantity, "unit_price_jpy": 1000,
        "tax_percent": 10,
    }  # fmt: skip


def cancelled(order_id: str, lines: Sequence[tuple[str, str, int]], **values: Any) -> m.OrderCancelled:
    return m.OrderCancelled(**{
        "order_id": order_id, "version": 9, "channel": "ec", "reason": "customer_request", "occurred_at": now(),
        "lines": tuple(order_line(*line) for line in lines), "order_finished": True, **values,
    })  # fmt: skip


def picked(order_id: str, allocation: Any, quantity: int | None = None, **values: Any) -> m.PickCompleted:
    """A pick of an allocation, whole or in part."""
    return m.PickCompleted(**{
        "order_id": order_id, "version": 1, "location_id": allocation.location_id, "pick_id": uuid7(),
        "allocation_id": allocation.allocation_id, "line_id": allocation.line_id, "sku": allocation.sku,
        "quantity": quantity or allocation.quantity, "occurred_at": now(), **values,
    })  # fmt: skip


def shorted(order_id: str, allocation: Any, quantity: int, kind: str = "missing") -> m.PickShorted:
    return m.PickShorted(
        order_id=order_id, version=1, location_id=allocation.location_id, short_pick_id=uuid7(),
        allocation_id=allocation.allocation_id, line_id=allocation.line_id, sku=allocation.sku, quantity=quantity,
        kind=kind, occurred_at=now(),
    )  # fmt: skip


def collected(
    order_id: str, location_id: str, lines: Sequence[dict[str, Any]], **values: Any
) -> m.PickupCollected:
    return m.PickupCollected(**{
        "order_id": order_id, "version": 1, "location_id": location_id, "lines": tuple(lines), "proof": "code",
        "handover_id": uuid7(), "occurred_at": now(), **values,
    })  # fmt: skip


def line_of(allocation: Any, quantity: int | None = None) -> dict[str, Any]:
    """An allocation as lines of pickup's events name it."""
    return {
        "line_id": allocation.line_id, "sku": allocation.sku, "quantity": quantity or allocation.quantity,
        "allocation_id": allocation.allocation_id,
    }  # fmt: skip


def now(seconds: float = 0) -> datetime:
    """Now, or some seconds later (or earlier)."""
    return datetime.now(UTC) + timedelta(seconds=seconds)


def _till(location_id: str, lines: Sequence[tuple[str, int]], values: dict[str, Any]) -> dict[str, Any]:
    order_id = values.pop("order_id", None)
    return {
        "receipt_id": uuid7(), "location_id": location_id, "register_id": "R1", "receipt_number": 1,
        "business_date": date(2026, 4, 1), "occurred_at": now(-1),
        "lines": tuple(
            {
                "line_id": str(n), "sku": sku, "quantity": quantity, "amount_jpy": 1000, "tax_percent": 10,
                "order_id": order_id, "order_line_id": order_id and f"L{n}",
            }
            for n, (sku, quantity) in enumerate(lines, 1)
        ),
        **values,
    }  # fmt: skip


class World:
    """Inventory on a database of its own, with three stores (S1, S2 a kilometre away, S3 two) and SKUs A, B and C."""

    def __init__(self, running: Harness, url: str) -> None:
        self.running = running
        self.url = url

    @property
    def connection(self) -> "asyncpg.Connection[asyncpg.Record]":
        return self.running.connection

    async def deliver(self, *messages: Message) -> list[Message]:
        """Deliver messages, one batch per topic, and do no second step."""
        return await self.running.deliver(*messages)

    async def settle(self, *messages: Message) -> list[Message]:
        """Deliver messages and do what comes due at once."""
        return [*await self.running.deliver(*messages), *await self.running.work_due()]

    async def stock(self, location_id: str, sku: str) -> dict[str, Any]:
        """A row of stock."""
        row = await self.connection.fetchrow(
            "SELECT * FROM stock WHERE location_id = $1 AND sku = $2", location_id, sku
        )
        return dict(row) if row is not None else {}

    async def available(self, location_id: str, sku: str) -> int:
        """What can be promised."""
        return int((await self.stock(location_id, sku)).get("available", 0))

    async def differences(self) -> list[asyncpg.Record]:
        """What does not add up."""
        from inventory.sql import SQL

        return await self.connection.fetch(SQL.ledger_differences, "", "", 1000)


@asynccontextmanager
async def a_world(new_database: NewDatabase) -> AsyncIterator[World]:
    """A world on a new database."""
    url = await new_database(SERVICE.migrations)
    async with harness(SERVICE, url) as running:
        world = World(running, url)
        stores = [a_location(f"S{n}", north=n - 1) for n in (1, 2, 3)]
        lanes = [a_lane(f, t) for f in ("S1", "S2", "S3") for t in ("S1", "S2", "S3") if f != t]
        await running.deliver(*stores, *lanes, *(a_product(sku) for sku in "ABC"))
        await running.work_due()
        yield world


@pytest.fixture
async def world(new_database: NewDatabase) -> AsyncIterator[World]:
    """Inventory with three stores and three SKUs, and no stock yet; what adds up at the end is checked."""
    async with a_world(new_database) as running:
        yield running
        assert not await running.differences(), "stock, ledger, allocations and holds do not add up"


@pytest.fixture(scope="session")
def a() -> SimpleNamespace:
    """The messages by short names: `a.order(...)`, `a.sale(...)`."""
    return SimpleNamespace(
        location=a_location,
        lane=a_lane,
        product=a_product,
        sale=a_sale,
        void=a_void,
        till_return=a_till_return,
        count=a_count,
        order=an_order,
        order_line=order_line,
        stocked=stocked,
        announced=announced,
        delivered=delivered,
        transfer_planned=transfer_planned,
        cancelled=cancelled,
        picked=picked,
        shorted=shorted,
        collected=collected,
        line_of=line_of,
        now=now,
    )
