"""Credit follows people: scans that are told late, customers who turn out to be one or two, and the erased."""

import itertools
from datetime import timedelta
from typing import Any

import pytest

from insight.handlers.identities import CREDIT_CUSTOMER, FORGET
from insight.handlers.sightings import CREDIT_SIGHTING
from insight.settings import settings
from tsunagu.contracts import topics
from tsunagu.contracts.ids import uuid7
from tsunagu.testing.harness import record_of

pytestmark = [pytest.mark.component, pytest.mark.wide]

CARD, APP = "card:secret-4005", "app:secret-77"
ALONE, SHARED = {"shibuya": 1000}, {"shibuya": 667, "umeda": 333}


async def settled(insight: Any) -> None:
    """All that is to be looked at once more is looked at now."""
    for kind in (CREDIT_SIGHTING, CREDIT_CUSTOMER):
        await insight.make_due(kind)


async def books_come_out(operator: Any, mothers: Any) -> bool:
    days = {
        "from": f"{mothers.now - timedelta(days=60):%Y-%m-%d}",
        "to": f"{mothers.now + timedelta(days=1):%Y-%m-%d}",
    }
    answer = await operator.get("/credit/comparison", params={"policy_id": "current", **days})
    return answer.json()["differs"] is False


async def test_recorded__the_customer_had_scanned_it_elsewhere__both_stores_are_credited_at_once(
    insight: Any, ledger: Any, mothers: Any
) -> None:
    await insight.deliver(mothers.scanned("a", CARD))

    await insight.deliver(mothers.sale("r", customer_ref=CARD))

    assert await ledger.credit("receipt:r") == SHARED
    await settled(insight)
    assert await ledger.causes("receipt:r") == ["sale"], "nothing is left to correct"


async def test_recorded__a_till_writes_the_card_otherwise_than_the_app__is_the_same_person(
    insight: Any, ledger: Any, mothers: Any
) -> None:
    await insight.deliver(mothers.scanned("a", "App:SECRET-77"), mothers.identified("c1", CARD, APP))
    sale = record_of(mothers.sale("r", customer_ref=CARD))
    assert sale.value is not None
    written = sale.value.replace(CARD.encode(), "ＣＡＲＤ：Secret-4005".encode())
    assert written != sale.value

    await insight.deliver_records(topics.POS_SALES, [sale._replace(value=written)])

    assert await ledger.credit("receipt:r") == SHARED
    await insight.deliver(mothers.customer_erased("c1", "CARD:SECRET-4005", APP))
    await insight.make_due(FORGET)
    left = await insight.connection.fetchval("SELECT count(*) FROM sale_document WHERE ref_hash IS NOT NULL")
    assert left == 0


async def test_scanned__told_after_the_sale__is_a_correction_that_names_the_scan(
    insight: Any, ledger: Any, operator: Any, mothers: Any
) -> None:
    await insight.deliver(
        mothers.sale("r", customer_ref=CARD),
        mothers.till_return("r", lines=[mothers.line(amount_jpy=400, disposition="damaged")]),
    )
    record = record_of(mothers.scanned("a", CARD))
    await insight.deliver_records(topics.SHOPPER_ACTIVITY, [record])

    await settled(insight)

    assert await ledger.credit("receipt:r") == {"shibuya": 400, "umeda": 200}
    assert await ledger.causes("receipt:r") == ["sale", "return", "touchpoint"]
    causes = await insight.connection.fetch(
        "SELECT cause_id, sum(amount_jpy)::bigint FROM credit_entry WHERE cause_kind = 'touchpoint' GROUP BY cause_id"
    )
    told_by = dict(record.headers)["ce_id"] or b""
    assert [tuple(row) for row in causes] == [(told_by.decode(), 0)]
    assert await books_come_out(operator, mothers)


@pytest.mark.parametrize(
    "fields",
    [
        {"sku": "sku-2"},
        {"sku": None},
        {"customer_ref": None},
        {"customer_ref": "card:of-another"},
        {"days": 31},
        {"days": -1},
    ],
)
async def test_scanned__it_does_not_count_for_the_sale__nothing_changes(
    insight: Any, ledger: Any, mothers: Any, fields: Any
) -> None:
    ref, days = fields.pop("customer_ref", CARD), fields.pop("days", 2)
    scan = mothers.scanned("a", ref, occurred_at=mothers.now - timedelta(days=days), **fields)

    await insight.deliver(mothers.sale("r", customer_ref=CARD), scan)
    await settled(insight)

    assert await ledger.credit("receipt:r") == ALONE


@pytest.mark.parametrize("back_as", ["c3", "c2"], ids=["split", "merge undone"])
async def test_merged_and_split__after_the_sale__credit_follows_by_visible_corrections(
    insight: Any, ledger: Any, operator: Any, mothers: Any, back_as: str
) -> None:
    await insight.deliver(
        mothers.scanned("a", APP), mothers.identified("c1", CARD), mothers.identified("c2", APP)
    )
    await insight.deliver(mothers.sale("r", customer_ref=CARD))
    await settled(insight)
    assert await ledger.credit("receipt:r") == ALONE

    later = mothers.now + timedelta(seconds=1)
    await insight.deliver(mothers.customers_merged("c1", "c2", CARD, APP, occurred_at=later))
    await settled(insight)
    assert await ledger.credit("receipt:r") == SHARED
    assert await books_come_out(operator, mothers)

    latest = mothers.now + timedelta(seconds=2)
    await insight.deliver(mothers.customer_split("c1", back_as, [CARD], [APP], occurred_at=latest))
    await settled(insight)
    assert await ledger.credit("receipt:r") == ALONE
    assert await ledger.causes("receipt:r") == ["sale", "customer"]
    assert await books_come_out(operator, mothers)

    undone = mothers.now + timedelta(seconds=3)
    await insight.deliver(mothers.customers_merged("c1", back_as, CARD, APP, occurred_at=undone))
    await settled(insight)
    assert await ledger.credit("receipt:r") == SHARED
    assert await books_come_out(operator, mothers)


async def test_people__messages_in_any_order__leave_the_same_ledger(
    insight: Any, ledger: Any, mothers: Any
) -> None:
    for number, order in enumerate(itertools.permutations(range(4))):
        card, app, one, other = f"card:{number}", f"app:{number}", f"one-{number}", f"other-{number}"
        later = mothers.now + timedelta(seconds=1)
        messages = [
            mothers.sale(f"r{number}", customer_ref=card),
            mothers.scanned(f"a{number}", app, "umeda"),
            mothers.identified(other, app),
            mothers.customers_merged(one, other, card, app, occurred_at=later),
        ]
        for place in order:
            await insight.deliver(messages[place])
        await settled(insight)
        assert await ledger.credit(f"receipt:r{number}") == SHARED, order


async def test_people__merged_and_split_again_in_any_order_of_arrival__what_was_said_last_stands(
    insight: Any, ledger: Any, mothers: Any
) -> None:
    for number, order in enumerate(itertools.permutations(range(4))):
        card, app, one, other = f"card:{number}", f"app:{number}", f"one-{number}", f"other-{number}"
        at = [mothers.now + timedelta(seconds=seconds) for seconds in (1, 2)]
        messages = [
            mothers.sale(f"r{number}", customer_ref=card),
            mothers.scanned(f"a{number}", app),
            mothers.customers_merged(one, other, card, app, occurred_at=at[0]),
            mothers.customer_split(one, f"new-{number}", [card], [app], occurred_at=at[1]),
        ]
        for place in order:
            await insight.deliver(messages[place])
        await settled(insight)
        assert await ledger.credit(f"receipt:r{number}") == ALONE, order


@pytest.mark.parametrize("is_in_order", [True, False])
async def test_people__merged_and_split_again_at_one_moment__what_was_said_last_stands(
    insight: Any, ledger: Any, mothers: Any, is_in_order: bool
) -> None:
    await insight.deliver(mothers.scanned("a", APP), mothers.sale("r", customer_ref=CARD))
    changes = [
        mothers.customers_merged("c2", "c1", CARD, APP, sequence=7_000_001),
        mothers.customer_split("c2", "c1", [APP], [CARD], sequence=7_000_002),
    ]

    for change in changes if is_in_order else reversed(changes):
        await insight.deliver(change)
    await settled(insight)

    assert await ledger.credit("receipt:r") == ALONE


async def test_merged__the_sale_is_older_than_sales_are_restated__it_stays(
    insight: Any, ledger: Any, mothers: Any
) -> None:
    at = mothers.now - timedelta(days=31)
    old = mothers.completed("o", placed_at=at, occurred_at=at, customer_ref=CARD)
    await insight.deliver(old, mothers.scanned("a", APP, occurred_at=at - timedelta(days=1)))
    before = await ledger.credit("order:o")

    await insight.deliver(mothers.customers_merged("c1", "c2", CARD, APP))
    await settled(insight)

    assert await ledger.credit("order:o") == before


async def test_erased__what_was_bought_stays_credited_and_leads_to_nobody(
    insight: Any, ledger: Any, operator: Any, mothers: Any
) -> None:
    await insight.deliver(mothers.scanned("a", APP), mothers.customers_merged("c1", "c2", CARD, APP))
    await insight.deliver(mothers.sale("r", customer_ref=CARD))

    await insight.deliver(mothers.customer_erased("c1", CARD, APP))
    await insight.deliver(
        mothers.sale("late", customer_ref=CARD),
        mothers.scanned("late", APP),
        mothers.identified("c1", CARD, APP, occurred_at=mothers.now + timedelta(hours=1)),
    )
    await settled(insight)
    await insight.make_due(FORGET)

    assert await ledger.credit("receipt:r") == SHARED
    assert await ledger.credit("receipt:late") == ALONE
    left = await insight.connection.fetchrow(
        "SELECT (SELECT count(*) FROM sale_document WHERE ref_hash IS NOT NULL) AS buyers,"
        " (SELECT count(*) FROM sighting) AS sightings, (SELECT count(*) FROM ref_owner) AS owners"
    )
    assert tuple(left) == (0, 0, 0)
    assert await books_come_out(operator, mothers)


async def test_people__no_ref_is_in_the_database__not_even_of_those_who_are_not_erased(
    insight: Any, mothers: Any
) -> None:
    await insight.deliver(
        mothers.scanned("a", APP),
        mothers.customers_merged("c1", "c2", CARD, APP),
        mothers.sale("r", customer_ref=CARD),
        mothers.completed("o", customer_ref=APP),
        mothers.customer_erased("c9", "card:secret-9"),
    )

    tables = [
        row["name"]
        for row in await insight.connection.fetch(
            "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()"
        )
    ]
    assert "ref_owner" in tables
    for table in tables:
        rows = await insight.connection.fetch(f'SELECT t::text AS row FROM "{table}" AS t')
        assert not [row["row"] for row in rows if "secret" in row["row"] or b"secret".hex() in row["row"]], (
            table
        )


async def test_credit_customer__more_sales_than_one_transaction_takes__all_are_credited_anew(
    insight: Any, ledger: Any, mothers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TSUNAGU_INSIGHT_RECREDITED_SALES_MAX", "2")
    settings.cache_clear()
    receipts = [uuid7() for _ in range(5)]
    await insight.deliver(*(mothers.sale(receipt, customer_ref=CARD) for receipt in receipts))

    await insight.deliver(mothers.scanned("a", APP), mothers.customers_merged("c1", "c2", CARD, APP))
    await settled(insight)
    settings.cache_clear()

    for receipt in receipts:
        assert await ledger.credit(f"receipt:{receipt}") == SHARED
