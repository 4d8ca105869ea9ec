"""The whole pipeline's SQL, the people around it, and the network that they are in."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from aiokafka import TopicPartition

from customer.app import SERVICE as CUSTOMER
from insight.app import SERVICE as INSIGHT
from inventory.app import SERVICE as INVENTORY
from order.app import SERVICE as ORDER
from pickup.app import SERVICE as PICKUP
from tsunagu.chassis.service import Service
from tsunagu.contracts.envelope import Record, decode
from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import (
    ConfirmPick,
    HandOver,
    OrderCompleted,
    OrderReady,
    PickupCode,
    PlaceOrder,
    SaleRecorded,
    Task,
)
from tsunagu.contracts.topics import TOPIC_BY_NAME, TOPICS
from tsunagu.contracts.values import (
    CompletedLine,
    FulfilmentGroup,
    FulfilmentMethod,
    OrderLine,
    Payment,
    TaskLine,
    TaskState,
)
from tsunagu.retailer.sender import record_of
from tsunagu.testing.harness import harness
from tsunagu.testing.plugin import NewDatabase

from .network import lanes, locations, products
from .shop_floor import ShopFloor
from .stock import EMPTY_EVERY, LANES_PER_STORE, sellable
from .stock import SQL as STOCK
from .whole import SQL

STORES, SKUS, PIECES = 50, 20, 1_000
NOW = datetime.now(UTC)
WHOSE = {
    "progress": (INVENTORY, ORDER, PICKUP, CUSTOMER, INSIGHT),
    "dead_letters": (INVENTORY, ORDER, PICKUP, CUSTOMER, INSIGHT),
    "orders_by_status": (ORDER,),
    "rows_off_the_ledger": (INVENTORY,),
    "pieces_kept": (INVENTORY,),
    "purchases": (CUSTOMER,),
    "sales": (INSIGHT,),
}


class Said:
    """Stands in for Kafka: gives what the services say, all at once, and keeps what is answered."""

    def __init__(self, *messages: Message) -> None:
        self._messages: Sequence[Message] = messages
        self.answers: list[Message] = []

    async def getmany(self, timeout_ms: int) -> dict[TopicPartition, list[Any]]:
        said, self._messages = self._messages, ()
        records = [(_topic_of(message), record_of(message, "test")) for message in said]
        return {TopicPartition("all", 0): [_Read(topic, record) for topic, record in records]}

    async def send(
        self, topic: str, value: bytes, key: bytes, headers: list[tuple[str, bytes | None]]
    ) -> None:
        message = decode(TOPIC_BY_NAME[topic], key, value, headers).message
        assert message is not None
        self.answers.append(message)


def _topic_of(message: Message) -> str:
    """The first of its topics: tasks of pickup stand before those of others."""
    return next(topic.name for topic in TOPICS if type(message) in topic.messages)


class _Read:
    def __init__(self, topic: str, record: Record) -> None:
        self.topic, self.key, self.value, self.headers = topic, record.key, record.value, record.headers


def an_order(payment: Payment) -> PlaceOrder:
    return PlaceOrder(
        order_id="O1", channel="ec", customer_ref="ec:1", payment=payment, occurred_at=NOW,
        groups=(FulfilmentGroup(group_id="g1", method=FulfilmentMethod.PICKUP, location_id="S1"),),
        lines=(_line(),),
    )  # fmt: skip


def _line() -> OrderLine:
    return OrderLine(line_id="1", group_id="g1", sku="K1", quantity=2, unit_price_jpy=1_000, tax_percent=10)


def a_pick(state: TaskState, version: int = 1) -> Task:
    return Task(
        task_id="T1", version=version, kind="pick", subject="Pick", order_id="O1", location_id="S1",
        lines=(TaskLine(sku="K1", quantity=2, line_id="1", allocation_id="A1"),),
        owner="S1", due_at=NOW, state=state, created_at=NOW,
    )  # fmt: skip


def ready() -> OrderReady:
    return OrderReady(
        order_id="O1", version=3, occurred_at=NOW, channel="ec", group_id="g1", location_id="S1", lines=(_line(),)
    )  # fmt: skip


def a_code() -> PickupCode:
    return PickupCode(order_id="O1", version=1, token="t" * 22, digits="123456", valid_until=NOW)


def completed() -> OrderCompleted:
    return OrderCompleted(
        order_id="O1", version=4, occurred_at=NOW, channel="ec", group_id="g1", method=FulfilmentMethod.PICKUP,
        location_id="S1", payment=Payment.PREPAID, placed_at=NOW, order_finished=True,
        lines=(CompletedLine(line_id="1", group_id="g1", sku="K1", quantity=2, amount_jpy=2_000, tax_percent=10),),
    )  # fmt: skip


async def answers_to(payment: Payment, *messages: Message) -> list[Message]:
    """What the shop floor does about messages after which the order is collected."""
    said = Said(*messages, completed())
    floor = ShopFloor(said, said, {"O1": an_order(payment)})
    await floor.serve(["O1"], 5.0)
    assert list(floor.completed) == ["O1"]
    return said.answers


async def test_shop_floor__a_task_is_told_twice__is_done_once() -> None:
    [pick] = await answers_to(Payment.PREPAID, a_pick(TaskState.OPEN), a_pick(TaskState.OPEN, version=2))
    assert isinstance(pick, ConfirmPick)
    assert (pick.allocation_id, pick.quantity) == ("A1", 2)


async def test_shop_floor__a_task_has_ended__does_nothing() -> None:
    assert await answers_to(Payment.PREPAID, a_pick(TaskState.DONE)) == []


async def test_shop_floor__ready_and_paid_for__shows_the_code_once_it_is_there() -> None:
    assert await answers_to(Payment.PREPAID, ready()) == []
    [handover] = await answers_to(Payment.PREPAID, ready(), a_code())
    assert isinstance(handover, HandOver)
    assert handover.code_hash == hashlib.sha256(b"t" * 22).hexdigest()


async def test_shop_floor__ready_and_to_be_paid__pays_the_order_s_lines_at_the_till() -> None:
    [receipt] = await answers_to(Payment.AT_PICKUP, a_code(), ready())
    assert isinstance(receipt, SaleRecorded)
    assert [(line.order_id, line.order_line_id, line.amount_jpy) for line in receipt.lines] == [
        ("O1", "1", 2_000)
    ]


async def test_shop_floor__nothing_comes_true__ends_with_an_error() -> None:
    said = Said()
    floor = ShopFloor(said, said, {"O1": an_order(Payment.PREPAID)})
    with pytest.raises(TimeoutError, match="1 orders"):
        await floor.serve(["O1"], 0.0)


@pytest.mark.wide
@pytest.mark.component
@pytest.mark.parametrize("service", [INVENTORY, ORDER, PICKUP, CUSTOMER, INSIGHT], ids=lambda s: s.name)
async def test_queries__are_valid_on_the_migrated_database(
    new_database: NewDatabase, service: Service
) -> None:
    assert set(SQL.all()) == set(WHOSE)
    connection = await asyncpg.connect(await new_database(service.migrations))
    try:
        for name, text in SQL.all().items():
            if service in WHOSE[name]:
                await connection.prepare(text)
    finally:
        await connection.close()


@pytest.mark.wide
@pytest.mark.component
async def test_ledger__a_row_of_stock_is_changed_beside_it__is_found(new_database: NewDatabase) -> None:
    connection = await asyncpg.connect(await new_database(INVENTORY.migrations))
    try:
        await connection.execute(STOCK.pass_over_triggers)
        await connection.execute(STOCK.insert_stock, STORES, SKUS, PIECES, sellable(SKUS), EMPTY_EVERY)
        assert await connection.fetchval(SQL.rows_off_the_ledger, PIECES) == 0
        await connection.execute(
            "UPDATE stock SET on_hand = on_hand - 1, reserved = 2 WHERE location_id = 'S1' AND sku = 'K1'"
        )
        assert await connection.fetchval(SQL.rows_off_the_ledger, PIECES) == 1
        assert await connection.fetchval(SQL.pieces_kept) == 2
    finally:
        await connection.close()


@pytest.mark.wide
@pytest.mark.component
async def test_network__told_to_inventory__is_what_the_template_has(new_database: NewDatabase) -> None:
    tables = {
        "lane": "SELECT to_location_id, from_location_id, days, cut_off_minutes, transit_days FROM lane",
        "location": "SELECT location_id, kind, latitude, longitude, pickup_enabled, opens, closes FROM location",
        "product": "SELECT sku, category, price_jpy FROM product",
    }

    async with harness(INVENTORY, await new_database(INVENTORY.migrations)) as inventory:
        connection = inventory.connection

        async def rows() -> dict[str, set[str]]:
            return {name: {str(row) for row in await connection.fetch(text)} for name, text in tables.items()}

        await connection.execute(STOCK.insert_stores, STORES)
        await connection.execute(STOCK.insert_lanes, STORES, LANES_PER_STORE)
        await connection.execute(STOCK.insert_products, SKUS)
        made = await rows()
        assert len(made["lane"]) == STORES * LANES_PER_STORE
        await inventory.deliver(*locations(STORES), *lanes(STORES), *products(SKUS))
        assert await rows() == made
