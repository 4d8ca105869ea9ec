"""The tablet without a connection: work goes on, and the retailer ends where it would have ended with one."""

import pytest
from playwright.async_api import Route, expect
from tests.browser.conftest import NewShop
from tests.browser.looking import Looking
from tests.browser.staffing import SignIn
from tests.journeys.stories.acts import place, ready
from tests.journeys.stories.outside import Outside

from tsunagu.contracts.messages import PickCompleted, PickupCode, PickupCollected, PickupReady

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


async def test_offline__picks_and_a_handover_by_code__are_booked_once_when_the_line_is_back(
    outside: Outside, new_shop: NewShop, sign_in: SignIn, looking: Looking
) -> None:
    one = await new_shop(5, 0)
    store = one.stores[0]
    waiting = await ready(outside, store, one.sku)
    code = await outside.heard(PickupCode, order_id=waiting)
    to_pick = [await place(outside, store, one.sku) for _ in range(2)]
    for order_id in to_pick:
        await outside.task("pick", order_id=order_id)
    tablet = await sign_in(one)
    await tablet.go("hand-over")
    await tablet.sees("hand_over.waiting", count=1)
    await tablet.go("today")
    await expect(tablet.cards("pick")).to_have_count(2)

    await tablet.page.context.set_offline(True)
    await tablet.sees("offline.banner")
    for _ in to_pick:
        await tablet.open("pick")
        await tablet.scan(one.gtin)
        await tablet.sees("task.done_detail")
        await tablet.go("today")
    await expect(tablet.cards("pick")).to_have_count(0)
    await tablet.go("hand-over")
    await tablet.scan("AAAAAAAAAAAAAAAAAAAAAA")
    await tablet.sees("hand_over.unknown_code")
    await tablet.scan(code.token)
    await tablet.sees("hand_over.offline_ok")
    await looking.at(tablet.page, "staff-offline-hand-over-ja")
    await tablet.go("more")
    await tablet.sees("unsent.count", count=5)  # a beginning and a pick of each order, and the handover
    await looking.at(tablet.page, "staff-offline-more-ja")

    await tablet.page.context.set_offline(False)
    await tablet.sees("unsent.none")
    for order_id in to_pick:
        await outside.heard(PickCompleted, order_id=order_id)
        await outside.heard(PickupReady, order_id=order_id)
    collected = await outside.heard(PickupCollected, order_id=waiting)
    assert (collected.done_offline, collected.unproven) == (True, None)
    assert [outside.events_of(order_id)["pickup"].count("PickCompleted") for order_id in to_pick] == [1, 1]
    assert outside.events_of(waiting)["pickup"].count("PickupCollected") == 1
    await tablet.go("hand-over")
    await tablet.sees("hand_over.waiting", count=2)


async def test_offline__the_page_is_loaded_again__and_what_was_done_is_still_sent(
    outside: Outside, new_shop: NewShop, sign_in: SignIn
) -> None:
    one = await new_shop(5, 0)
    order_id = await place(outside, one.stores[0], one.sku)
    await outside.task("pick", order_id=order_id)
    tablet = await sign_in(one, keep_shell=True)
    await tablet.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await expect(tablet.card("pick")).to_be_visible()
    await tablet.page.context.set_offline(True)
    await tablet.open("pick")
    await tablet.scan(one.gtin)
    await tablet.sees("task.done_detail")
    await tablet.page.reload()
    await tablet.go("today")
    await expect(tablet.cards("pick")).to_have_count(0)
    await tablet.page.context.set_offline(False)
    await outside.heard(PickCompleted, order_id=order_id)


async def test_lost_answers__the_same_pick_goes_out_again__and_is_booked_once(
    outside: Outside, new_shop: NewShop, sign_in: SignIn
) -> None:
    one = await new_shop(5, 0)
    order_id = await place(outside, one.stores[0], one.sku)
    await outside.task("pick", order_id=order_id)
    tablet = await sign_in(one)
    keys: list[str | None] = []

    async def answer_is_lost(route: Route) -> None:
        keys.append(await route.request.header_value("idempotency-key"))
        if len(keys) < 3:
            await route.fetch()
            await route.abort()
        else:
            await route.continue_()

    await tablet.page.route("**/v1/picks", answer_is_lost)
    await tablet.open("pick")
    await tablet.scan(one.gtin)
    await outside.heard(PickCompleted, order_id=order_id)
    await outside.heard(PickupReady, order_id=order_id)
    await tablet.go("more")
    await tablet.sees("unsent.none")
    assert (len(keys), len(set(keys))) == (3, 1)
    assert outside.events_of(order_id)["pickup"].count("PickCompleted") == 1
