"""What the tills write, and what answers a command."""

import asyncio
from datetime import UTC, date, datetime

import pytest

from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import (
    CancelOrder,
    CancelRequested,
    CommandRefused,
    ConfirmDelivery,
    ParcelDelivered,
)
from tsunagu.contracts.values import Disposition, LineQuantity, OrderLine, PickedLine
from tsunagu.retailer.desk import Desk
from tsunagu.retailer.figures import quantiles
from tsunagu.retailer.intentions import Item, Return, Sale, Void
from tsunagu.retailer.till_documents import TillDocuments

NOW = datetime.now(UTC)
DOCUMENTS = TillDocuments("run", date(2026, 4, 1))
SALE = Sale("S001", "01", 7, (Item("A", 2, 1_100, 10), Item("B", 1, 540, 8)), "card:1")


def test_sale__of_two_rates__adds_up_by_rate() -> None:
    message = DOCUMENTS.message(SALE, NOW)
    assert message.receipt_id == "S001-01-20260401-run-00007"
    assert [(line.sku, line.amount_jpy) for line in message.lines] == [("A", 2_200), ("B", 540)]
    assert [(tax.tax_percent, tax.taxable_jpy, tax.tax_jpy) for tax in message.tax_by_rate] == [
        (8, 500, 40),
        (10, 2_000, 200),
    ]


def test_void__names_the_sale_and_has_a_number_of_its_own() -> None:
    message = DOCUMENTS.message(Void(SALE, 9), NOW)
    assert message.receipt_id == "S001-01-20260401-run-00007"
    assert message.receipt_number == 9
    assert message.identity() != message.receipt_id
    assert message.record_key() == message.receipt_id


def test_return__is_one_piece_on_a_receipt_of_its_own() -> None:
    message = DOCUMENTS.message(Return(SALE, 12, Disposition.INSPECT), NOW)
    assert message.receipt_id.endswith("00012")
    assert [(line.sku, line.quantity, line.amount_jpy) for line in message.lines] == [("A", 1, 1_100)]


def test_handover__receipt__names_every_order_line() -> None:
    lines = [
        OrderLine(line_id="1", group_id="pickup", sku="A", quantity=2, unit_price_jpy=500, tax_percent=10)
    ]
    receipt = DOCUMENTS.handover(lines, "o1", "S001", "90", 1, NOW, None)
    assert [(line.order_id, line.order_line_id, line.amount_jpy) for line in receipt.lines] == [
        ("o1", "1", 1_000)
    ]


class _Post:
    """Remembers what was sent."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.thrice = asyncio.Event()

    async def send(self, message: Message, source: str) -> None:
        self.sent.append(message)
        if len(self.sent) == 3:
            self.thrice.set()


async def test_desk__no_answer__sends_the_same_command_again() -> None:
    desk, post = Desk(resend_seconds=0.01), _Post()
    asking = asyncio.create_task(desk.ask(_cancel(), post, "ec-site"))
    await post.thrice.wait()
    assert desk.waiting == 1
    assert set(post.sent) == {_cancel()}
    desk.hear(_requested())
    assert await asking == _requested()
    assert desk.waiting == 0


async def test_desk__the_same_is_asked_again_before_the_answer__it_answers_both() -> None:
    desk, post = Desk(), _Post()
    asking = [asyncio.create_task(desk.ask(_cancel(), post, "ec-site")) for _ in range(2)]
    await asyncio.sleep(0)
    assert desk.waiting == 2
    desk.hear(_requested())
    assert await asyncio.gather(*asking) == [_requested()] * 2
    assert desk.waiting == 0


async def test_desk__one_of_two_that_ask_the_same_goes_away__the_other_is_answered() -> None:
    desk, post = Desk(), _Post()
    gone, stays = (asyncio.create_task(desk.ask(_cancel(), post, "ec-site")) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    desk.hear(_requested())
    assert await stays == _requested()


async def test_desk__a_refusal__is_an_answer() -> None:
    desk, post = Desk(), _Post()
    asking = asyncio.create_task(desk.ask(_cancel(), post, "ec-site"))
    await asyncio.sleep(0)
    refused = CommandRefused(
        command_id="c1",
        command_type="tsunagu.order.cancel.v1",
        command_key="o1",
        reason="late",
        occurred_at=NOW,
    )
    desk.hear(refused)
    assert await asking == refused


async def test_desk__news_of_others__answers_nothing() -> None:
    desk, post = Desk(), _Post()
    asking = asyncio.create_task(desk.ask(_cancel(), post, "ec-site"))
    await asyncio.sleep(0)
    desk.hear(_requested(cancel_id="another"))
    assert desk.waiting == 1
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert desk.waiting == 0


async def test_desk__a_delivery__is_answered_by_its_parcel() -> None:
    desk, post = Desk(), _Post()
    command = ConfirmDelivery(confirmation_id="d1", parcel_id="p1", order_id="o1", occurred_at=NOW)
    asking = asyncio.create_task(desk.ask(command, post, "carrier"))
    await asyncio.sleep(0)
    delivered = ParcelDelivered(
        order_id="o1",
        version=9,
        parcel_id="p1",
        location_id="W001",
        lines=(PickedLine(line_id="1", sku="A", quantity=1),),
        occurred_at=NOW,
    )
    desk.hear(delivered)
    assert await asking == delivered


def test_quantiles__nearest_rank__are_values_that_were_measured() -> None:
    values = [float(value) for value in range(1, 101)]
    assert quantiles(values) == {"p50": 50.0, "p95": 95.0, "p99": 99.0}
    assert quantiles([7.0]) == {"p50": 7.0, "p95": 7.0, "p99": 7.0}
    assert quantiles([]) == {"p50": None, "p95": None, "p99": None}


def _cancel() -> CancelOrder:
    return CancelOrder(cancel_id="c1", order_id="o1", channel="ec", occurred_at=NOW)


def _requested(cancel_id: str = "c1") -> CancelRequested:
    return CancelRequested(
        order_id="o1",
        version=3,
        channel="ec",
        cancel_id=cancel_id,
        lines=(LineQuantity(line_id="1", quantity=1),),
        reason="customer_request",
        occurred_at=NOW,
    )
