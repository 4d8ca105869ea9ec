"""Clocks that are years off, and more pieces than anybody has: refused or kept with the reason, and nothing waits."""

import json
from datetime import datetime
from typing import Any

import pytest

from inventory.domain.stock import PIECES_MAX, Stock
from inventory.sql import SQL
from tsunagu.contracts import messages as m
from tsunagu.contracts.envelope import Record
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.message import Message
from tsunagu.contracts.topics import INVENTORY_COMMANDS, POS_SALES, Topic
from tsunagu.contracts.values import QUANTITY_MAX
from tsunagu.testing.harness import all_of, only, record_of

LINES = 300  # of QUANTITY_MAX pieces each: as many as the books can hold


def changed(message: Message, **fields: Any) -> Record:
    """The message's record with these fields on its first line, or on the message where it has them itself."""
    record = record_of(message)
    body = json.loads(record.value or b"")
    for name, value in fields.items():
        (body if name in body else body["lines"][0])[name] = value
    return Record(record.key, json.dumps(body).encode(), record.headers)


async def letters(world: Any) -> list[tuple[str, bool]]:
    rows = await world.connection.fetch("SELECT reason, parks_key FROM dead_letter ORDER BY dead_letter_id")
    return [(row["reason"], row["parks_key"]) for row in rows]


async def deliver(world: Any, topic: Topic, *records: Record) -> list[Message]:
    await world.running.deliver_records(topic, records)
    sent: list[Message] = await world.running.sent()
    return sent


def a_delivery(location_id: str, *quantities: int) -> m.ReceiveStock:
    lines = tuple({"sku": "A", "quantity": quantity} for quantity in quantities)
    return m.ReceiveStock(
        delivery_id=uuid7(), location_id=location_id, occurred_at=datetime.now().astimezone(), lines=lines
    )


@pytest.mark.wide
@pytest.mark.component
@pytest.mark.parametrize("quantity", [0, QUANTITY_MAX + 1, 2**31, -(2**31), 2**63, 10**30, 1.5, "1"])
async def test_sale__a_quantity_that_is_none__a_dead_letter_says_why_and_the_till_goes_on(
    world: Any, a: Any, quantity: Any
) -> None:
    sale = a.sale("S1", [("A", 1)])
    await deliver(world, POS_SALES, changed(sale, quantity=quantity), record_of(a.sale("S1", [("A", 2)])))
    assert await letters(world) == [("invalid", False)]
    assert "lines.0.quantity" in await world.connection.fetchval("SELECT detail FROM dead_letter")
    assert (await world.stock("S1", "A"))["on_hand"] == -2
    await deliver(world, POS_SALES, record_of(sale))
    assert (await world.stock("S1", "A"))["on_hand"] == -3, "sent again, right, it is booked"


@pytest.mark.wide
@pytest.mark.component
@pytest.mark.parametrize(
    "occurred_at",
    [
        "2026-04-01T09:30:00",
        "2026-04-01T09:30:00 Asia/Nowhere",
        "2026-04-01T09:30:00JST",
        "2026-04-01T09:30:00+99:00",
        "1969-12-31T23:59:59Z",
        "1970-01-01T08:59:59+09:00",
        "0001-01-01T00:00:00+09:00",
        "9999-12-31T23:59:59-12:00",
        "12026-04-01T09:30:00Z",
        1_764_018_154,
    ],
)
async def test_sale__a_time_that_is_none__a_dead_letter_says_why_and_the_till_goes_on(
    world: Any, a: Any, occurred_at: Any
) -> None:
    broken = changed(a.sale("S1", [("A", 1)]), occurred_at=occurred_at)
    await deliver(world, POS_SALES, broken, record_of(a.sale("S1", [("A", 2)])))
    assert await letters(world) == [("invalid", False)]
    assert "occurred_at" in await world.connection.fetchval("SELECT detail FROM dead_letter")
    assert (await world.stock("S1", "A"))["on_hand"] == -2


@pytest.mark.wide
@pytest.mark.component
@pytest.mark.parametrize(
    ("occurred_at", "mark"),
    [
        ("9998-12-31T23:59:59Z", "future"),
        ("2126-04-01T09:30:00+09:00", "future"),
        ("2000-01-01T00:00:00+09:00", "long_ago"),
        ("1970-01-01T00:00:00Z", "long_ago"),
    ],
)
async def test_facts__of_a_clock_that_is_years_off__booked_when_recorded_and_marked(
    world: Any, a: Any, occurred_at: str, mark: str
) -> None:
    """Booked at its own time, a sale of 2000 would be one that every count has seen, and change nothing."""
    await world.deliver(a.stocked("S1", A=10), a.count("S1", {"A": 9}))
    out = await deliver(world, POS_SALES, changed(a.sale("S1", [("A", 2)]), occurred_at=occurred_at))
    assert (await world.stock("S1", "A"))["on_hand"] == 7
    row = await world.connection.fetchrow("SELECT * FROM movement WHERE type = 'sale'")
    assert (row["mark"], row["occurred_at"]) == (mark, row["recorded_at"])
    out += await deliver(world, INVENTORY_COMMANDS, changed(a_delivery("S1", 5), occurred_at=occurred_at))
    assert only(out, m.StockReceived).kind == "delivery"
    assert (await world.stock("S1", "A"))["on_hand"] == 12
    assert await letters(world) == []


@pytest.mark.wide
@pytest.mark.component
async def test_count__of_a_clock_that_is_years_off__is_one_of_now(world: Any, a: Any) -> None:
    """Compared with the books of 2000, which were empty, it would double what is there."""
    await world.deliver(a.stocked("S1", A=10))
    count = a.count("S1", {"A": 9})
    out = await deliver(world, INVENTORY_COMMANDS, changed(count, counted_at="2000-01-01T00:00:00+09:00"))
    assert only(out, m.StockCounted).lines[0].expected == 10
    assert (await world.stock("S1", "A"))["on_hand"] == 9


@pytest.mark.wide
@pytest.mark.component
async def test_deliveries__more_pieces_than_a_line_may_have__are_available(world: Any, a: Any) -> None:
    out = await world.deliver(a_delivery("S1", QUANTITY_MAX, QUANTITY_MAX))
    assert only(out, m.Availability).available == 2 * QUANTITY_MAX


@pytest.mark.wide
@pytest.mark.component
@pytest.mark.parametrize("sign", [1, -1])
async def test_on_hand__beyond_what_the_books_hold__a_dead_letter_says_why_and_all_else_goes_on(
    world: Any, a: Any, sign: int
) -> None:
    lines = [("A", QUANTITY_MAX)] * LINES
    document, topic = (a.till_return, POS_SALES) if sign > 0 else (a.sale, POS_SALES)
    full = document("S1", lines)
    await deliver(world, topic, record_of(full))
    assert (await world.stock("S1", "A"))["on_hand"] == sign * PIECES_MAX
    one_more = document("S1", [("B", 1), ("A", 1)])
    await deliver(world, topic, record_of(one_more))
    assert await letters(world) == [("too_many_pieces", False)]
    assert "A at S1" in await world.connection.fetchval("SELECT detail FROM dead_letter")
    assert await world.stock("S1", "B") in ({}, await world.stock("S1", "B")), "nothing of it is booked"
    assert await world.connection.fetchval("SELECT count(*) FROM movement WHERE sku = 'B'") == 0
    void = a.void("S1", [("C", 1)], receipt_id=one_more.receipt_id)
    await deliver(world, topic, record_of(void), record_of(a.sale("S1", [("C", 2)])))
    assert (await world.stock("S1", "C"))["on_hand"] == -1, "its key and its till go on"


@pytest.mark.wide
@pytest.mark.component
async def test_settlement__beyond_what_the_books_hold__is_refused(world: Any, a: Any) -> None:
    await deliver(world, POS_SALES, record_of(a.till_return("S1", [("A", QUANTITY_MAX)] * LINES)))
    task = only(await world.deliver(a.till_return("S1", [("B", 1)], "inspect")), m.Task)
    settle = m.SettleDiscrepancy(
        settlement_id="T1", discrepancy_id=task.task_id, location_id="S1", resolution="accept",
        lines=({"sku": "A", "change": 1},), occurred_at=a.now(),
    )  # fmt: skip
    out = await deliver(world, INVENTORY_COMMANDS, record_of(settle))
    refusal = only(out, m.CommandRefused)
    assert (refusal.reason, refusal.command_id) == ("too_many_pieces", "T1")
    assert await letters(world) == []


@pytest.mark.wide
@pytest.mark.component
async def test_count__lines_that_add_up_to_more_than_a_line_may_have__a_dead_letter_says_why(
    world: Any, a: Any
) -> None:
    lines = tuple({"sku": "A", "quantity": QUANTITY_MAX} for _ in range(2))
    await deliver(world, INVENTORY_COMMANDS, record_of(a.count("S1", {}, lines=lines)))
    assert await letters(world) == [("too_many_pieces", False)]
    assert not all_of(await world.running.sent(), m.StockCounted)


@pytest.mark.wide
@pytest.mark.component
async def test_available__every_column_at_its_limit__fits_the_table(world: Any) -> None:
    """The worst that the books let through, in both directions."""
    await world.connection.execute("SET session_replication_role = replica")
    for on_hand, others in ((PIECES_MAX, 0), (-PIECES_MAX, PIECES_MAX)):
        stock = Stock(on_hand, *([others] * (len(Stock._fields) - 1)))
        places = ", ".join(f"${number}" for number in range(1, len(Stock._fields) + 1))
        await world.connection.execute(
            f"INSERT INTO stock (location_id, sku, {', '.join(Stock._fields)}) VALUES ('L', '{on_hand}', {places})",
            *stock,
        )
        assert (await world.connection.fetchrow(SQL.read_stock, ["L"], [str(on_hand)]))[
            "available"
        ] == stock.available
    await world.connection.execute("DELETE FROM stock")
