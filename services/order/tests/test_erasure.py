"""Whoever was erased is not named by an order that has ended; an open one goes on, and forgets them at its end."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from order.settings import settings
from tsunagu.contracts import messages as m
from tsunagu.contracts.topics import ORDER_COMMANDS
from tsunagu.testing.harness import Harness, all_of, only, record_of

pytestmark = pytest.mark.component


def erased(mother: Any, *refs: str, **changes: Any) -> m.CustomerErased:
    values = {"customer_id": str(uuid4()), "version": 9, "occurred_at": mother.now, "refs": refs, **changes}
    return m.CustomerErased.model_validate(values)


async def refs_in(service: Harness) -> set[str]:
    """Every ref that stands in an order or a return."""
    rows = await service.connection.fetch(
        "SELECT customer_ref AS ref FROM orders UNION SELECT recipient_ref FROM orders"
        " UNION SELECT goods ->> 'customer_ref' FROM order_return"
    )
    return {row["ref"] for row in rows if row["ref"] is not None}


async def test_erased__their_order_has_ended__it_forgets_them_and_says_so_in_its_state(
    service: Harness, mother: Any
) -> None:
    await service.deliver(mother.place(), mother.reserved(), mother.collected())
    await service.deliver(erased(mother, "card:1", "app:2"))

    state = only(await service.work_due(), m.Order)

    assert (state.customer_ref, state.recipient_ref) == (None, None)
    assert await refs_in(service) == set()
    again = [record.value or b"" for _, record in await service.retell()]
    assert again
    assert not any(b"card:1" in value or b"recipient:1" in value for value in again)


async def test_erased__their_order_is_open__it_goes_on_and_forgets_them_as_it_ends(
    service: Harness, mother: Any
) -> None:
    await service.deliver(mother.place(), mother.reserved())
    await service.deliver(erased(mother, "card:1"))
    assert await service.work_due() == []

    ready = await service.deliver(mother.ready())
    ended = await service.deliver(mother.collected())

    assert only(ready, m.OrderReady).customer_ref == "card:1"
    assert only(ended, m.OrderCompleted).recipient_ref == "recipient:1"
    last, forgotten = all_of(ended, m.Order)
    assert (last.customer_ref, forgotten.customer_ref, forgotten.recipient_ref) == ("card:1", None, None)
    assert forgotten.version == last.version + 1
    assert await refs_in(service) == set()


async def test_erased__an_order_said_before_comes_late__is_forgotten_at_its_end(
    service: Harness, mother: Any
) -> None:
    await service.deliver(erased(mother, "card:1", occurred_at=mother.now + timedelta(seconds=1)))
    await service.work_due()

    await service.deliver(mother.place(), mother.reserved(), mother.collected())

    assert await refs_in(service) == set()


async def test_erased__who_comes_back_and_orders_again__is_known_by_that_order(
    service: Harness, mother: Any
) -> None:
    gone = erased(mother, "card:1", occurred_at=mother.now - timedelta(seconds=1))
    await service.deliver(mother.place(), mother.reserved(), mother.collected(), gone)

    await service.work_due()

    assert await refs_in(service) == {"card:1", "recipient:1"}


async def test_erased__a_recipient_of_somebody_elses_order__is_forgotten_alone(
    service: Harness, mother: Any
) -> None:
    await service.deliver(mother.place(), mother.reserved(), mother.collected())
    await service.deliver(erased(mother, "recipient:1"))

    assert only(await service.work_due(), m.Order).recipient_ref is None
    assert await refs_in(service) == {"card:1"}


async def test_erased__their_card_was_written_otherwise_by_the_channel__is_forgotten_all_the_same(
    service: Harness, mother: Any
) -> None:
    place = record_of(mother.place())
    assert place.value is not None
    written = place.value.replace(b'"card:1"', '"ＣＡＲＤ：１ "'.encode())
    assert written != place.value
    await service.deliver_records(ORDER_COMMANDS, [place._replace(value=written)])
    confirmed = await service.deliver(mother.reserved())
    await service.deliver(mother.collected())

    await service.deliver(erased(mother, "Card:1", "RECIPIENT:1"))
    await service.work_due()

    assert only(confirmed, m.OrderConfirmed).customer_ref == "card:1"
    assert await refs_in(service) == set()


async def test_erased__twice__changes_nothing_more(service: Harness, mother: Any) -> None:
    await service.deliver(mother.place(), mother.reserved(), mother.collected())
    event = erased(mother, "card:1")
    await service.deliver(event)
    await service.work_due()

    await service.deliver(event.model_copy(update={"version": 10}))

    assert await service.work_due() == []


async def test_erased__more_orders_than_one_transaction_takes__all_forget(
    service: Harness, mother: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TSUNAGU_ORDER_FORGOTTEN_ORDERS_MAX", "2")
    settings.cache_clear()
    mothers = [mother, *(type(mother)() for _ in range(4))]
    for one in mothers:
        await service.deliver(one.place(), one.reserved(), one.collected())
    await service.deliver(erased(mothers[-1], "card:1"))

    states = all_of(await service.work_due(), m.Order)

    monkeypatch.undo()
    settings.cache_clear()
    assert sorted(state.order_id for state in states) == sorted(one.order_id for one in mothers)
    assert await refs_in(service) == set()


async def test_erased__the_key_of_hashes_alone_tells__what_is_kept_is_no_ref(
    service: Harness, mother: Any
) -> None:
    await service.deliver(erased(mother, "card:1"))
    await service.work_due()

    row = await service.connection.fetchrow("SELECT ref_hash FROM erased_ref")
    assert row is not None
    assert b"card:1" not in row["ref_hash"]
    assert await service.connection.fetchval("SELECT count(*) FROM due_work") == 0


async def test_return__that_was_booked__does_not_name_its_customer(service: Harness, mother: Any) -> None:
    await service.deliver(mother.place(customer_ref=None, recipient_ref=None), mother.reserved())
    back = mother.till_return({"L1": 1}, amounts={"L1": 1000})
    await service.deliver(back.model_copy(update={"customer_ref": "card:1"}))
    assert await refs_in(service) == {"card:1"}

    await service.deliver(mother.collected())

    assert await refs_in(service) == set()
