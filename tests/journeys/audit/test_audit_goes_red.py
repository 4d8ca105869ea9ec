"""The audit is green after a day through the real services, and goes red as soon as one thing is tampered with."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from audit.app import audit
from audit.report import Report
from tsunagu.contracts import messages as m
from tsunagu.contracts import topics as t
from tsunagu.contracts.envelope import Record, decode
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.message import Message
from tsunagu.contracts.topics import TOPIC_BY_NAME
from tsunagu.testing.harness import record_of

from .conftest import RunDay, World
from .day import (
    ASKED,
    BROKEN,
    CANCELLED,
    CUP,
    GINZA,
    IN_WAVE,
    LOST,
    PAID_AT_TILL,
    PICKED_UP,
    RETURNED,
    SALE,
    SCARF,
    UMEDA,
    WAVE,
    now,
    play,
    sku_line,
    till,
    work,
)

pytestmark = [pytest.mark.journey]

OLD_OUTBOX_ROW = """
INSERT INTO outbox (topic, records, batch, recorded_at) VALUES ('order.events', 1, '', now() - interval '1h')
"""
SET_ASIDE = (
    "INSERT INTO set_aside (topic, key, headers, reason) VALUES ('order.events', 'o-1', '', 'too large')"
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(run_day: RunDay) -> World:
    return await run_day(play)


def everything(report: Report) -> str:
    return "\n".join(f"{h}: {f.subject}: {f.why}" for h in report.red for f in report.of(h))


def assert_red(report: Report, heading: Any, subject: str) -> None:
    """Only this heading is red, and it names this order, SKU or receipt."""
    assert report.red == (heading,), everything(report)
    assert any(subject in finding.subject for finding in report.of(heading)), everything(report)


async def test_audit__a_day_without_a_fault__is_green(world: World) -> None:
    report = await audit(world.kafka, world.databases)
    assert report.ok, everything(report)
    assert "rules_passed_over" not in report.counts
    assert report.counts["orders"] == 11


COPY_OF_THE_SALE = """
INSERT INTO movement (location_id, sku, type, quantity, staged, document_id, message_id, occurred_at, recorded_at)
SELECT location_id, sku, type, quantity, staged, document_id, message_id, occurred_at, recorded_at FROM movement
WHERE document_id = 'receipt-sale' AND sku = 'scarf'
"""
DELETE_MOVEMENT = "DELETE FROM movement WHERE document_id = 'receipt-sale' AND sku = 'scarf'"
COPY_OF_THE_CREDIT = """
INSERT INTO credit_entry (sale_id, document_id, role, party_kind, party_id, amount_jpy, policy_id, cause_kind,
                          cause_id, recorded_at)
SELECT sale_id, document_id, role, party_kind, party_id, amount_jpy, policy_id, cause_kind, cause_id, recorded_at
FROM credit_entry WHERE sale_id = 'receipt:receipt-sale'
"""
DEAD_LETTER = """
INSERT INTO dead_letter (topic, partition, log_offset, key, headers, reason, detail, parks_key, recorded_at)
VALUES ('pos.sales', 0, 7, 'receipt-x', '', 'json', 'the value is not JSON', false, now())
"""
BEHIND = [
    "DELETE FROM consumed_offset WHERE topic <> 'pos.sales'",
    "UPDATE consumed_offset SET next_offset = 1",
]
NOT_COMPLETED = f"""
UPDATE order_line SET completed = 0, returned = 0, returned_jpy = 0 WHERE order_id = '{PICKED_UP}'
"""
OPEN_AGAIN = """
UPDATE task SET state = 'open' WHERE task_id = (SELECT min(task_id) FROM task WHERE state = 'done')
"""
CREDIT_AND_DOCUMENT_GONE = [
    "DELETE FROM credit_entry WHERE sale_id = 'receipt:receipt-sale'",
    "DELETE FROM sale_document WHERE sale_id = 'receipt:receipt-sale'",
]
SCARF_IN_GINZA = "WHERE location_id = 'ginza' AND sku = 'scarf'"

Case = tuple[str, Any, str, str]


def one_of_each(cases: Sequence[Case]) -> list[Any]:
    """The first case that makes a heading red by a database or topic; `make test-wide` has the others."""
    marked: list[Any] = []
    seen: set[tuple[str, str]] = set()
    for case in cases:
        where, _, heading, _ = case
        marked.append(pytest.param(*case, marks=pytest.mark.wide) if (where, heading) in seen else case)
        seen.add((where, heading))
    return marked


@pytest.mark.parametrize(
    ("database", "statements", "heading", "subject"),
    one_of_each([
        ("inventory", [DELETE_MOVEMENT], "unbalanced", f"{SCARF} at {GINZA}"),
        (
            "inventory",
            [DELETE_MOVEMENT, f"UPDATE stock SET on_hand = on_hand + 2 {SCARF_IN_GINZA}"],
            "lost",
            f"{SCARF} at {GINZA}",
        ),
        ("inventory", [COPY_OF_THE_SALE], "doubled", f"{SCARF} at {GINZA}"),
        (
            "inventory",
            [f"UPDATE stock SET on_hand = on_hand + 1 {SCARF_IN_GINZA}"],
            "unbalanced",
            f"{SCARF} at {GINZA}",
        ),
        (
            "inventory",
            [f"UPDATE stock SET reserved = reserved + 1 {SCARF_IN_GINZA}"],
            "unbalanced",
            f"{SCARF} at {GINZA}",
        ),
        ("inventory", ["UPDATE allocation SET quantity = 500 WHERE state = 'reserved'"], "oversold", SCARF),
        ("inventory", ["DELETE FROM allocation WHERE state = 'reserved'"], "unbalanced", SCARF),
        ("inventory", [OLD_OUTBOX_ROW], "lost", "order.events"),
        ("inventory", [SET_ASIDE], "dead_letters", "o-1"),
        ("customer", [DEAD_LETTER], "dead_letters", "receipt-x"),
        ("customer", BEHIND, "lost", "pos.sales"),
        ("customer", ["DELETE FROM purchase_line WHERE purchase_id = 'receipt-sale'"], "lost", SALE),
        ("customer", ["DELETE FROM known_ref WHERE ref = 'ec:7'"], "lost", ""),
        ("customer", ["UPDATE purchase SET published_customer_id = NULL"], "lost", ""),
        (
            "customer",
            ["UPDATE purchase_line SET amount_jpy = amount_jpy + 1 WHERE purchase_id = 'receipt-sale'"],
            "unbalanced",
            SALE,
        ),
        ("customer", ["UPDATE purchase SET kept_jpy = 0 WHERE purchase_id = 'receipt-sale'"], "unbalanced", SALE),
        ("insight", ["DELETE FROM credit_entry WHERE sale_id = 'receipt:receipt-sale'"], "unbalanced", SALE),
        ("insight", [COPY_OF_THE_CREDIT], "doubled", SALE),
        ("insight", ["UPDATE kpi SET amount = amount + 1 WHERE name = 'sales_jpy'"], "unbalanced", "sales_jpy:all"),
        ("insight", ["UPDATE kpi SET amount = 0 WHERE name = 'orders_placed'"], "unbalanced", "orders_placed:all"),
        (
            "insight",
            CREDIT_AND_DOCUMENT_GONE,
            "lost",
            SALE,
        ),
        ("insight", ["DELETE FROM journal_entry WHERE document_id = 'sale:receipt-sale'"], "lost", SALE),
        (
            "insight",
            ["UPDATE journal_entry SET amount_jpy = amount_jpy + 1 WHERE document_id = 'sale:receipt-sale'"],
            "unbalanced",
            SALE,
        ),
        (
            "insight",
            ["UPDATE journal_entry SET booked_on = happened_on WHERE document_id = 'sale:receipt-sale'"],
            "unbalanced",
            SALE,
        ),
        (
            "order",
            [f"UPDATE order_line SET refunded_jpy = 0 WHERE order_id = '{PAID_AT_TILL}'"],
            "unbalanced",
            PAID_AT_TILL,
        ),
        ("pickup", [f"UPDATE goods SET pieces = 0 WHERE work_id = '{LOST}'"], "unbalanced", LOST),
        ("inventory", ["DELETE FROM movement WHERE document_id = 'parcel-3' AND type = 'return'"], "unbalanced", SCARF),
        ("order", [f"UPDATE orders SET status = 'confirmed' WHERE order_id = '{PICKED_UP}'"], "lost", PICKED_UP),
        (
            "order",
            [f"UPDATE order_line SET refunded_jpy = refunded_jpy - 1 WHERE order_id = '{CANCELLED}'"],
            "unbalanced",
            CANCELLED,
        ),
        ("order", [NOT_COMPLETED], "lost", PICKED_UP),
        ("order", [f"UPDATE orders SET version = version + 1 WHERE order_id = '{PICKED_UP}'"], "lost", PICKED_UP),
        ("pickup", [OPEN_AGAIN], "lost", ""),
        ("pickup", ["UPDATE shipment SET version = version + 1"], "lost", ""),
        ("pickup", ["UPDATE transfer SET shipped_at = NULL, state = 'cancelled'"], "lost", ""),
        (
            "inventory",
            ["DELETE FROM movement WHERE document_id = 'receiving-of-nobody'"],
            "unbalanced",
            f"{CUP} at {UMEDA}",
        ),
        ("pickup", [f"DELETE FROM goods WHERE work_id = '{PICKED_UP}'"], "unbalanced", PICKED_UP),
        ("pickup", ["UPDATE task SET wave_id = NULL WHERE task_id <> 'wave' AND wave_id = 'wave'"], "lost", ""),
        (
            "order",
            [f"UPDATE orders SET progress = progress #- '{{links,choice}}' WHERE order_id = '{ASKED}'"],
            "lost",
            ASKED,
        ),
        ("order", [f"UPDATE orders SET choice_answer_by = NULL WHERE order_id = '{ASKED}'"], "lost", ASKED),
        ("customer", [f"DELETE FROM notice WHERE order_id = '{PICKED_UP}' AND kind = 'ready'"], "lost", PICKED_UP),
        ("customer", [f"UPDATE notice SET state = 'sent' WHERE order_id = '{PICKED_UP}'"], "lost", PICKED_UP),
        (
            "customer",
            [
                "UPDATE notice SET state = 'waiting', ended_at = NULL, due_at = now() - interval '1 hour'"
                f" WHERE order_id = '{PICKED_UP}' AND kind = 'ready'"
            ],
            "lost",
            PICKED_UP,
        ),
        (
            "edge-channels",
            [f"DELETE FROM outgoing WHERE subject = '{CANCELLED}' AND name = 'order.confirmed'"],
            "lost",
            CANCELLED,
        ),
        (
            "edge-channels",
            [f"UPDATE outgoing SET next_at = now() - interval '1 hour' WHERE subject = '{CANCELLED}'"],
            "lost",
            CANCELLED,
        ),
        (
            "edge-channels",
            [f"UPDATE outgoing SET state = 'sent' WHERE subject = '{CANCELLED}' AND name = 'order.ready'"],
            "lost",
            CANCELLED,
        ),
        ("pickup", ["UPDATE due_work SET due_at = now() - interval '1 hour'"], "lost", ""),
    ]),
)  # fmt: skip
async def test_audit__a_row_was_tampered_with__one_heading_is_red_and_names_it(
    world: World, database: str, statements: list[str], heading: str, subject: str
) -> None:
    async with world.tampered(database, *statements) as databases:
        report = await audit(world.kafka, databases)
    assert_red(report, heading, subject)


Records = Sequence[Record]
Change = Callable[[Records], tuple[Records, Records]]
"""A topic's records → what the topic has instead, and what it has beside it."""


def decoded(topic: str, record: Record) -> Any:
    return decode(TOPIC_BY_NAME[topic], record.key, record.value, record.headers)


def latest(topic: str, records: Records, kind: type[Message], key: str) -> Record:
    """The last record of this class under a key."""
    return next(
        record
        for record in reversed(records)
        if record.key == key.encode() and isinstance(decoded(topic, record).message, kind)
    )


def without(topic: str, kind: type[Message], key: str) -> Change:
    def change(records: Records) -> tuple[Records, Records]:
        gone = latest(topic, records, kind, key)
        return [record for record in records if record is not gone], ()

    return change


def with_other_body(topic: str, kind: type[Message], key: str, **fields: Any) -> Change:
    def change(records: Records) -> tuple[Records, Records]:
        old = latest(topic, records, kind, key)
        body = decoded(topic, old).message.model_dump(mode="json") | fields
        value = kind.model_validate(body).model_dump_json(exclude_none=True).encode()
        return [old._replace(value=value) if record is old else record for record in records], ()

    return change


def with_another(topic: str, which: Callable[[Any], bool], other: Callable[[Any], dict[str, Any]]) -> Change:
    """The last message that it is about has other fields."""

    def change(records: Records) -> tuple[Records, Records]:
        old = next(record for record in reversed(records) if which(decoded(topic, record).message))
        message = decoded(topic, old).message
        changed = type(message).model_validate(message.model_dump(mode="json") | other(message))
        value = changed.model_dump_json(exclude_none=True).encode()
        return [old._replace(value=value) if record is old else record for record in records], ()

    return change


def with_again(topic: str, kind: type[Message], key: str, *, new_id: bool, **fields: Any) -> Change:
    """The same message comes again: under another ce_id, or under its own with another body."""

    def change(records: Records) -> tuple[Records, Records]:
        old = latest(topic, records, kind, key)
        body = decoded(topic, old).message.model_dump(mode="json") | fields
        value = kind.model_validate(body).model_dump_json(exclude_none=True).encode()
        headers = [(n, uuid7().encode() if new_id and n == "ce_id" else v) for n, v in old.headers]
        return records, [Record(old.key, value if fields else old.value, headers)]

    return change


def beside(record: Record) -> Change:
    return lambda records: (records, [record])


NEVER_BOOKED = till(m.SaleRecorded, "receipt-never", GINZA, sku_line(CUP))
NEVER_ANSWERED = work(m.CancelOrder, PICKED_UP, cancel_id="never", channel="ec")
LATE = now() + timedelta(days=1)
in_another_wave = with_another(
    "pickup.tasks", lambda task: task.order_id == IN_WAVE, lambda task: {"parent_id": "wave-of-nobody"}
)
about_another_transfer = with_another(
    "inventory.tasks",
    lambda task: task.kind == "discrepancy" and task.transfer_id == "transfer-of-nobody",
    lambda task: {"transfer_id": "another"},
)
at_twice_the_cost = with_another(
    "pickup.shipments",
    lambda shipment: shipment.left_at is not None,
    lambda shipment: {
        "cost_jpy": 2 * shipment.cost_jpy,
        "transfers": [part.model_dump() | {"cost_jpy": 2 * part.cost_jpy} for part in shipment.transfers],
    },
)
MANY = [
    {"allocation_id": "a", "line_id": f"line-{SCARF}", "sku": SCARF, "quantity": 500, "location_id": GINZA}
]
TOO_MUCH_TAX = [{"tax_percent": 10, "taxable_jpy": 4400, "tax_jpy": 401}]
GARBAGE = Record(b"receipt-garbage", b"{", record_of(NEVER_BOOKED).headers)


@pytest.mark.parametrize(
    ("topic", "change", "heading", "subject"),
    one_of_each([
        ("inventory.events", without("inventory.events", m.StockIssued, PICKED_UP), "lost", PICKED_UP),
        ("order.events", without("order.events", m.CommandRefused, "order-of-nobody"), "lost", "order-of-nobody"),
        ("order.state", without("order.state", m.Order, PICKED_UP), "lost", PICKED_UP),
        ("pos.sales", beside(record_of(NEVER_BOOKED)), "lost", "receipt-never"),
        ("order.commands", beside(record_of(NEVER_ANSWERED)), "lost", "never"),
        ("pos.sales", beside(GARBAGE), "lost", "receipt-garbage"),
        ("dlq.order", beside(GARBAGE), "dead_letters", "receipt-garbage"),
        ("order.events", with_again("order.events", m.OrderCompleted, PICKED_UP, new_id=True), "doubled", PICKED_UP),
        ("order.events", with_again("order.events", m.RefundDue, CANCELLED, new_id=True), "doubled", CANCELLED),
        (
            "order.events",
            with_again("order.events", m.OrderCancelled, CANCELLED, new_id=False, reason="other"),
            "doubled",
            CANCELLED,
        ),
        (
            "pos.sales",
            with_other_body("pos.sales", m.SaleRecorded, RETURNED, tax_by_rate=TOO_MUCH_TAX),
            "unbalanced",
            RETURNED,
        ),
        ("pickup.tasks", with_other_body("pickup.tasks", m.Task, WAVE, lines=[]), "lost", WAVE),
        ("pickup.tasks", in_another_wave, "lost", WAVE),
        ("inventory.tasks", about_another_transfer, "lost", "transfer-of-nobody"),
        ("pickup.shipments", at_twice_the_cost, "unbalanced", ""),
        ("order.events", with_other_body("order.events", m.ChoiceRequested, ASKED, answer_by=LATE), "lost", ASKED),
        (
            "inventory.events",
            with_other_body("inventory.events", m.StockReserved, CANCELLED, allocations=MANY),
            "oversold",
            CANCELLED,
        ),
    ]),
)  # fmt: skip
async def test_audit__a_record_was_tampered_with__one_heading_is_red_and_names_it(
    world: World, topic: str, change: Change, heading: str, subject: str
) -> None:
    records, extra = change(world.log[topic])
    async with world.retold(topic, records, extra):
        report = await audit(world.kafka, world.databases)
    assert_red(report, heading, subject)


async def test_audit__a_relay_sent_a_record_twice__is_green(world: World) -> None:
    topic = t.ORDER_EVENTS.name
    records, extra = with_again(topic, m.OrderCompleted, PICKED_UP, new_id=False)(world.log[topic])
    async with world.retold(topic, records, extra):
        report = await audit(world.kafka, world.databases)
    assert report.ok, everything(report)


async def test_audit__a_promise_was_broken__is_no_oversell(world: World) -> None:
    """The day has two short picks: one order is held elsewhere now, one nowhere, and the audit has followed them."""
    said = [decoded("inventory.events", record) for record in world.log["inventory.events"]]
    assert [each.key for each in said if isinstance(each.message, m.PromiseBroken)] == [BROKEN, ASKED]
