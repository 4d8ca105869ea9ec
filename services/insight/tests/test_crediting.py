"""Credit as the service books it, from the messages of the other services."""

import itertools
from typing import Any

import pytest

from tsunagu.contracts import topics
from tsunagu.contracts.ids import uuid7
from tsunagu.testing.harness import record_of

pytestmark = pytest.mark.component


async def test_completed__a_pickup_that_another_store_showed__is_credited_to_all_who_earned_it(
    insight: Any, ledger: Any, mothers: Any
) -> None:
    await insight.deliver(mothers.completed("o", touchpoints=[mothers.scan("umeda")]))

    assert await ledger.credit("order:o") == {"shibuya": 400, "umeda": 200, "ec": 400}


async def test_completed__shipped_from_a_store__the_store_that_sent_it_and_ec_earn(
    insight: Any, ledger: Any, mothers: Any
) -> None:
    await insight.deliver(mothers.completed("o", method="ship", location_id="umeda"))

    assert await ledger.credit("order:o") == {"umeda": 222, "ec": 667, "logistics": 111}


async def test_recorded__a_till_sale__is_credited_to_its_store(
    insight: Any, ledger: Any, mothers: Any
) -> None:
    await insight.deliver(mothers.sale("r"))

    assert await ledger.credit("receipt:r") == {"shibuya": 1000}


async def test_recorded__lines_of_an_order__are_credited_once_with_the_order(
    insight: Any, ledger: Any, mothers: Any
) -> None:
    lines = [mothers.line("1"), mothers.line("2", order_id="o", order_line_id="1")]

    await insight.deliver(
        mothers.sale("r", lines=lines), mothers.completed("o", receipt_id="r", touchpoints=[])
    )

    assert await ledger.credit("receipt:r") == {"shibuya": 1000}
    total = await insight.connection.fetchval("SELECT sum(amount_jpy) FROM credit_entry")
    assert total == 2000


async def test_voided_and_returned__lines_of_an_order__are_left_to_order(
    insight: Any, ledger: Any, mothers: Any
) -> None:
    of_order = mothers.line("1", order_id="o", order_line_id="1")

    await insight.deliver(
        mothers.completed("o", receipt_id="r"),
        mothers.void("r", lines=[of_order]),
        mothers.till_return("r", lines=[{**of_order, "disposition": "resellable"}]),
    )

    assert await insight.connection.fetchval("SELECT count(*) FROM sale_document") == 1
    assert sum((await ledger.credit("order:o")).values()) == 1000


async def test_completed__the_same_event_in_two_records__is_credited_once(
    insight: Any, ledger: Any, mothers: Any
) -> None:
    completed = mothers.completed("o")

    await insight.deliver_records(topics.ORDER_EVENTS, [record_of(completed), record_of(completed)])

    assert sum((await ledger.credit("order:o")).values()) == 1000


async def test_items_returned__part_of_an_order__is_taken_back_at_the_shares_of_the_sale(
    insight: Any, ledger: Any, mothers: Any
) -> None:
    completed = mothers.completed(
        "o",
        touchpoints=[mothers.scan("umeda")],
        lines=[mothers.line(group_id="g", quantity=2, amount_jpy=2000)],
    )

    await insight.deliver(completed, mothers.items_returned("o"))

    assert await ledger.credit("order:o") == {"shibuya": 400, "umeda": 200, "ec": 400}
    assert await ledger.causes("order:o") == ["sale", "return"]


async def test_till_documents__sale_return_and_void_in_any_order__leave_the_same_ledger(
    insight: Any, ledger: Any, mothers: Any
) -> None:
    lines = [mothers.line("1", 1000), mothers.line("2", 501)]
    for number, order in enumerate(itertools.permutations(range(3))):
        one, other = f"r{number}", f"v{number}"
        documents = [
            mothers.sale(one, lines=lines),
            mothers.till_return(
                one, lines=[mothers.line("9", 700, disposition="damaged", original_line_id="1")]
            ),
            mothers.till_return(one, lines=[mothers.line("1", 501, disposition="resellable", sku="sku-2")]),
        ]
        voided = [
            mothers.sale(other, lines=lines),
            mothers.till_return(other),
            mothers.void(other, lines=lines),
        ]
        for place in order:
            await insight.deliver(documents[place], voided[place])

        assert await ledger.credit(f"receipt:{one}") == {"shibuya": 300}
        assert await ledger.credit(f"receipt:{other}") == {}


async def test_returned__before_its_sale__waits_and_is_booked_as_a_correction(
    insight: Any, ledger: Any, mothers: Any
) -> None:
    await insight.deliver(mothers.till_return("r"))
    assert await ledger.credit("receipt:r") == {}

    await insight.deliver(mothers.sale("r"))

    assert await ledger.credit("receipt:r") == {}
    assert await ledger.causes("receipt:r") == ["sale", "return"]


async def test_returned__without_a_receipt__takes_nobodys_credit(insight: Any, mothers: Any) -> None:
    await insight.deliver(mothers.sale("r"), mothers.till_return(None))

    assert await insight.connection.fetchval("SELECT sum(credited_jpy) FROM sale") == 1000


async def test_unmatched__handover_of_an_unknown_order__is_a_plain_sale_and_its_return_takes_it_back(
    insight: Any, ledger: Any, mothers: Any
) -> None:
    await insight.deliver(mothers.unmatched("o"))
    assert await ledger.credit("order:o") == {"shibuya": 1000}

    await insight.deliver(mothers.return_unmatched("o"))
    assert await ledger.credit("order:o") == {}


async def test_unmatched__order_tells_of_the_same_receipt_after_all__is_credited_once_and_by_orders_word(
    insight: Any, ledger: Any, mothers: Any
) -> None:
    await insight.deliver(mothers.unmatched("o"), mothers.completed("o", receipt_id="r-1"))

    assert await ledger.credit("order:o") == {"shibuya": 500, "ec": 500}
    assert await ledger.causes("order:o") == ["sale", "retold"]


async def test_collected__a_till_receipt_of_a_closed_order__is_credited_to_the_store_once(
    insight: Any, ledger: Any, mothers: Any
) -> None:
    await insight.deliver(
        mothers.collected("o"),
        mothers.settlement("o", receipt_id="r-1"),
        mothers.collected("p", after_close=False),
        mothers.collected("q", lines=[]),
    )

    assert await ledger.credit("order:o") == {"shibuya": 1000}
    assert await ledger.credit("order:p") == await ledger.credit("order:q") == {}


async def test_settlement_due__goods_of_a_closed_order__are_credited_where_the_shopper_owes_them(
    insight: Any, ledger: Any, mothers: Any
) -> None:
    await insight.deliver(
        mothers.settlement("o"),
        mothers.settlement("p", owed_by="retailer"),
        mothers.collected("o", receipt_id=None, proof="code", lines=[mothers.line(amount_jpy=None)]),
    )

    assert await ledger.credit("order:o") == {"shibuya": 500, "ec": 500}
    assert await ledger.credit("order:p") == {}


async def test_located__a_warehouse_that_was_unknown__its_credit_goes_to_logistics(
    insight: Any, ledger: Any, mothers: Any
) -> None:
    await insight.deliver(mothers.completed("o", method="ship", location_id="new"))
    assert await ledger.credit("order:o") == {"new": 222, "ec": 667, "logistics": 111}

    await insight.deliver(mothers.location("new", "warehouse"))
    await insight.work_due()

    assert await ledger.credit("order:o") == {"ec": 667, "logistics": 333}
    assert await ledger.causes("order:o") == ["sale", "location"]
    assert (
        await insight.connection.fetchval(
            "SELECT count(*) FROM sale_document WHERE unknown_location_ids <> '{}'"
        )
        == 0
    )


async def test_located__an_older_version_after_a_newer__the_newer_stands(
    insight: Any, ledger: Any, mothers: Any
) -> None:
    await insight.deliver(mothers.location("new", "warehouse", version=2))
    await insight.deliver(mothers.location("new", version=1))

    await insight.deliver(mothers.completed("o", method="ship", location_id="new"))

    assert await ledger.credit("order:o") == {"ec": 667, "logistics": 333}


async def test_take__a_batch_of_many__takes_as_many_statements_as_one(insight: Any, mothers: Any) -> None:
    async def statements(number: Any) -> Any:
        queries: list[Any] = []
        insight.connection.add_query_logger(queries.append)
        lines = [mothers.line()]
        batch = [record_of(mothers.sale(uuid7(), lines=lines)) for _ in range(number)]
        await insight.deliver_records(topics.POS_SALES, batch)
        insight.connection.remove_query_logger(queries.append)
        return len(queries)

    await statements(1)  # the first keeps the policy and begins the offsets
    assert await statements(40) == await statements(1)


async def test_sale__a_ledger_that_does_not_add_up__is_refused_by_the_database(
    insight: Any, mothers: Any
) -> None:
    await insight.deliver(mothers.sale("r"))

    with pytest.raises(Exception, match="sale_check"):
        await insight.connection.execute("UPDATE sale SET credited_jpy = credited_jpy + 1")
