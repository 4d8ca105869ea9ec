"""The day's script: a bit of everything that a retailer's day has, through the services of `conftest`."""

from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from uuid import uuid4

from tsunagu.contracts import messages as m
from tsunagu.contracts import topics as t
from tsunagu.contracts.message import Message
from tsunagu.testing.harness import only, record_of
from tsunagu.testing.retailer import Retailer

GINZA, UMEDA, DEPOT = "ginza", "umeda", "depot"
COAT, SCARF, CUP, HAT = "coat-m", "scarf", "cup", "hat"
PICKED_UP, CANCELLED, FROM_ELSEWHERE, SENT_HOME, PAID_AT_TILL = (
    "order-picked-up", "order-cancelled", "order-from-elsewhere", "order-sent-home", "order-paid-at-till",
)  # fmt: skip
BROKEN, LOST, CAME_BACK = "order-broken", "order-lost", "order-came-back"
WALKED, IN_WAVE, ASKED, WAVE = "order-walked", "order-in-wave", "order-asked", "wave"
AT_THE_DESK = {"staff_ref": "staff:7", "desk_check": "id_document"}
SALE, VOIDED, RETURNED = "receipt-sale", "receipt-voided", "receipt-returned"


class Sender(Protocol):
    """Whoever takes messages of the day: the services of `conftest`, or a broker."""

    async def send(self, *messages: Message) -> list[Any]:
        """Send messages, and return what is said because of them, where that is known."""


def now() -> datetime:
    return datetime.now(UTC)


def sku_line(sku: str, quantity: int = 1, **fields: Any) -> dict[str, Any]:
    price = {COAT: 11_000, SCARF: 3_300, CUP: 1_100, HAT: 2_200}[sku]
    amounts = {"amount_jpy": price * quantity, "tax_percent": 10}
    return {"line_id": f"line-{sku}", "sku": sku, "quantity": quantity, **amounts, **fields}


def till(
    kind: type[Message], receipt_id: str, location_id: str, *lines: dict[str, Any], **fields: Any
) -> Any:
    amount = sum(line["amount_jpy"] for line in lines)
    body = {
        "occurred_at": now(),
        "receipt_id": receipt_id,
        "location_id": location_id,
        "register_id": "01",
        "receipt_number": 1,
        "business_date": now().date(),
        "customer_ref": "card:4005",
        "lines": lines,
    }
    if kind is not m.SaleVoided:
        body["tax_by_rate"] = [
            {"tax_percent": 10, "taxable_jpy": amount, "tax_jpy": round(amount * 10 / 110)}
        ]
    return kind.model_validate({**body, **fields})


def placing(order_id: str, *skus: str, at: str | None = GINZA, **fields: Any) -> m.PlaceOrder:
    way = {"method": "pickup", "location_id": at} if at else {"method": "ship", "prefecture": "JP-13"}
    lines = [
        {
            "line_id": f"line-{sku}",
            "group_id": "g",
            "sku": sku,
            "quantity": 1,
            "unit_price_jpy": sku_line(sku)["amount_jpy"],
            "tax_percent": 10,
        }
        for sku in skus
    ]
    body = {
        "occurred_at": now(),
        "order_id": order_id,
        "channel": "ec",
        "customer_ref": "ec:7",
        "groups": [{"group_id": "g", **way}],
        "lines": lines,
        "payment": "prepaid",
    }
    return m.PlaceOrder.model_validate({**body, **fields})


def stock_document(kind: type[Message], location_id: str, **fields: Any) -> Any:
    return kind.model_validate({"occurred_at": now(), "location_id": location_id, **fields})


def work(message: type[Message], order_id: str, location_id: str | None = None, **fields: Any) -> Any:
    place = {"location_id": location_id} if location_id else {}
    return message.model_validate({"occurred_at": now(), "order_id": order_id, **place, **fields})


async def play(retailer: Retailer) -> None:
    """A day without a fault: what an audit finds afterwards, somebody has put there."""
    await open_shop(retailer)
    await retailer.rest("capacity")  # inventory hears of what pickers can do before it asks anybody for goods
    await _sell(retailer)
    await _hand_over_orders(retailer)
    await _send_goods(retailer)
    await _receive_what_nobody_knows(retailer)
    await _walk(retailer)
    await _break_a_promise(retailer)
    await _ask_the_shopper(retailer)
    await _send_nonsense(retailer)
    await retailer.rest("shipment", "unmatched", "wave")
    await retailer.rest("capacity", "publish_kpis")


async def open_shop(retailer: Sender) -> None:
    """Three locations, lanes, products and their first delivery."""
    for location_id, kind in ((GINZA, "store"), (UMEDA, "store"), (DEPOT, "warehouse")):
        body = {
            "location_id": location_id,
            "version": 1,
            "name_ja": location_id,
            "name_en": location_id,
            "company_id": "retail",
            "kind": kind,
            "prefecture": "JP-13",
            "city": "中央区",
            "address": "1",
            "latitude": 35.6,
            "longitude": 139.7,
            "pickup_enabled": kind == "store",
            "pick_minutes_per_day": 480,
        }
        await retailer.send(m.Location.model_validate(body))
    for location_id in (UMEDA, DEPOT):
        body = {
            "version": 1,
            "from_location_id": location_id,
            "to_location_id": GINZA,
            "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
            "cut_off": "16:00",
            "carrier": "carrier",
            "cost_jpy": 300,
            "owner": "logistics",
        }
        await retailer.send(m.Lane.model_validate(body))
    for sku in (COAT, SCARF, CUP):
        await retailer.send(_product(sku))
    for location_id, pieces in ((GINZA, 10), (UMEDA, 5), (DEPOT, 20)):
        lines = [{"sku": sku, "quantity": pieces} for sku in (SCARF, CUP)]
        if location_id == DEPOT:
            lines.append({"sku": COAT, "quantity": pieces})
        await retailer.send(
            stock_document(m.ReceiveStock, location_id, delivery_id=f"delivery-{location_id}", lines=lines)
        )
    lines = [{"sku": CUP, "change": -1}]
    await retailer.send(
        stock_document(m.AdjustStock, UMEDA, adjustment_id="adjustment", reason="damage", lines=lines)
    )
    card = {"kind": "member_card", "value": "4005"}
    command = {"identification_id": "who", "customer_ref": "ec:7", "channel": "ec", "identifiers": [card]}
    await retailer.send(m.IdentifyCustomer.model_validate({"occurred_at": now(), **command}))


def _product(sku: str) -> m.Product:
    body = {
        "sku": sku,
        "version": 1,
        "gtins": [],
        "style_id": sku,
        "name_ja": sku,
        "name_en": sku,
        "brand": "house",
        "category": "goods",
        "price_jpy": 1000,
        "tax_class": "standard",
        "active": True,
    }
    return m.Product.model_validate(body)


async def _sell(retailer: Retailer) -> None:
    sale = till(m.SaleRecorded, SALE, GINZA, sku_line(SCARF, 2), sku_line(CUP))
    record = record_of(sale)
    await retailer.send_records((t.POS_SALES, record), (t.POS_SALES, record))
    await retailer.send(sale)  # a till that sends again under another ce_id
    await retailer.send(till(m.SaleRecorded, VOIDED, UMEDA, sku_line(CUP)))
    await retailer.send(till(m.SaleVoided, VOIDED, UMEDA, sku_line(CUP), void_id="void"))
    await retailer.send(till(m.SaleRecorded, RETURNED, UMEDA, sku_line(SCARF), sku_line(CUP)))
    back = sku_line(CUP, disposition="resellable", original_line_id=f"line-{CUP}")
    await retailer.send(till(m.SaleReturned, "receipt-back", UMEDA, back, original_receipt_id=RETURNED))
    counted = [{"sku": CUP, "quantity": 8}]
    await retailer.send(
        stock_document(m.CountStock, GINZA, count_id="count", scope="shelf", counted_at=now(), lines=counted)
    )
    hold = {"hold_id": "cart", "held_until": now() + timedelta(minutes=5), "channel": "app"}
    await retailer.send(stock_document(m.HoldStock, GINZA, **hold, lines=[{"sku": SCARF, "quantity": 1}]))
    await retailer.send(stock_document(m.ReleaseHold, GINZA, hold_id="cart", release_id="release"))


async def _hand_over_orders(retailer: Retailer) -> None:
    said = await retailer.send(placing(PICKED_UP, SCARF, CUP))
    await pick_all(retailer, said)
    handover = work(m.HandOver, PICKED_UP, GINZA, handover_id="handover", **AT_THE_DESK)
    await retailer.send(handover)
    goods = [{"line_id": f"line-{CUP}", "sku": CUP, "quantity": 1, "disposition": "damaged"}]
    returned = {"return_id": "return", "channel": "store", "lines": goods}
    await retailer.send(work(m.ReturnItems, PICKED_UP, UMEDA, **returned))

    said = await retailer.send(placing(CANCELLED, SCARF))
    await pick_all(retailer, said)
    await retailer.send(work(m.CancelOrder, CANCELLED, cancel_id="cancel", channel="ec"))
    put_away = {"put_away_id": "put-away", "lines": [{"sku": SCARF, "quantity": 1}]}
    await retailer.send(work(m.ConfirmPutAway, CANCELLED, GINZA, **put_away))

    said = await retailer.send(placing(PAID_AT_TILL, SCARF, at=UMEDA, payment="at_pickup"))
    await pick_all(retailer, said)
    line = sku_line(SCARF, order_id=PAID_AT_TILL, order_line_id=f"line-{SCARF}")
    await retailer.send(till(m.SaleRecorded, "receipt-order", UMEDA, line))
    goods = [{"line_id": f"line-{SCARF}", "sku": SCARF, "quantity": 1, "disposition": "inspect"}]
    returned = {"return_id": "return-2", "channel": "store", "lines": goods}
    await retailer.send(work(m.ReturnItems, PAID_AT_TILL, GINZA, **returned))


async def _send_goods(retailer: Retailer) -> None:
    said = await retailer.send(placing(FROM_ELSEWHERE, COAT))
    request = only(said, m.PickRequested)
    await pick_all(retailer, said)
    transfer = {"transfer_id": request.transfer_id}
    await retailer.send(
        work(m.ShipTransfer, FROM_ELSEWHERE, request.location_id, shipping_id="shipping", **transfer)
    )
    arrived = [{"line_id": f"line-{COAT}", "sku": COAT, "shipped": 1, "received": 1}]
    await retailer.send(
        work(
            m.ReceiveTransfer, FROM_ELSEWHERE, GINZA, receiving_id="receiving", lines=arrived, complete=True,
            **transfer,
        )
    )  # fmt: skip
    await retailer.send(work(m.HandOver, FROM_ELSEWHERE, GINZA, handover_id="handover-2", **AT_THE_DESK))

    await _send_home(retailer, SENT_HOME, "parcel")
    await retailer.send(work(m.ConfirmDelivery, SENT_HOME, confirmation_id="delivered", parcel_id="parcel"))
    for order_id, parcel_id, status in ((LOST, "parcel-2", "lost"), (CAME_BACK, "parcel-3", "returned")):
        await _send_home(retailer, order_id, parcel_id)
        tracking = {"tracking_id": f"{parcel_id}-ended", "parcel_id": parcel_id, "status": status}
        await retailer.send(work(m.ReportTracking, order_id, **tracking))


async def _send_home(retailer: Retailer, order_id: str, parcel_id: str) -> None:
    said = await retailer.send(placing(order_id, SCARF, at=None))
    request = only(said, m.PickRequested)
    await pick_all(retailer, said)
    sent = [{"line_id": f"line-{SCARF}", "sku": SCARF, "quantity": 1}]
    parcel = {"parcel_id": parcel_id, "carrier": "carrier", "lines": sent}
    await retailer.send(work(m.ShipParcel, order_id, request.location_id, **parcel))


async def _receive_what_nobody_knows(retailer: Retailer) -> None:
    """Goods come in with a transfer that nobody has planned: in the end somebody has to find out whose they are."""
    arrived = [{"line_id": "1", "sku": CUP, "shipped": 1, "received": 1}]
    document = {"receiving_id": "receiving-of-nobody", "transfer_id": "transfer-of-nobody", "complete": True}
    await retailer.send(stock_document(m.ReceiveTransfer, UMEDA, lines=arrived, **document))


async def _walk(retailer: Retailer) -> None:
    """Two orders are picked in one walk; when the day ends one of them is still on the list."""
    said = await retailer.send(placing(WALKED, CUP))
    await retailer.send(placing(IN_WAVE, CUP))
    await retailer.send(stock_document(m.TakeWave, GINZA, wave_id=WAVE, owner="staff:7"))
    await pick_all(retailer, said)


async def _ask_the_shopper(retailer: Retailer) -> None:
    """The only hat is not found, and its shopper has not answered yet when the day ends."""
    await retailer.send(_product(HAT))
    lines = [{"sku": HAT, "quantity": 1}]
    await retailer.send(stock_document(m.ReceiveStock, GINZA, delivery_id="delivery-hat", lines=lines))
    await _report_missing(retailer, ASKED, await retailer.send(placing(ASKED, HAT)))


async def _break_a_promise(retailer: Retailer) -> None:
    """A picker does not find the goods: they come from elsewhere, and wait to be picked when the day ends."""
    await _report_missing(retailer, BROKEN, await retailer.send(placing(BROKEN, SCARF)))


async def _report_missing(retailer: Retailer, order_id: str, said: list[Any]) -> None:
    allocation = only(said, m.PickRequested).allocations[0]
    short = {
        "short_pick_id": f"short {order_id}",
        "line_id": allocation.line_id,
        "allocation_id": allocation.allocation_id,
        "sku": allocation.sku,
        "quantity": 1,
        "kind": "missing",
    }
    await retailer.send(work(m.ReportShortPick, order_id, GINZA, **short))


async def _send_nonsense(retailer: Retailer) -> None:
    """What is refused, with an answer."""
    await retailer.send(work(m.CancelOrder, "order-of-nobody", cancel_id="nonsense", channel="ec"))
    await retailer.send(placing(PICKED_UP, SCARF))


async def pick_all(retailer: Retailer, said: list[Any]) -> None:
    """Pick what was asked for."""
    for request in [message for message in said if isinstance(message, m.PickRequested)]:
        for allocation in request.allocations:
            pick = {
                "pick_id": str(uuid4()),
                "task_id": request.task_id,
                "line_id": allocation.line_id,
                "allocation_id": allocation.allocation_id,
                "sku": allocation.sku,
                "quantity": allocation.quantity,
            }
            await retailer.send(work(m.ConfirmPick, request.order_id, request.location_id, **pick))
