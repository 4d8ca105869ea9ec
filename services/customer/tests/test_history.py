"""Who bought what, across channels: from tills, orders, and whatever comes back."""

import itertools
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tsunagu.contracts.messages import CustomerIdentified, CustomerProfile, Purchase
from tsunagu.testing.harness import Harness, all_of, only

pytestmark = [pytest.mark.component, pytest.mark.wide]


async def test_sale__of_a_known_customer__is_their_purchase_in_the_store(service: Harness, a: Any) -> None:
    card = a.ref("card")
    customer_id = only(await service.deliver(a.identification(card)), CustomerIdentified).customer_id

    out = await service.deliver(a.sale(card, jpy=1980))

    purchase = only(out, Purchase)
    assert (purchase.customer_id, purchase.customer_ref) == (customer_id, card)
    assert (purchase.channel, purchase.location_id, purchase.amount_jpy) == ("store", "S001", 1980)
    profile = only(out, CustomerProfile)
    assert [(one.channel, one.count) for one in profile.purchases_by_channel] == [("store", 1)]


async def test_sale__under_a_ref_nobody_has_identified__is_kept_and_attached_later(
    service: Harness, a: Any
) -> None:
    card = a.ref("card")
    early = only(await service.deliver(a.sale(card)), Purchase)
    assert (early.customer_id, early.customer_ref) == (None, card)

    identified = await service.deliver(a.identification(a.ref(), others=[card]))
    late = await service.work_due()

    assert only(identified, CustomerProfile).purchases_by_channel[0].count == 1
    purchase = only(late, Purchase)
    assert purchase.customer_id == only(identified, CustomerIdentified).customer_id
    assert purchase.version > early.version


async def test_sale__without_a_customer__is_published_without_one(service: Harness, a: Any) -> None:
    purchase = only(await service.deliver(a.sale(None)), Purchase)

    assert (purchase.customer_id, purchase.customer_ref) == (None, None)


async def test_sale__lines_of_an_order__are_left_to_the_order(service: Harness, a: Any) -> None:
    order_line = a.line("1", jpy=3000, order_id="O", order_line_id="1")

    mixed = await service.deliver(a.sale(None, lines=[order_line, a.line("2", jpy=500)]))
    only_order = await service.deliver(a.sale(None, lines=[order_line]))

    assert [line.line_id for line in only(mixed, Purchase).lines] == ["2"]
    assert not all_of(only_order, Purchase)


async def test_void__takes_the_whole_receipt_back__and_the_customer_is_a_prospect_again(
    service: Harness, a: Any
) -> None:
    card = a.ref("card")
    await service.deliver(a.identification(card))
    sale = a.sale(card, lines=[a.line("1"), a.line("2", quantity=2)])
    await service.deliver(sale)

    out = await service.deliver(a.void(sale))

    purchase = only(out, Purchase)
    assert purchase.amount_jpy == 0
    assert [line.returned_quantity for line in purchase.lines] == [1, 2]
    assert only(out, CustomerProfile).segment == "prospect"


async def test_return__before_its_sale__waits_for_it(service: Harness, a: Any) -> None:
    sale = a.sale(None, lines=[a.line("1", quantity=3, jpy=3000)])
    early = await service.deliver(a.till_return(sale.receipt_id, a.line("1", quantity=1, jpy=1000)))

    out = await service.deliver(sale)

    assert not all_of(early, Purchase)
    assert only(out, Purchase).amount_jpy == 2000


async def test_return__without_its_receipt__changes_no_purchase(service: Harness, a: Any) -> None:
    assert not await service.deliver(a.till_return(None, a.line(), ref=a.ref("card")))


async def test_return__by_somebody_else__leaves_the_purchase_with_its_buyer(service: Harness, a: Any) -> None:
    buyer, other = a.ref("card"), a.ref("card")
    await service.deliver(a.identification(buyer), a.identification(other))
    sale = a.sale(buyer)
    bought = only(await service.deliver(sale), Purchase)

    out = await service.deliver(a.till_return(sale.receipt_id, *sale.lines, ref=other))

    assert only(out, Purchase).customer_id == bought.customer_id


async def test_order__completed_in_two_parts__is_one_purchase(service: Harness, a: Any) -> None:
    ref = a.ref("ec")
    await service.deliver(a.identification(ref))

    await service.deliver(a.completed("O1", ref, version=5, line_id="1", jpy=3000))
    out = await service.deliver(a.completed("O1", ref, version=7, line_id="2", jpy=7000))

    purchase = only(out, Purchase)
    assert (purchase.purchase_id, purchase.channel, purchase.amount_jpy) == ("O1", "ec", 10_000)
    assert only(out, CustomerProfile).purchases_by_channel[0].count == 1


async def test_order__items_returned__lowers_what_was_kept(service: Harness, a: Any) -> None:
    await service.deliver(a.completed("O1", None, quantity=2, jpy=6000))

    out = await service.deliver(a.items_returned("O1", quantity=1, jpy=3000))

    assert only(out, Purchase).amount_jpy == 3000


async def test_order__of_a_guest__is_kept_under_the_recipient_until_identified(
    service: Harness, a: Any
) -> None:
    recipient = a.ref("to")
    await service.deliver(a.completed("O1", None, recipient=recipient))

    out = await service.deliver(a.identification(recipient))

    assert only(out, CustomerProfile).purchases_by_channel[0].count == 1
    republished = only(await service.work_due(), Purchase)
    assert republished.customer_id == only(out, CustomerIdentified).customer_id
    assert republished.customer_ref is None


async def test_unmatched_handover__is_a_plain_sale__until_the_order_turns_up(
    service: Harness, a: Any
) -> None:
    line = a.line("7", jpy=3000, order_id="O1", order_line_id="1")

    unmatched = await service.deliver(a.unmatched("O1", None, line))
    completed = await service.deliver(a.completed("O1", None, jpy=3000))

    assert only(unmatched, Purchase).channel == "store"
    purchase = only(completed, Purchase)
    assert (purchase.channel, purchase.amount_jpy) == ("ec", 3000)


async def test_unmatched_return__comes_off_the_unmatched_handover(service: Harness, a: Any) -> None:
    line = a.line("7", jpy=3000, order_id="O1", order_line_id="1")
    await service.deliver(a.return_unmatched("O1"))

    out = await service.deliver(a.unmatched("O1", None, line))

    assert only(out, Purchase).amount_jpy == 0


async def test_history__from_topics_in_any_order__is_the_same(service: Harness, a: Any) -> None:
    results = set()
    for number, _ in enumerate(range(6)):
        card, order, receipt = f"card:{number}", f"O{number}", f"R{number}"
        at = a.ago(days=1)
        sale = a.sale(card, receipt_id=receipt, at=at, lines=[a.line("1", quantity=2, jpy=2000)])
        parts = [
            [sale],
            [a.till_return(receipt, a.line("1", jpy=1000))],
            [a.completed(order, card, at=at, quantity=2, jpy=6000)],
            [a.unmatched(order, card, a.line("9", jpy=3000, order_id=order, order_line_id="1"))],
            [a.identification(card)],
        ]
        order_of_topics = list(itertools.permutations(parts))[number * 19]
        for messages in order_of_topics:
            await service.deliver(*messages, *messages)
        await service.work_due()
        rows = await service.connection.fetch(
            "SELECT p.kept_jpy, p.channel, p.bought_at = $2 AS at_once,"
            " p.published_customer_id = i.customer_id AS named FROM purchase AS p JOIN identifier AS i USING (digest)"
            " WHERE purchase_id = ANY($1) ORDER BY purchase_id",
            [order, receipt],
            at,
        )
        results.add(tuple(tuple(row) for row in rows))
    assert results == {((6000, "ec", True, True), (1000, "store", True, True))}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    amounts=st.lists(st.tuples(st.integers(0, 4), st.integers(1, 10_000)), min_size=1, max_size=8),
    seed=st.integers(0, 2**32),
)
async def test_history__totals_are_conserved__under_merges_and_splits(
    service: Harness, a: Any, amounts: list[tuple[int, int]], seed: int
) -> None:
    chance = random.Random(seed)
    refs = [a.ref("card") for _ in range(5)]
    await service.deliver(*(a.sale(refs[who], jpy=jpy) for who, jpy in amounts))
    await service.deliver(*(a.identification(ref) for ref in refs))
    total = sum(jpy for _, jpy in amounts)
    for _ in range(6):
        one, other = chance.sample(refs, 2)
        await service.deliver(chance.choice([a.merge(one, other), a.split(one, other)]))
        await service.work_due()
        rows = await service.connection.fetch(
            "SELECT p.published_customer_id = i.customer_id AS named, c.ended_at, p.kept_jpy"
            " FROM purchase AS p JOIN identifier AS i USING (digest) JOIN customer AS c USING (customer_id)"
            " WHERE p.customer_ref = ANY($1)",
            refs,
        )
        assert sum(row["kept_jpy"] for row in rows) == total
        assert all(row["named"] and row["ended_at"] is None for row in rows)
