"""What people send: each a message of the contracts, drawn up when it happens."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from tests.simulator.master_data import DEPOT, LOCATIONS, SKUS, STORES, master_data

from tsunagu.contracts import messages as m
from tsunagu.contracts.values import Disposition
from tsunagu.retailer.till_documents import tax_by_rate

__all__ = ["DEPOT", "LOCATIONS", "PRICES", "SKUS", "STORES", "master_data"]

PRICES: Mapping[str, int] = {sku: 1000 + 10 * place for place, sku in enumerate(SKUS)}
_TAX_PERCENT = 10
_GROUP = "g"


def delivery(delivery_id: str, now: datetime, place: str, pieces: Counter[str]) -> m.ReceiveStock:
    """Goods from outside."""
    return m.ReceiveStock.model_validate(
        {
            "delivery_id": delivery_id, "location_id": place, "occurred_at": now,
            "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in pieces.items()],
        }
    )  # fmt: skip


def sale(number: int, now: datetime, store: str, pieces: Mapping[str, int]) -> m.SaleRecorded:
    """Goods over the counter."""
    return m.SaleRecorded.model_validate(_receipt(number, now, store, pieces))


def handover_receipt(
    number: int, now: datetime, store: str, order_id: str, pieces: Mapping[str, int]
) -> m.SaleRecorded:
    """The receipt of goods that were ordered, which is their handover."""
    body = _receipt(number, now, store, pieces)
    for line in body["lines"]:
        line.update(order_id=order_id, order_line_id=line["sku"])
    return m.SaleRecorded.model_validate(body)


def till_return(number: int, now: datetime, store: str, sku: str, disposition: Disposition) -> m.SaleReturned:
    """A piece comes back over the counter, without its receipt."""
    body = _receipt(number, now, store, {sku: 1})
    body["lines"][0]["disposition"] = disposition
    return m.SaleReturned.model_validate(body)


def order(
    order_id: str,
    now: datetime,
    store: str | None,
    wanted: Mapping[str, int],
    *,
    prepaid: bool,
    partial: bool,
) -> m.PlaceOrder:
    """An order for pickup in a store, or, without one, for parcels. Each SKU is a line of that name."""
    way = {"method": "pickup", "location_id": store} if store else {"method": "ship", "prefecture": "JP-13"}
    lines = [
        {
            "line_id": sku, "group_id": _GROUP, "sku": sku, "quantity": quantity,
            "unit_price_jpy": PRICES[sku], "tax_percent": _TAX_PERCENT,
        }
        for sku, quantity in wanted.items()
    ]  # fmt: skip
    return m.PlaceOrder.model_validate(
        {
            "order_id": order_id, "occurred_at": now, "channel": "ec", "customer_ref": "ec:7",
            "groups": [{"group_id": _GROUP, **way}], "lines": lines, "allow_partial": partial,
            "payment": "prepaid" if prepaid else "at_pickup",
        }
    )  # fmt: skip


def cancellation(cancel_id: str, now: datetime, order_id: str) -> m.CancelOrder:
    """All that is still open is not wanted any more."""
    return m.CancelOrder(cancel_id=cancel_id, order_id=order_id, channel="ec", occurred_at=now)


def handover(handover_id: str, now: datetime, store: str, order_id: str) -> m.HandOver:
    """The shopper is found at the desk, and given all that waits."""
    return m.HandOver(handover_id=handover_id, order_id=order_id, location_id=store, occurred_at=now)


def delivered(parcel: m.ShipParcel, now: datetime) -> m.ConfirmDelivery:
    """A parcel has arrived."""
    return m.ConfirmDelivery(
        confirmation_id=f"{parcel.parcel_id}-delivered",
        parcel_id=parcel.parcel_id,
        order_id=parcel.order_id,
        occurred_at=now,
    )


def order_return(
    return_id: str, now: datetime, store: str, order_id: str, sku: str, disposition: Disposition
) -> m.ReturnItems:
    """A piece of an order comes back, reported by its channel."""
    line = {"line_id": sku, "sku": sku, "quantity": 1, "disposition": disposition}
    return m.ReturnItems.model_validate(
        {
            "return_id": return_id, "order_id": order_id, "channel": "ec", "location_id": store,
            "occurred_at": now, "lines": [line],
        }
    )  # fmt: skip


def count(count_id: str, now: datetime, place: str, sku: str, pieces: int) -> m.CountStock:
    """So many pieces are on the shelf."""
    return m.CountStock.model_validate(
        {
            "count_id": count_id, "location_id": place, "scope": "shelf", "counted_at": now, "occurred_at": now,
            "lines": [{"sku": sku, "quantity": pieces}],
        }
    )  # fmt: skip


def settlement(task: m.Task, now: datetime) -> m.SettleDiscrepancy:
    """Goods that were set apart are good."""
    return m.SettleDiscrepancy.model_validate(
        {
            "settlement_id": f"{task.task_id}-{task.version}", "discrepancy_id": task.task_id,
            "location_id": task.location_id, "resolution": "accept", "occurred_at": now,
        }
    )  # fmt: skip


def _receipt(number: int, now: datetime, store: str, pieces: Mapping[str, int]) -> dict[str, Any]:
    lines = [
        {
            "line_id": str(place), "sku": sku, "quantity": quantity, "amount_jpy": PRICES[sku] * quantity,
            "tax_percent": _TAX_PERCENT,
        }
        for place, (sku, quantity) in enumerate(pieces.items(), start=1)
    ]  # fmt: skip
    return {
        "receipt_id": f"receipt-{number:03}", "location_id": store, "register_id": "1", "receipt_number": number,
        "business_date": date(now.year, now.month, now.day), "occurred_at": now, "lines": lines,
        "tax_by_rate": tax_by_rate((_TAX_PERCENT, int(str(line["amount_jpy"]))) for line in lines),
    }  # fmt: skip
