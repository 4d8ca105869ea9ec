"""Object mothers: messages of other systems, and the service on a database of the test's own."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from insight.app import SERVICE
from tsunagu.chassis import Runtime, pooled
from tsunagu.chassis.http import build_app
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.contracts import messages as m
from tsunagu.contracts.ids import uuid7
from tsunagu.testing.harness import Harness, harness
from tsunagu.testing.plugin import NewDatabase

NOW = datetime.now(UTC)
SHIBUYA, UMEDA, DEPOT = "shibuya", "umeda", "depot"


class Mothers:
    """Makes messages; `fields` replaces any field."""

    now = NOW

    def location(self, location_id: str, kind: str = "store", **fields: Any) -> m.Location:
        body = {
            "location_id": location_id,
            "version": 1,
            "name_ja": location_id,
            "name_en": location_id,
            "company_id": "retail",
            "kind": kind,
            "prefecture": "JP-13",
            "city": "渋谷区",
            "address": "道玄坂",
            "latitude": 35.6,
            "longitude": 139.7,
            "pickup_enabled": True,
            "pick_minutes_per_day": 240,
        }
        return m.Location.model_validate(body | fields)

    def line(
        self, line_id: str = "1", amount_jpy: int = 1000, quantity: int = 1, **fields: Any
    ) -> dict[str, Any]:
        body = {
            "line_id": line_id,
            "sku": f"sku-{line_id}",
            "quantity": quantity,
            "amount_jpy": amount_jpy,
            "tax_percent": 10,
        }
        return body | fields

    def sale(self, receipt_id: str | None = None, **fields: Any) -> m.SaleRecorded:
        return m.SaleRecorded.model_validate(self._till(receipt_id) | {"lines": [self.line()]} | fields)

    def void(self, receipt_id: str, **fields: Any) -> m.SaleVoided:
        body = {"void_id": uuid7(), "lines": [self.line()]}
        return m.SaleVoided.model_validate(self._till(receipt_id) | body | fields)

    def till_return(self, original_receipt_id: str | None, **fields: Any) -> m.SaleReturned:
        lines = [self.line(disposition="resellable")]
        body = {"original_receipt_id": original_receipt_id, "lines": lines}
        return m.SaleReturned.model_validate(self._till(None) | body | fields)

    def placed(self, order_id: str | None = None, **fields: Any) -> m.OrderPlaced:
        body = {
            "placed_at": NOW - timedelta(minutes=5),
            "groups": [{"group_id": "g", "method": "pickup", "location_id": SHIBUYA}],
            "lines": [self.order_line()],
            "payment": "prepaid",
        }
        return m.OrderPlaced.model_validate(self._order(order_id) | body | fields)

    def order_line(self, line_id: str = "1", **fields: Any) -> dict[str, Any]:
        body = {
            "line_id": line_id,
            "group_id": "g",
            "sku": f"sku-{line_id}",
            "quantity": 1,
            "unit_price_jpy": 1000,
            "tax_percent": 10,
        }
        return body | fields

    def confirmed(self, order_id: str, **fields: Any) -> m.OrderConfirmed:
        body = {
            "version": 2,
            "payment": "prepaid",
            "groups": [{"group_id": "g", "method": "pickup", "location_id": SHIBUYA}],
            "lines": [self.order_line()],
            "allocations": [],
            "allocation_version": 1,
            "ready_by": NOW,
        }
        return m.OrderConfirmed.model_validate(self._order(order_id) | body | fields)

    def ready(self, order_id: str, **fields: Any) -> m.OrderReady:
        body = {"version": 3, "group_id": "g", "location_id": SHIBUYA, "lines": [self.order_line()]}
        return m.OrderReady.model_validate(self._order(order_id) | body | fields)

    def completed(self, order_id: str | None = None, **fields: Any) -> m.OrderCompleted:
        body = {
            "version": 4,
            "group_id": "g",
            "method": "pickup",
            "location_id": SHIBUYA,
            "lines": [self.line(group_id="g")],
            "payment": "prepaid",
            "placed_at": NOW - timedelta(minutes=5),
            "order_finished": True,
        }
        return m.OrderCompleted.model_validate(self._order(order_id) | body | fields)

    def cancelled(self, order_id: str, **fields: Any) -> m.OrderCancelled:
        body = {
            "version": 6,
            "reason": "customer_request",
            "lines": [self.order_line()],
            "order_finished": True,
        }
        return m.OrderCancelled.model_validate(self._order(order_id) | body | fields)

    def rejected(self, order_id: str, **fields: Any) -> m.OrderRejected:
        body = {"version": 2, "reason": "no_stock", "lines": [self.order_line()]}
        return m.OrderRejected.model_validate(self._order(order_id) | body | fields)

    def items_returned(self, order_id: str, **fields: Any) -> m.ItemsReturned:
        body = {
            "version": 7,
            "return_id": uuid7(),
            "location_id": UMEDA,
            "lines": [self.line(disposition="resellable")],
            "payment": "prepaid",
        }
        return m.ItemsReturned.model_validate(self._order(order_id) | body | fields)

    def return_unmatched(self, order_id: str, **fields: Any) -> m.ReturnUnmatched:
        body = {
            "order_id": order_id,
            "occurred_at": NOW,
            "return_id": uuid7(),
            "location_id": UMEDA,
            "lines": [{"line_id": "1", "sku": "sku-1", "quantity": 1, "disposition": "resellable"}],
        }
        return m.ReturnUnmatched.model_validate(body | fields)

    def settlement(self, order_id: str, **fields: Any) -> m.SettlementDue:
        body = {
            "version": 8,
            "settlement_id": uuid7(),
            "reason": "handed_over_after_close",
            "location_id": SHIBUYA,
            "lines": [self.line()],
            "owed_by": "shopper",
            "amount_jpy": 1000,
        }
        return m.SettlementDue.model_validate(self._order(order_id) | body | fields)

    def refund_due(self, order_id: str, **fields: Any) -> m.RefundDue:
        body = {
            "version": 9,
            "refund_id": uuid7(),
            "cause_id": order_id,
            "reason": "customer_request",
            "lines": [{"line_id": "1", "sku": "sku-1", "quantity": 1, "amount_jpy": 1000}],
            "amount_jpy": 1000,
        }
        return m.RefundDue.model_validate(self._order(order_id) | body | fields)

    def expired(self, order_id: str, **fields: Any) -> m.PickupExpired:
        body = {
            "order_id": order_id,
            "version": 5,
            "occurred_at": NOW,
            "group_id": "g",
            "location_id": SHIBUYA,
            "lines": [{"line_id": "1", "sku": "sku-1", "quantity": 1}],
            "pickup_by": NOW,
        }
        return m.PickupExpired.model_validate(body | fields)

    def collected(self, order_id: str, **fields: Any) -> m.PickupCollected:
        body = {
            "order_id": order_id,
            "version": 6,
            "occurred_at": NOW,
            "location_id": SHIBUYA,
            "lines": [{"line_id": "1", "sku": "sku-1", "quantity": 1, "amount_jpy": 1000}],
            "proof": "receipt",
            "receipt_id": "r-1",
            "after_close": True,
        }
        return m.PickupCollected.model_validate(body | fields)

    def unmatched(self, order_id: str, **fields: Any) -> m.HandoverUnmatched:
        body = {
            "order_id": order_id,
            "occurred_at": NOW,
            "location_id": SHIBUYA,
            "lines": [self.line("till-9", order_id=order_id, order_line_id="1", sku="sku-1")],
            "receipt_id": "r-1",
        }
        return m.HandoverUnmatched.model_validate(body | fields)

    def task(self, task_id: str, **fields: Any) -> m.Task:
        body = {
            "task_id": task_id,
            "version": 1,
            "kind": "pick",
            "subject": "注文のピッキング",
            "location_id": SHIBUYA,
            "due_at": NOW,
            "state": "done",
            "minutes": 4.0,
            "created_at": NOW,
            "ended_at": NOW,
        }
        return m.Task.model_validate(body | fields)

    def broken(self, order_id: str, **fields: Any) -> m.PromiseBroken:
        allocation = {
            "allocation_id": "a-1",
            "line_id": "1",
            "sku": "sku-1",
            "quantity": 1,
            "location_id": UMEDA,
        }
        body = {"version": 3, "cause": "sale", "cause_id": "r-9", "allocations": [allocation]}
        return m.PromiseBroken.model_validate({"order_id": order_id, "occurred_at": NOW} | body | fields)

    def pick(self, pick_id: str, quantity: int, **fields: Any) -> m.PickCompleted:
        body = {"pick_id": pick_id, **self._pick(quantity)}
        return m.PickCompleted.model_validate(body | fields)

    def short(self, short_pick_id: str, quantity: int, **fields: Any) -> m.PickShorted:
        body = {"short_pick_id": short_pick_id, "kind": "missing", **self._pick(quantity)}
        return m.PickShorted.model_validate(body | fields)

    def counted(self, count_id: str, right: int, lines: int, **fields: Any) -> m.StockCounted:
        body = {
            "document_id": count_id,
            "location_id": SHIBUYA,
            "occurred_at": NOW,
            "scope": "shelf",
            "outcome": "applied",
            "lines": [
                {"sku": f"sku-{n}", "counted": 5, "expected": 5 if n < right else 4} for n in range(lines)
            ],
        }
        return m.StockCounted.model_validate(body | fields)

    def profile(self, customer_id: str, purchases: dict[str, int], **fields: Any) -> m.CustomerProfile:
        body = {
            "customer_id": customer_id,
            "version": 1,
            "refs": [f"app:{customer_id}"],
            "segment": "loyal",
            "purchases_by_channel": [{"channel": c, "count": n} for c, n in purchases.items()],
            "first_purchase_at": NOW if purchases else None,
            "updated_at": NOW,
        }
        return m.CustomerProfile.model_validate(body | fields)

    def _pick(self, quantity: int) -> dict[str, Any]:
        return {
            "order_id": "picked",
            "version": 1,
            "occurred_at": NOW,
            "location_id": SHIBUYA,
            "line_id": "1",
            "sku": "sku-1",
            "quantity": quantity,
        }

    def picked(self, location_id: str, quantity: int, line_id: str = "1") -> dict[str, Any]:
        body = {"allocation_id": uuid7(), "line_id": line_id, "sku": f"sku-{line_id}"}
        return body | {"location_id": location_id, "quantity": quantity}

    def scan(self, location_id: str = UMEDA, **fields: Any) -> dict[str, Any]:
        at = NOW - timedelta(days=2)
        return {"kind": "store_scan", "location_id": location_id, "at": at} | fields

    def scanned(
        self, activity_id: str, customer_ref: str | None, location_id: str = UMEDA, **fields: Any
    ) -> m.ProductScanned:
        body = {
            "activity_id": activity_id,
            "visitor_id": "visitor:1",
            "channel": "app",
            "customer_ref": customer_ref,
            "gtin": "4901234567894",
            "sku": "sku-1",
            "location_id": location_id,
            "occurred_at": NOW - timedelta(days=2),
        }
        return m.ProductScanned.model_validate(body | fields)

    def identified(self, customer_id: str, *refs: str, **fields: Any) -> m.CustomerIdentified:
        body = {"customer_ref": refs[0], "refs": refs, "is_new": False}
        return m.CustomerIdentified.model_validate(self._who_is_who(customer_id, fields, 0) | body | fields)

    def customers_merged(
        self, customer_id: str, other_id: str, *refs: str, **fields: Any
    ) -> m.CustomersMerged:
        body = {"merged_customer_id": other_id, "refs": refs, "reason": "email"}
        return m.CustomersMerged.model_validate(self._who_is_who(customer_id, fields, 1) | body | fields)

    def customer_split(
        self, customer_id: str, new_id: str, refs: list[str], moved: list[str], **fields: Any
    ) -> m.CustomerSplit:
        body = {"new_customer_id": new_id, "refs": refs, "moved_refs": moved}
        return m.CustomerSplit.model_validate(self._who_is_who(customer_id, fields, 1) | body | fields)

    def customer_erased(self, customer_id: str, *refs: str) -> m.CustomerErased:
        return m.CustomerErased.model_validate(self._customer(customer_id) | {"refs": refs})

    def _who_is_who(self, customer_id: str, fields: dict[str, Any], place: int) -> dict[str, Any]:
        """Said in the order of their times, at one of them in that of their places, unless a test says otherwise."""
        at: datetime = fields.get("occurred_at", NOW)
        return self._customer(customer_id) | {"sequence": int(at.timestamp() * 1_000_000) + place}

    def _customer(self, customer_id: str) -> dict[str, Any]:
        return {"customer_id": customer_id, "version": 1, "occurred_at": NOW}

    def _till(self, receipt_id: str | None) -> dict[str, Any]:
        return {
            "receipt_id": receipt_id or uuid7(),
            "location_id": SHIBUYA,
            "register_id": "1",
            "receipt_number": 1,
            "business_date": NOW.date(),
            "occurred_at": NOW,
        }

    def _order(self, order_id: str | None) -> dict[str, Any]:
        return {"order_id": order_id or uuid7(), "version": 1, "channel": "app", "occurred_at": NOW}


@pytest.fixture
def mothers() -> Mothers:
    return Mothers()


@pytest_asyncio.fixture(loop_scope="session")
async def database(new_database: NewDatabase) -> str:
    """A database of the test's own, migrated already: a clone takes a tenth of what migrating takes."""
    return await new_database(SERVICE.migrations)


@pytest_asyncio.fixture(loop_scope="session")
async def insight(database: str, mothers: Mothers) -> AsyncIterator[Harness]:
    """The service, with two stores and a warehouse."""
    async with harness(SERVICE, database) as service:
        await service.deliver(
            mothers.location(SHIBUYA), mothers.location(UMEDA), mothers.location(DEPOT, "warehouse")
        )
        yield service


class Ledger:
    """Looks into the ledger of a service."""

    def __init__(self, service: Harness) -> None:
        self._connection = service.connection

    async def credit(self, sale_id: str) -> dict[str, int]:
        """Yen by party."""
        rows = await self._connection.fetch(
            "SELECT party_id, sum(amount_jpy)::bigint AS jpy FROM credit_entry WHERE sale_id = $1"
            " GROUP BY party_id HAVING sum(amount_jpy) <> 0",
            sale_id,
        )
        return {row["party_id"]: row["jpy"] for row in rows}

    async def causes(self, sale_id: str) -> list[str]:
        """Kinds of causes, in the order of the entries, without repetition."""
        rows = await self._connection.fetch(
            "SELECT cause_kind FROM credit_entry WHERE sale_id = $1 ORDER BY entry_id", sale_id
        )
        return list(dict.fromkeys(row["cause_kind"] for row in rows))


@pytest.fixture
def ledger(insight: Harness) -> Ledger:
    return Ledger(insight)


@pytest.fixture
async def operator(insight: Any, database: Any) -> Any:
    """A client of the service's operator port."""
    runtime = Runtime(SERVICE, ChassisSettings(database_url=database))
    await runtime._migrate()
    transport = httpx.ASGITransport(app=build_app(runtime))
    async with httpx.AsyncClient(transport=transport, base_url="http://insight") as client:
        yield client
    await pooled(runtime).close()
