"""Who is one person, put right after the fact: purchases follow."""

import pytest
from tests.journeys.stories.outside import Outside, now

from tsunagu.contracts import messages as m
from tsunagu.contracts import topics as t
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.messages.customer import CustomerEvent
from tsunagu.contracts.values import PersonalData, SaleLine
from tsunagu.retailer.players.registrars import seal, sealing_key

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]


async def _identified(outside: Outside, ref: str, phone: str) -> m.CustomerIdentified:
    key = await sealing_key(outside.addresses.http["customer"])
    await outside.send(
        m.IdentifyCustomer(
            identification_id=uuid7(),
            customer_ref=ref,
            channel="ec",
            sealed=seal(PersonalData(phones=(phone,)), key),
            occurred_at=now(),
        )
    )
    return await outside.heard(m.CustomerIdentified, customer_ref=ref)


async def _undone(outside: Outside, event: CustomerEvent) -> None:
    await outside.send(
        m.UndoIdentityChange(
            undo_id=uuid7(),
            customer_id=event.customer_id,
            change_version=event.version,
            occurred_at=now(),
        )
    )


async def _bought_by(outside: Outside, receipt_id: str, customer_id: str) -> None:
    await outside.state(
        t.CUSTOMER_PURCHASES,
        lambda purchase: (purchase.purchase_id, purchase.customer_id) == (receipt_id, customer_id),
        f"the purchase {receipt_id} is that of {customer_id}",
    )


async def test_two_customers__merged_then_undone_then_that_undone__their_purchases_follow_each_time(
    outside: Outside,
) -> None:
    store, his, hers, phone = outside.a_store(), f"card:{uuid7()}", f"card:{uuid7()}", "03-5211-7384"
    coat = await outside.a_sku({store: 1})
    older = await _identified(outside, his, phone)
    together = await _identified(outside, hers, phone)
    assert together.customer_id == older.customer_id, "the phone number makes them one"
    third = f"card:{uuid7()}"
    other = await _identified(outside, third, "03-5211-7385")
    receipt_id = uuid7()
    await outside.send(
        m.SaleRecorded(
            receipt_id=receipt_id,
            location_id=store,
            register_id="1",
            receipt_number=1,
            business_date=now().date(),
            customer_ref=third,
            lines=(SaleLine(line_id="1", sku=coat, quantity=1, amount_jpy=9900, tax_percent=10),),
            occurred_at=now(),
        )
    )
    await _bought_by(outside, receipt_id, other.customer_id)

    await outside.send(
        m.MergeCustomers(merge_id=uuid7(), customer_ref=third, other_ref=his, occurred_at=now())
    )
    merged = await outside.heard(m.CustomersMerged, merged_customer_id=other.customer_id)
    await _bought_by(outside, receipt_id, older.customer_id)

    await _undone(outside, merged)
    split = await outside.heard(m.CustomerSplit, new_customer_id=other.customer_id)
    assert set(split.refs) == {his, hers}
    await _bought_by(outside, receipt_id, other.customer_id)

    await _undone(outside, split)
    again = await outside.heard(m.CustomersMerged, times=2, merged_customer_id=other.customer_id)
    assert again.reason == "split_undone"
    await _bought_by(outside, receipt_id, older.customer_id)
