"""What people send: each a message of the contracts, drawn up when it happens."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from tests.simulator.master_data import DEPOT, LOCATIONS, SKUS, STORES, master_data

from tsunagu.contracts import messages as m
from tsunagu.contracts.values import CancelledBy, DeskCheck, Disposition, TrackingStatus
from tsunagu.retailer.till_documents import staff_of
from tsunagu.tax import tax_by_rate

from .order import Line

__all__ = ["DEPOT", "LOCATIONS", "PRICES", "SKUS", "STORES", "master_data"]

PRICES: Mapping[str, int] = {sku: 1000 + 10 * place for place, sku in enumerate(SKUS)}
WRONG_CODE = hashlib.sha256(b"of no order").hexdigest()
_TAX_PERCENT = 10
_CHANNEL = "ec"

# stock


def delivery(delivery_id: str, now: datetime, place: str, pieces: Mapping[str, int]) -> m.ReceiveStock:
    """Goods from outside."""
    lines = [{"sku": sku, "quantity": quantity} for sku, quantity in pieces.items()]
    return m.ReceiveStock.model_validate(
        {"delivery_id": delivery_id, "location_id": place, "occurred_at": now, "lines": lines}
    )


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


# tills


def sale(number: int, now: datetime, store: str, pieces: Mapping[str, int]) -> m.SaleRecorded:
    """Goods over the counter."""
    return m.SaleRecorded.model_validate(_receipt(number, now, store, pieces.items()))


def handover_receipt(
    number: int, now: datetime, store: str, order_id: str, pieces: Iterable[tuple[Line, int]]
) -> m.SaleRecorded:
    """The receipt of goods that were ordered, which is their handover."""
    pieces = list(pieces)
    body = _receipt(number, now, store, [(line.sku, quantity) for line, quantity in pieces])
    for till_line, (line, _) in zip(body["lines"], pieces, strict=True):
        till_line.update(order_id=order_id, order_line_id=line.line_id)
    return m.SaleRecorded.model_validate(body)


def till_return(
    number: int,
    now: datetime,
    store: str,
    sku: str,
    disposition: Disposition,
    order_line: tuple[str, str] | None = None,
) -> m.SaleReturned:
    """A piece comes back over the counter and is paid back, without its receipt; `order_line` is what it was of."""
    body = _receipt(number, now, store, [(sku, 1)])
    body["lines"][0]["disposition"] = disposition
    if order_line is not None:
        order_id, line_id = order_line
        body["lines"][0].update(order_id=order_id, order_line_id=line_id)
    return m.SaleReturned.model_validate(body)


def _receipt(number: int, now: datetime, store: str, pieces: Iterable[tuple[str, int]]) -> dict[str, Any]:
    lines = [
        {
            "line_id": str(place), "sku": sku, "quantity": quantity, "amount_jpy": PRICES[sku] * quantity,
            "tax_percent": _TAX_PERCENT,
        }
        for place, (sku, quantity) in enumerate(pieces, start=1)
    ]  # fmt: skip
    return {
        "receipt_id": f"receipt-{number:03}", "location_id": store, "register_id": "1", "receipt_number": number,
        "business_date": date(now.year, now.month, now.day), "occurred_at": now, "lines": lines,
        "tax_by_rate": tax_by_rate((_TAX_PERCENT, int(str(line["amount_jpy"]))) for line in lines),
    }  # fmt: skip


# orders


def order(
    order_id: str, now: datetime, lines: Iterable[tuple[Line, int]], *, prepaid: bool, partial: bool
) -> m.PlaceOrder:
    """An order of these lines, so many pieces of each."""
    lines = list(lines)
    groups = {line.group_id: {"group_id": line.group_id, **way_to(line.store)} for line, _ in lines}
    return m.PlaceOrder.model_validate(
        {
            "order_id": order_id, "occurred_at": now, "channel": _CHANNEL, "customer_ref": "ec:7",
            "groups": list(groups.values()), "allow_partial": partial,
            "payment": "prepaid" if prepaid else "at_pickup",
            "lines": [
                {
                    "line_id": line.line_id, "group_id": line.group_id, "sku": line.sku, "quantity": pieces,
                    "unit_price_jpy": line.price_jpy, "tax_percent": _TAX_PERCENT,
                }
                for line, pieces in lines
            ],
        }
    )  # fmt: skip


def way_to(store: str | None) -> dict[str, str]:
    """How goods reach the shopper: in a store, or in a parcel."""
    return {"method": "pickup", "location_id": store} if store else {"method": "ship", "prefecture": "JP-13"}


def cancellation(
    cancel_id: str, now: datetime, order_id: str, by: CancelledBy, pieces: Mapping[str, int]
) -> m.CancelOrder:
    """These pieces by line are not wanted any more; without any, all that is open."""
    lines = [{"line_id": line_id, "quantity": quantity} for line_id, quantity in pieces.items()]
    return m.CancelOrder.model_validate(
        {
            "cancel_id": cancel_id, "order_id": order_id, "channel": _CHANNEL, "occurred_at": now,
            "cancelled_by": by, "lines": lines,
        }
    )  # fmt: skip


def change(
    change_id: str, now: datetime, order_id: str, group_id: str, store: str | None
) -> m.ChangeFulfilment:
    """A group shall reach the shopper another way."""
    return m.ChangeFulfilment.model_validate(
        {
            "change_id": change_id, "order_id": order_id, "channel": _CHANNEL, "group_id": group_id,
            "occurred_at": now, **way_to(store),
        }
    )  # fmt: skip


def order_return(
    return_id: str, now: datetime, store: str, order_id: str, line: Line, disposition: Disposition
) -> m.ReturnItems:
    """A piece of an order comes back, reported by its channel."""
    body = {"line_id": line.line_id, "sku": line.sku, "quantity": 1, "disposition": disposition}
    return m.ReturnItems.model_validate(
        {
            "return_id": return_id, "order_id": order_id, "channel": _CHANNEL, "location_id": store,
            "occurred_at": now, "lines": [body],
        }
    )  # fmt: skip


# pickup


def handover(
    handover_id: str,
    now: datetime,
    store: str,
    order_id: str,
    pieces: Mapping[str, int],
    *,
    code_hash: str | None = None,
    offline: bool = False,
) -> m.HandOver:
    """The shopper is given these pieces by line, or all that waits; without a code, somebody answers for it."""
    lines = [{"line_id": line_id, "quantity": quantity} for line_id, quantity in pieces.items()]
    return m.HandOver.model_validate(
        {
            "handover_id": handover_id, "order_id": order_id, "location_id": store, "occurred_at": now,
            "code_hash": code_hash, "lines": lines, "done_offline": offline, "staff_ref": staff_of(store),
            "desk_check": DeskCheck.ID_DOCUMENT if code_hash is None else None,
        }
    )  # fmt: skip


def delivered(parcel: m.ShipParcel, confirmation_id: str, now: datetime) -> m.ConfirmDelivery:
    """A parcel has arrived."""
    return m.ConfirmDelivery(
        confirmation_id=confirmation_id,
        parcel_id=parcel.parcel_id,
        order_id=parcel.order_id,
        occurred_at=now,
    )


def tracked(
    parcel: m.ShipParcel, tracking_id: str, now: datetime, status: TrackingStatus
) -> m.ReportTracking:
    """The carrier says what has become of a parcel."""
    return m.ReportTracking(
        tracking_id=tracking_id,
        parcel_id=parcel.parcel_id,
        order_id=parcel.order_id,
        status=status,
        occurred_at=now,
    )


def pause(pause_id: str, now: datetime, store: str) -> m.PausePickup:
    """A store takes no new work until it says so."""
    return m.PausePickup(pause_id=pause_id, location_id=store, reason="busy", occurred_at=now)


def resume(resume_id: str, now: datetime, store: str) -> m.ResumePickup:
    """A store takes new work again."""
    return m.ResumePickup(resume_id=resume_id, location_id=store, occurred_at=now)
