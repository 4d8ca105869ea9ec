"""A store's day on its tablet, in a real browser: pick, hand over, transfer, count, take back, in both languages."""

import re

import pytest
from playwright.async_api import expect
from tests.browser.conftest import NewShop
from tests.browser.looking import Looking
from tests.browser.staffing import SignIn
from tests.journeys.stories.acts import place, ready
from tests.journeys.stories.outside import Outside, now

from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.messages import (
    ItemsReturned,
    PickCompleted,
    PickShorted,
    PickupCode,
    PickupCollected,
    PickupReady,
    PlanTransfer,
    StockCounted,
    TransferReceived,
    TransferShipped,
)
from tsunagu.contracts.topics import PICKUP_CAPACITY
from tsunagu.contracts.values import HandoverProof, ShortPickKind, TransferLine

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_staff__picks_with_a_scan_and_hands_over_by_the_shoppers_code(
    outside: Outside, new_shop: NewShop, sign_in: SignIn, looking: Looking, language: str
) -> None:
    one = await new_shop(3, 0)
    store = one.stores[0]
    order_id = await place(outside, store, one.sku)
    await outside.task("pick", order_id=order_id)
    tablet = await sign_in(one, language=language, looking=looking)
    await expect(tablet.card("pick")).to_be_visible()
    await looking.at(tablet.page, f"staff-2-today-{language}")

    await tablet.open("pick")
    await tablet.scan("4900000000000")
    await tablet.sees("scan.unknown", text="4900000000000")
    await looking.at(tablet.page, f"staff-3-pick-{language}")
    await tablet.scan(one.gtin)
    await tablet.sees("task.done_detail")
    await expect(tablet.page.get_by_role("button", name=tablet.say("undo"))).to_be_visible()
    await looking.at(tablet.page, f"staff-4-picked-{language}")
    picked = await outside.heard(PickCompleted, order_id=order_id)
    assert (picked.sku, picked.quantity, picked.staff_ref) == (one.sku, 1, f"staff:staff-{store.lower()}")

    code = await outside.heard(PickupCode, order_id=order_id)
    await outside.heard(PickupReady, order_id=order_id)
    await tablet.go("hand-over")
    await tablet.sees("hand_over.waiting", count=1)
    await looking.at(tablet.page, f"staff-5-hand-over-{language}")
    await tablet.scan(code.token)
    await tablet.sees("hand_over.ok")
    await looking.at(tablet.page, f"staff-6-handed-over-{language}")
    collected = await outside.heard(PickupCollected, order_id=order_id)
    assert (collected.proof, collected.done_offline) == (HandoverProof.CODE, False)

    await tablet.go("returns")
    await tablet.enter("returns.order", order_id)
    await expect(tablet.page.get_by_label(tablet.say("scan.goods"))).to_be_visible()
    await tablet.scan(one.gtin)
    await tablet.press("disposition.damaged")
    await looking.at(tablet.page, f"staff-7-return-{language}")
    await tablet.press("returns.take")
    returned = await outside.heard(ItemsReturned, order_id=order_id)
    assert [(line.sku, line.quantity, line.disposition) for line in returned.lines] == [
        (one.sku, 1, "damaged")
    ]

    await tablet.go("more")
    await tablet.sees("unsent.none")
    await looking.at(tablet.page, f"staff-8-more-{language}")


async def test_short_pick__its_kind_is_told__and_the_shelf_is_counted(
    outside: Outside, new_shop: NewShop, sign_in: SignIn, looking: Looking
) -> None:
    one = await new_shop(3, 0)
    order_id = await place(outside, one.stores[0], one.sku)
    await outside.task("pick", order_id=order_id)
    tablet = await sign_in(one)
    await tablet.open("pick")
    await tablet.press("lines.without_scan_of", name=f"{one.words} 黒")
    await looking.at(tablet.page, "staff-short-pick-ja")
    await tablet.press("short.missing")
    shorted = await outside.heard(PickShorted, order_id=order_id)
    assert (shorted.kind, shorted.quantity) == (ShortPickKind.MISSING, 1)

    await tablet.page.get_by_role("link", name=tablet.say("task.back")).click()
    await tablet.open("count")
    await tablet.scan(one.gtin)
    await tablet.scan(one.gtin)
    await tablet.page.reload()
    await expect(tablet.page.locator("output")).to_have_text("2")
    await looking.at(tablet.page, "staff-count-ja")
    await tablet.press("count.done")
    counted = await outside.heard(StockCounted, location_id=one.stores[0])
    assert [(line.sku, line.counted) for line in counted.lines] == [(one.sku, 2)]


async def test_undo__takes_back_what_was_done_last__and_nothing_is_told(
    outside: Outside, new_shop: NewShop, sign_in: SignIn
) -> None:
    one = await new_shop(3, 0)
    order_id = await place(outside, one.stores[0], one.sku)
    await outside.task("pick", order_id=order_id)
    tablet = await sign_in(one)
    await tablet.open("pick")
    await tablet.scan(one.gtin)
    await tablet.press("undo")
    await expect(tablet.page.get_by_text(one.sku, exact=True)).to_be_visible()
    await tablet.go("more")
    await tablet.sees("unsent.none")
    assert "PickCompleted" not in outside.events_of(order_id)["pickup"]


async def test_digits__wrong_ones_are_refused_in_words__and_right_ones_open_the_order(
    outside: Outside, new_shop: NewShop, sign_in: SignIn, looking: Looking
) -> None:
    one = await new_shop(3, 0)
    order_id = await ready(outside, one.stores[0], one.sku)
    code = await outside.heard(PickupCode, order_id=order_id)
    tablet = await sign_in(one)
    await tablet.go("hand-over")
    await tablet.page.get_by_role("button").filter(has_text=order_id).click()
    wrong = f"{(int(code.digits) + 1) % 1_000_000:06}"
    for digits in (wrong, code.digits):
        await tablet.page.get_by_label(tablet.say("hand_over.digits")).fill(digits)
        await tablet.press("hand_over.submit")
        if digits == wrong:
            await expect(tablet.page.get_by_role("alert")).to_be_visible()
            await looking.at(tablet.page, "staff-wrong-digits-ja")
    await tablet.sees("hand_over.ok")
    await outside.heard(PickupCollected, order_id=order_id)
    kept = await tablet.page.evaluate("JSON.stringify(localStorage)")
    # Ids and times have digits too: six within one are no trace.
    assert re.search(rf"(?<![0-9a-f.]){code.digits}(?![0-9a-f])", kept) is None, (
        "kept is what the shopper said"
    )


async def test_transfer__picked_sent_and_received_with_a_difference(
    outside: Outside, new_shop: NewShop, sign_in: SignIn, looking: Looking
) -> None:
    one = await new_shop(3, 0)
    here, there = one.stores
    transfer_id = uuid7()
    await outside.send(
        PlanTransfer(
            transfer_id=transfer_id,
            from_location_id=here,
            to_location_id=there,
            lines=(TransferLine(line_id="l1", sku=one.sku, quantity=2),),
            occurred_at=now(),
        )
    )
    sender = await sign_in(one)
    await sender.open("pick")
    await sender.scan(one.gtin)
    await sender.scan(one.gtin)
    await sender.sees("task.done_detail")
    await sender.go("today")
    await sender.open("ship_transfer")
    await looking.at(sender.page, "staff-ship-ja")
    await sender.press("ship.sent")
    await outside.heard(TransferShipped, transfer_id=transfer_id)

    receiver = await sign_in(one, store=there)
    await receiver.open("receive_transfer")
    await receiver.scan(one.gtin)
    await looking.at(receiver.page, "staff-receive-ja")
    await receiver.press("receive.complete_differs")
    received = await outside.heard(TransferReceived, transfer_id=transfer_id)
    assert [(line.shipped, line.received) for line in received.lines] == [(2, 1)]


async def test_pause__the_store_takes_no_more_pickups__until_it_goes_on(
    outside: Outside, new_shop: NewShop, sign_in: SignIn
) -> None:
    one = await new_shop(0, 0)
    store = one.stores[0]
    tablet = await sign_in(one)
    await tablet.go("more")
    await tablet.press("pause.busy")
    closed = await outside.state(
        PICKUP_CAPACITY, lambda it: it.location_id == store and not it.open, f"{store} is closed"
    )
    assert closed.reason == "busy"
    await tablet.press("pause.resume")
    await outside.state(PICKUP_CAPACITY, lambda it: it.location_id == store and it.open, f"{store} is open")
