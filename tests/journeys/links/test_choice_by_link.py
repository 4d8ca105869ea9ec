"""A pick finds nothing; the shopper chooses another store by the link in their mail, and collects there."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from tsunagu.contracts import messages as m
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.message import Event, Message
from tsunagu.contracts.topics import CUSTOMER_EVENTS, INVENTORY_EVENTS, ORDER_EVENTS, PICKUP_EVENTS
from tsunagu.contracts.values import ChoiceKind, DeskCheck, PersonalData
from tsunagu.retailer.newsfeed import Newsfeed
from tsunagu.retailer.players.registrars import seal, sealing_key
from tsunagu.retailer.sender import KafkaSender
from tsunagu.stack.services import installed_services
from tsunagu.stack.system import System
from tsunagu.testing.mail_server import TestMailServer, mail_server

# A system of its own for one story; short picks and the links are tested by themselves.
pytestmark = [pytest.mark.journey, pytest.mark.wide]

PATIENCE_SECONDS = 120.0  # far above what any step takes; reached only when something is broken
PARTS = {"inventory", "order", "pickup", "customer", "edge-shopper"}
NEAR, FAR, ORDERED_AT = "J002", "J003", "J001"

M = TypeVar("M", bound=Message)


def now() -> datetime:
    return datetime.now(UTC)


def a_store(location_id: str, latitude: float) -> m.Location:
    return m.Location.model_validate(
        {
            "location_id": location_id,
            "version": 1,
            "name_ja": f"{location_id}店",
            "name_en": f"Store {location_id}",
            "company_id": "C1",
            "kind": "store",
            "prefecture": "JP-13",
            "city": "渋谷区",
            "address": "1-1",
            "latitude": latitude,
            "longitude": 139.70,
            "pickup_enabled": True,
            "pick_minutes_per_day": 600,
        }
    )


def a_shirt() -> m.Product:
    return m.Product(
        sku="SHIRT",
        version=1,
        style_id="SHIRT",
        name_ja="シャツ",
        name_en="Shirt",
        category="shirts",
        price_jpy=1980,
        tax_class="standard",
        active=True,
    )


def stocked(location_id: str, pieces: int) -> m.AdjustStock:
    return m.AdjustStock.model_validate(
        {
            "adjustment_id": uuid7(),
            "location_id": location_id,
            "reason": "opening",
            "lines": [{"sku": "SHIRT", "change": pieces}],
            "occurred_at": now(),
        }
    )


def an_order(order_id: str, customer_ref: str) -> m.PlaceOrder:
    return m.PlaceOrder.model_validate(
        {
            "order_id": order_id,
            "channel": "ec",
            "customer_ref": customer_ref,
            "groups": [{"group_id": "g1", "method": "pickup", "location_id": ORDERED_AT}],
            "lines": [
                {
                    "line_id": "l1",
                    "group_id": "g1",
                    "sku": "SHIRT",
                    "quantity": 1,
                    "unit_price_jpy": 1980,
                    "tax_percent": 10,
                }
            ],
            "payment": "prepaid",
            "occurred_at": now(),
        }
    )


class Outside:
    """Who speaks to the system from outside, and all events that were heard."""

    def __init__(self, kafka: str, mail: TestMailServer) -> None:
        self.events: list[Message] = []
        self.mail = mail
        self._sender = KafkaSender(kafka)
        topics = (ORDER_EVENTS, INVENTORY_EVENTS, PICKUP_EVENTS, CUSTOMER_EVENTS)
        self._news = Newsfeed(kafka, topics)
        for topic in topics:
            self._news.listen_to_all(topic, self.events.append)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Outside"]:
        await self._sender.start()
        await self._news.start()
        hearing = asyncio.create_task(self._news.run())
        try:
            yield self
        finally:
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)
            await self._news.stop()
            await self._sender.stop()

    async def send(self, *messages: Message) -> None:
        for message in messages:
            await self._sender.send(message, "journey")

    async def heard(self, kind: type[M], *, times: int = 1) -> M:
        """The event of this kind that is heard as the first, second … one."""

        def found() -> list[M]:
            return [event for event in self.events if isinstance(event, kind)]

        await until(lambda: len(found()) >= times, f"{kind.__name__} is heard {times} times")
        return found()[times - 1]

    async def mailed(self, *, subject: str) -> str:
        """The text of the mail with this subject."""

        def found() -> list[str]:
            return [one.text for one in self.mail.deliveries if subject in str(one.message["Subject"])]

        await until(lambda: bool(found()), f"a mail comes: {subject}")
        return found()[0]

    def kinds_of(self, order_id: str) -> Sequence[str]:
        """What order has said of an order, in its order."""
        return [
            type(event).__name__
            for event in self.events
            if type(event) in ORDER_EVENTS.messages
            and isinstance(event, Event)
            and getattr(event, "order_id", None) == order_id
        ]


async def until(is_so: Callable[[], bool], what: str) -> None:
    """Wait until something is so. Fails with `what` when patience ends."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < end, f"this never happened: {what}"
        await asyncio.sleep(0.05)


def token_in(mail: str) -> str:
    found = re.search(r"https://shop\.example\.jp/o/([A-Za-z0-9_-]{22})", mail)
    assert found is not None, mail
    return found[1]


async def page_that_says(client: httpx.AsyncClient, token: str, text: str) -> str:
    """The page of a link, once it says this: the process hears of its order a moment later than others."""
    end = time.monotonic() + PATIENCE_SECONDS
    while text not in (page := (await client.get(f"/o/{token}", params={"lang": "en"})).text):
        assert time.monotonic() < end, page
        await asyncio.sleep(0.6)  # below what one address may ask
    return page


@pytest.mark.timeout(600)
async def test_short_pick__choice_by_link__is_collected_at_the_other_store(tmp_path: Path) -> None:
    async with mail_server() as mail:
        system = System(
            tmp_path / "home",
            [service for service in installed_services() if service.name in PARTS],
            environment={
                "TSUNAGU_CUSTOMER_SMTP_HOST": "127.0.0.1",
                "TSUNAGU_CUSTOMER_SMTP_PORT": str(mail.port),
                "TSUNAGU_CUSTOMER_SMTP_TLS": "none",
                "TSUNAGU_CUSTOMER_MAIL_FROM": "orders@shop.example.jp",
                "TSUNAGU_CUSTOMER_ORDER_LINK_URL": "https://shop.example.jp/o/{token}",
            },
        )
        addresses = await system.start()
        watching = asyncio.create_task(system.watch())
        try:
            key = await sealing_key(addresses.http["customer"])
            async with (
                Outside(addresses.kafka_bootstrap_servers, mail).listening() as outside,
                httpx.AsyncClient(base_url=addresses.http["edge-shopper"], timeout=10) as client,
            ):
                await play(outside, client, key)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await system.stop()


async def play(outside: Outside, client: httpx.AsyncClient, key: Any) -> None:
    order_id, customer_ref = uuid7(), f"ec:{uuid7()}"
    await outside.send(
        a_store(ORDERED_AT, 35.66),
        a_store(FAR, 35.80),
        a_store(NEAR, 35.67),
        a_shirt(),
        m.IdentifyCustomer(
            identification_id=uuid7(),
            customer_ref=customer_ref,
            channel="ec",
            sealed=seal(PersonalData(emails=("hanako@example.jp",), language="en"), key),
            occurred_at=now(),
        ),
        *(stocked(location_id, 1) for location_id in (ORDERED_AT, NEAR, FAR)),
    )
    await outside.heard(m.CustomerIdentified)
    await outside.heard(m.StockAdjusted, times=3)
    await outside.send(an_order(order_id, customer_ref))

    asked = await outside.heard(m.PickRequested)
    confirmation = await outside.mailed(subject="Your order is confirmed")
    await outside.send(
        m.ReportShortPick.model_validate(
            {
                "short_pick_id": uuid7(),
                "order_id": order_id,
                "location_id": ORDERED_AT,
                "allocation_id": asked.allocations[0].allocation_id,
                "line_id": "l1",
                "sku": "SHIRT",
                "quantity": 1,
                "kind": "missing",
                "occurred_at": now(),
            }
        )
    )
    question = await outside.heard(m.ChoiceRequested)
    assert [(one.kind, one.location_id) for one in question.options] == [
        (ChoiceKind.PICKUP_ELSEWHERE, NEAR),
        (ChoiceKind.PICKUP_ELSEWHERE, FAR),
        (ChoiceKind.SHIP, None),
        (ChoiceKind.CANCEL, None),
    ]

    token = token_in(await outside.mailed(subject="Please choose"))
    assert token != token_in(confirmation)
    page = await page_that_says(client, token, f"Pick up at Store {NEAR}")
    [number] = re.findall(r'name="number" value="(\d+)"', page)
    form = {"choice": f"pickup_elsewhere:{NEAR}", "number": number}
    answers = [await client.post(f"/o/{token}", data=form) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]

    changed = await outside.heard(m.OrderChanged)
    assert [group.location_id for group in changed.groups] == [NEAR]
    again = await outside.heard(m.PickRequested, times=2)
    assert again.location_id == NEAR
    allocation = again.allocations[0]
    await outside.send(
        m.ConfirmPick(
            pick_id=uuid7(),
            order_id=order_id,
            location_id=NEAR,
            allocation_id=allocation.allocation_id,
            line_id=allocation.line_id,
            sku="SHIRT",
            quantity=1,
            occurred_at=now(),
        )
    )
    await outside.mailed(subject="ready for pickup")
    await outside.send(
        m.HandOver(
            handover_id=uuid7(),
            order_id=order_id,
            location_id=NEAR,
            staff_ref="staff:7",
            desk_check=DeskCheck.ORDER_MAIL,
            occurred_at=now(),
        )
    )
    completed = await outside.heard(m.OrderCompleted)

    assert (completed.location_id, completed.order_finished) == (NEAR, True)
    assert outside.kinds_of(order_id) == [
        "OrderPlaced",
        "OrderConfirmed",
        "ChoiceRequested",
        "OrderChanged",
        "OrderReallocated",
        "OrderReady",
        "OrderCompleted",
    ]
    await page_that_says(client, token, "It is done.")
    late = await client.post(f"/o/{token}", data={"choice": "cancel", "number": "2"})
    assert late.status_code == 303
    assert [one for one in outside.events if isinstance(one, m.CommandRefused | m.OrderCancelled)] == []
