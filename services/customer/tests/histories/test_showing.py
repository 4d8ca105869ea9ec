"""What a proven link shows follows what is known, and nothing is shown to somebody whose it no longer is."""

from datetime import datetime
from typing import Any

import pytest

from customer.domain.histories import shown
from customer.domain.purchases import COMPLETED, BoughtPart, Head, settle
from customer.upkeep import forget_old_links
from tsunagu.contracts.envelope import decode
from tsunagu.contracts.topics import CUSTOMER_HISTORIES
from tsunagu.contracts.values import JAPAN
from tsunagu.testing.harness import Harness

pytestmark = [pytest.mark.component, pytest.mark.wide]


async def amounts(service: Harness, link: Any) -> list[int]:
    """What the topic says was kept of each purchase."""
    record = service.compacted[CUSTOMER_HISTORIES.name][link.link_id.encode()]
    state = decode(CUSTOMER_HISTORIES, *record).message
    assert state is not None
    return [one.amount_jpy for one in state.purchases]  # type: ignore[attr-defined]


async def test_history__a_purchase_and_a_return__are_shown(
    service: Harness, codes: Any, new_buyer: Any, a: Any
) -> None:
    buyer = await new_buyer()
    link = await codes.proven(buyer.card)
    sale = a.sale(buyer.card, lines=[a.line(quantity=2, jpy=2000)])
    await service.deliver(sale)
    await service.work_due()
    assert await amounts(service, link) == [2000, 3300, 1100]

    await service.deliver(a.till_return(sale.receipt_id, a.line(quantity=1, jpy=1000)))
    [state] = link.states(await service.work_due())
    assert state.purchases[0].amount_jpy == 1000
    assert state.purchases[0].lines[0].returned_quantity == 1


async def test_history__what_changes_nothing_in_it__is_not_published_anew(
    service: Harness, codes: Any, new_buyer: Any, a: Any
) -> None:
    buyer = await new_buyer()
    link = await codes.proven(buyer.card)
    await service.deliver(a.view(buyer.account), a.sale(a.ref("card")))
    assert link.states(await service.work_due()) == []


async def test_history__of_customers_who_become_one__has_what_both_bought(
    service: Harness, codes: Any, new_buyer: Any, a: Any
) -> None:
    buyer, other = await new_buyer(), await new_buyer()
    link = await codes.proven(buyer.card)
    await service.deliver(a.merge(buyer.card, other.card))
    await service.work_due()
    assert await amounts(service, link) == [3300, 3300, 1100, 1100]


async def test_history__the_card_is_parted_from_whom_the_code_was_mailed_to__ends(
    service: Harness, codes: Any, new_buyer: Any, a: Any
) -> None:
    buyer = await new_buyer()
    by_card, by_account = await codes.proven(buyer.card), await codes.proven(buyer.account)
    await service.deliver(a.split(buyer.account, buyer.card))
    await service.work_due()
    assert by_card.is_deleted(service)
    assert await amounts(service, by_account) == [3300]


async def test_code__of_a_card_that_is_parted_before_it_is_typed__opens_nothing(
    service: Harness, codes: Any, new_buyer: Any, link_to: Any, a: Any
) -> None:
    buyer = await new_buyer()
    link = link_to(buyer.card)
    digits = await codes.code_for(link)
    await service.deliver(a.split(buyer.account, buyer.card))
    [state] = link.states(await service.deliver(link.guess(digits)))
    assert not state.proven


async def test_history__of_a_card_that_many_share__ends_and_no_code_is_sent(
    service: Harness, codes: Any, use_settings: Any, new_buyer: Any, link_to: Any, a: Any
) -> None:
    use_settings.use(refs_per_card_max=2)
    buyer = await new_buyer()
    link = await codes.proven(buyer.card)
    await service.deliver(a.identification(a.ref(), others=[buyer.card]))
    await service.deliver(a.identification(a.ref(), others=[buyer.card]))
    await service.work_due()
    assert link.is_deleted(service)
    await service.deliver(link_to(buyer.card).asked())
    assert await codes.mailed() == []


async def test_history__its_customer_is_erased__is_deleted_with_its_link_and_the_code_that_waits(
    service: Harness, codes: Any, new_buyer: Any, link_to: Any, a: Any
) -> None:
    buyer, other = await new_buyer(), await new_buyer()
    link, asked, stays = (
        await codes.proven(buyer.card),
        link_to(buyer.account),
        await codes.proven(other.card),
    )
    await service.deliver(asked.asked())
    await service.deliver(a.erasure(buyer.account))
    await service.work_due()
    assert link.is_deleted(service)
    assert asked.is_deleted(service)
    assert await codes.mailed() == []
    rows = await service.connection.fetch("SELECT link_id FROM history_link")
    assert [row["link_id"] for row in rows] == [stays.link_id]


async def test_history__the_shopper_ends_it__is_deleted_once_and_forgotten_later(
    service: Harness, runtime: Any, codes: Any, hours: Any, new_buyer: Any, a: Any
) -> None:
    buyer = await new_buyer()
    link = await codes.proven(buyer.card)
    await service.deliver(link.ended(), link.ended())
    assert link.is_deleted(service)
    await service.deliver(a.sale(buyer.card))
    assert link.states(await service.work_due()) == []
    await forget_old_links(runtime)
    assert await service.connection.fetchval("SELECT count(*) FROM history_link") == 1
    hours.pass_by(days=3)
    await forget_old_links(runtime)
    assert await service.connection.fetchval("SELECT count(*) FROM history_link") == 0


async def test_history__its_time_is_over__ends(
    service: Harness, codes: Any, hours: Any, new_buyer: Any
) -> None:
    link = await codes.proven((await new_buyer()).card)
    hours.pass_by(days=1)
    await service.work_due()
    assert not link.is_deleted(service)
    hours.pass_by(days=400)
    await service.make_due("end_history_link")
    assert link.is_deleted(service)


async def test_history__of_many_purchases__shows_the_newest_and_says_that_there_are_more(
    service: Harness, codes: Any, use_settings: Any, new_buyer: Any, link_to: Any
) -> None:
    use_settings.use(history_purchases_max=1)
    link = link_to((await new_buyer()).card)
    [state] = link.states(await service.deliver(link.guess(await codes.code_for(link))))
    assert [one.amount_jpy for one in state.purchases] == [3300]
    assert state.has_more


async def test_histories__told_anew__are_those_that_have_not_ended(
    service: Harness, codes: Any, new_buyer: Any, link_to: Any
) -> None:
    buyer = await new_buyer()
    ended, proven, asked = await codes.proven(buyer.card), await codes.proven(buyer.card), link_to(buyer.card)
    await service.deliver(ended.ended(), asked.asked())
    before = {
        one.link_id: service.compacted[CUSTOMER_HISTORIES.name][one.link_id.encode()]
        for one in (proven, asked)
    }
    told = {
        record.key.decode(): record
        for topic, record in await service.retell()
        if topic == CUSTOMER_HISTORIES.name
    }
    assert {key: record.value for key, record in told.items()} == {
        key: record.value for key, record in before.items()
    }


def test_shown__a_purchase__has_its_day_in_japan_and_no_more_lines_than_asked_for() -> None:
    head = Head(
        COMPLETED, datetime(2026, 4, 1, 0, 30, tzinfo=JAPAN), "ec", None, order_id="O-1", customer_ref="ec:1"
    )
    parts = [BoughtPart(COMPLETED, str(one), f"SKU-{one}", 1, 100, 10) for one in range(4)]
    kept = settle(parts, [])
    purchase = shown(head, kept, lines_max=3)
    assert (str(purchase.day), len(purchase.lines), purchase.more_lines) == ("2026-04-01", 3, 1)
    said = purchase.model_dump_json()
    assert "O-1" not in said
    assert "ec:1" not in said
