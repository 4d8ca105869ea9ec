"""From ready to collected: notice, reminder, code, another person, wrong codes, and nobody at all."""

import re

import pytest
from tests.journeys.stories.acts import handover, ready, work
from tests.journeys.stories.network import HURRIED, PRICE_JPY, REMINDING
from tests.journeys.stories.outside import Outside, each, now, until

from tsunagu.contracts import messages as m
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.values import DeskCheck, HandoverProof, PersonalData
from tsunagu.retailer.players.registrars import seal, sealing_key

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]

COLLECTED = {
    "order": ["OrderPlaced", "OrderConfirmed", "OrderReady", "OrderCompleted"],
    "pickup": ["PickRequested", "PickCompleted", "PickupReady", "PickupCollected"],
    "inventory": ["StockReserved", "StockIssued"],
}


async def _sealed(outside: Outside, email: str) -> str:
    key = await sealing_key(outside.addresses.http["customer"])
    return seal(PersonalData(family_name="山田", given_name="太郎", emails=(email,), language="en"), key)


def _digits_in(mail: str) -> str:
    found = re.search(r"Pickup code: (\d{6})", mail)
    assert found is not None, mail
    return found[1]


async def test_ready_goods__of_a_shopper_who_waits__are_reminded_of_and_fetched_with_the_digits_of_the_mail(
    outside: Outside,
) -> None:
    customer_ref, address = f"ec:{uuid7()}", f"{uuid7()}@example.jp"
    await outside.send(
        m.IdentifyCustomer(
            identification_id=uuid7(),
            customer_ref=customer_ref,
            channel="ec",
            sealed=await _sealed(outside, address),
            occurred_at=now(),
        )
    )
    await outside.heard(m.CustomerIdentified, customer_ref=customer_ref)
    shirt = await outside.a_sku({REMINDING: 1})
    order_id = await ready(outside, REMINDING, shirt, customer_ref=customer_ref)
    notice = await outside.mailed(address, "ready for pickup")
    reminder = await outside.mailed(address, "collect your order soon")
    assert _digits_in(reminder) == _digits_in(notice)
    digits = {"order_id": order_id, "digits": _digits_in(reminder), "staff_ref": "staff:7"}
    await outside.staff_post(REMINDING, "/v1/handovers", digits)

    await outside.told(order_id, COLLECTED)
    collected = await outside.heard(m.PickupCollected, order_id=order_id)
    assert collected.proof is HandoverProof.CODE
    notices = ["confirmed", "ready", "reminder"]
    await until(lambda: outside.notices_of(order_id) == notices, lambda: f"these notices are sent: {notices}")


async def test_ready_goods__for_another_person__who_is_told_and_whom_the_desk_looks_up(
    outside: Outside,
) -> None:
    store, recipient_ref, address = outside.a_store(), f"ec:{uuid7()}", f"{uuid7()}@example.jp"
    shirt = await outside.a_sku({store: 1})
    await outside.send(
        m.RecordRecipient(
            record_id=uuid7(),
            recipient_ref=recipient_ref,
            channel="ec",
            sealed=await _sealed(outside, address),
            occurred_at=now(),
        )
    )
    order_id = await ready(outside, store, shirt, recipient_ref=recipient_ref)
    await outside.mailed(address, "ready for pickup")
    assert await outside.collectors(outside.a_store(), order_id) is None
    looked_up = await outside.collectors(store, order_id)
    assert looked_up is not None
    assert looked_up["recipient"]["name"] == "山田 太郎"
    await outside.send(handover(order_id, store, desk_check=DeskCheck.ID_DOCUMENT))

    await outside.told(order_id, COLLECTED)
    collected = await outside.heard(m.PickupCollected, order_id=order_id)
    assert (collected.proof, collected.recipient_ref) == (HandoverProof.DESK, recipient_ref)


async def test_ready_goods__of_a_recipient_whose_place_another_takes__open_with_the_new_code_alone(
    outside: Outside,
) -> None:
    store, first, second = outside.a_store(), f"ec:{uuid7()}", f"ec:{uuid7()}"
    addresses = {ref: f"{uuid7()}@example.jp" for ref in (first, second)}
    for ref, address in addresses.items():
        await outside.send(
            m.RecordRecipient(
                record_id=uuid7(),
                recipient_ref=ref,
                channel="ec",
                sealed=await _sealed(outside, address),
                occurred_at=now(),
            )
        )
    shirt = await outside.a_sku({store: 1})
    order_id = await ready(outside, store, shirt, recipient_ref=first)
    old = _digits_in(await outside.mailed(addresses[first], "ready for pickup"))
    await outside.send(
        m.ChangeRecipient(
            change_id=uuid7(), order_id=order_id, channel="ec", recipient_ref=second, occurred_at=now()
        )
    )
    new = _digits_in(await outside.mailed(addresses[second], "ready for pickup"))
    await _types(outside, store, order_id, old)
    await outside.heard(m.CommandRefused, command_key=order_id, reason="code_replaced")
    await _types(outside, store, order_id, new)

    await outside.told(
        order_id,
        {
            **COLLECTED,
            "order": ["OrderPlaced", "OrderConfirmed", "OrderReady", "RecipientChanged", "OrderCompleted"],
            "pickup": [
                "PickRequested",
                "PickCompleted",
                "PickupReady",
                "PickupCodeReplaced",
                "CommandRefused: code_replaced",
                "PickupCollected",
            ],
        },
    )
    collected = await outside.heard(m.PickupCollected, order_id=order_id)
    assert (collected.proof, collected.recipient_ref) == (HandoverProof.CODE, second)


async def test_ready_goods__that_nobody_fetches__are_refunded_and_put_away(outside: Outside) -> None:
    shirt = await outside.a_sku({HURRIED: 1})
    order_id = await ready(outside, HURRIED, shirt)
    await work(outside, "put_away", order_id=order_id)

    refund = await outside.heard(m.RefundDue, order_id=order_id)
    assert refund.amount_jpy == PRICE_JPY
    await outside.told(
        order_id,
        {
            "order": ["OrderPlaced", "OrderConfirmed", "OrderReady", "OrderCancelled", "RefundDue"],
            "pickup": ["PickRequested", "PickCompleted", "PickupReady", "PickupExpired", "PutAwayCompleted"],
            "inventory": ["StockReserved", "StockReleased"],
        },
    )
    await outside.available(HURRIED, shirt, 1)


async def test_wrong_codes__five_of_them__lock_the_right_one_too_and_the_desk_still_hands_over(
    outside: Outside,
) -> None:
    store = outside.a_store()
    shirt = await outside.a_sku({store: 1})
    order_id = await ready(outside, store, shirt)
    code = await outside.heard(m.PickupCode, order_id=order_id)
    wrong = [f"{(int(code.digits) + step) % 1_000_000:06}" for step in range(1, 6)]
    await each(*(_types(outside, store, order_id, digits) for digits in wrong))
    locked = await outside.heard(m.PickupLocked, order_id=order_id)
    assert locked.tries == len(wrong)
    await _types(outside, store, order_id, code.digits)
    await outside.heard(m.CommandRefused, command_key=order_id, reason="locked")
    await outside.send(handover(order_id, store))

    await outside.told(
        order_id,
        {
            **COLLECTED,
            "pickup": [
                "PickRequested",
                "PickCompleted",
                "PickupReady",
                *["CommandRefused: wrong_code"] * (len(wrong) - 1),
                "PickupLocked",
                "CommandRefused: wrong_code",
                "CommandRefused: locked",
                "PickupCollected",
            ],
        },
    )


async def _types(outside: Outside, store: str, order_id: str, digits: str) -> None:
    await outside.staff_post(
        store, "/v1/handovers", {"order_id": order_id, "digits": digits, "staff_ref": "staff:7"}
    )
