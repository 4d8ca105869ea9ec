"""What a person has to decide is decided in the app: a count that differs much, goods that arrived damaged, whether
two customers are one. Who may not decide sees who has to."""

import pytest
from playwright.async_api import expect
from tests.browser.conftest import NewShop
from tests.browser.looking import Looking
from tests.browser.staffing import SignIn
from tests.journeys.stories.outside import Outside, now

from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.messages import (
    CountStock,
    CustomerIdentified,
    CustomersMerged,
    IdentifyCustomer,
    ReceiveStock,
    StockAdjusted,
    StockCounted,
)
from tsunagu.contracts.topics import CUSTOMER_TASKS
from tsunagu.contracts.values import CountScope, PersonalData, PostalAddress, ReceivedLine, SkuCount
from tsunagu.retailer.players.registrars import seal, sealing_key

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

DECIDES = ("decide",)
SOMEBODY = PersonalData(
    family_name="勅使河原",
    given_name="健一",
    addresses=(PostalAddress(postal_code="2310001", prefecture="JP-14", city="横浜市", street="本町1-2-3"),),
)
"""Name and address say much, and never enough to merge two customers without asking."""


async def counted(outside: Outside, store: str, sku: str, pieces: int) -> str:
    """Somebody counts so many pieces, and the difference has to be approved; returns the count's id."""
    count_id = uuid7()
    await outside.send(
        CountStock(
            count_id=count_id,
            location_id=store,
            scope=CountScope.SHELF,
            counted_at=now(),
            lines=(SkuCount(sku=sku, quantity=pieces),),
            occurred_at=now(),
        )
    )
    await outside.task("approve_count", count_id=count_id)
    return count_id


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_count__far_from_the_books__is_approved_in_the_app_and_stock_follows(
    outside: Outside, new_shop: NewShop, sign_in: SignIn, looking: Looking, language: str
) -> None:
    one = await new_shop(60, 0)
    store = one.stores[0]
    count_id = await counted(outside, store, one.sku, 4)

    clerk = await sign_in(one, language=language)
    name = {"ja": f"渋谷店{one.sku[5:]}", "en": f"Shibuya {one.sku[5:]}"}[language]
    await expect(clerk.page.get_by_role("banner")).to_contain_text(name)
    await clerk.open("approve_count")
    await clerk.sees("decide.others")
    await expect(clerk.page.get_by_role("button", name=clerk.say("approve.yes"))).to_have_count(0)

    manager = await sign_in(one, rights=DECIDES, language=language)
    await manager.open("approve_count")
    row = manager.page.get_by_role("row").filter(has_text=one.sku)
    await expect(row).to_contain_text("−56")
    await looking.at(manager.page, f"staff-approve-count-{language}")
    await manager.page.context.set_offline(True)
    await manager.sees("offline.banner")
    await manager.sees("decide.offline")
    await manager.page.context.set_offline(False)
    await manager.press("approve.yes")
    await manager.sees("task.done_detail")
    applied = await outside.heard(StockCounted, document_id=count_id, outcome="applied")
    assert applied.approval_id is not None
    await outside.available(store, one.sku, 4)


async def test_count__decided_by_somebody_else_meanwhile__is_refused_in_the_readers_language(
    outside: Outside, new_shop: NewShop, sign_in: SignIn, looking: Looking
) -> None:
    one = await new_shop(60, 0)
    count_id = await counted(outside, one.stores[0], one.sku, 4)
    # Two accounts: an account's second sign-in with a new password ends its first session.
    late, first = await sign_in(one, rights=DECIDES), await sign_in(one, rights=(*DECIDES, "operate"))
    await late.open("approve_count")
    # Its list is not renewed from now on: it still shows the task when the other has decided.
    await late.page.route(
        "**/v1/today", lambda route: route.fulfill(status=503, content_type="application/json", body="{}")
    )
    await first.open("approve_count")
    await first.press("approve.no")
    await outside.heard(StockCounted, document_id=count_id, outcome="refused")

    await late.press("approve.yes")
    await late.sees("refusal.not_awaiting_approval")
    await looking.at(late.page, "staff-decided-before-ja")
    await outside.available(one.stores[0], one.sku, 60)


async def test_discrepancy__goods_that_arrived_damaged__are_written_off_and_leave_the_books(
    outside: Outside, new_shop: NewShop, sign_in: SignIn, looking: Looking
) -> None:
    one = await new_shop(0, 0)
    store = one.stores[0]
    await outside.send(
        ReceiveStock(
            delivery_id=uuid7(),
            location_id=store,
            lines=(ReceivedLine(sku=one.sku, quantity=5, damaged=2),),
            occurred_at=now(),
        )
    )
    task = await outside.task("discrepancy", location_id=store)
    await outside.available(store, one.sku, 3)

    manager = await sign_in(one, rights=DECIDES)
    await manager.open("discrepancy")
    leaves = manager.page.get_by_role("group", name=f"{one.words} 黒")
    for _ in range(2):
        await leaves.get_by_role("button", name=manager.say("more_pieces")).click()
    await manager.press("resolution.write_off")
    await looking.at(manager.page, "staff-settle-discrepancy-ja")
    await manager.press("settle.done")
    await manager.sees("task.done_detail")

    adjusted = await outside.heard(StockAdjusted, location_id=store, reason="correction")
    assert [(line.change, line.on_hand) for line in adjusted.lines] == [(-2, 3)]
    await outside.available(store, one.sku, 3)
    ended = await outside.task("discrepancy", open_only=False, task_id=task.task_id, state="done")
    assert ended.ended_at is not None


async def test_customer_desk__sees_refs_and_evidence__and_puts_two_together(
    outside: Outside, new_shop: NewShop, sign_in: SignIn, looking: Looking
) -> None:
    one = await new_shop(0, 0)
    refs = (f"app:{uuid7()}", f"card:{uuid7()}")
    for ref in refs:
        await identified(outside, ref, SOMEBODY)
    task = await outside.state(
        CUSTOMER_TASKS, lambda it: set(it.customer_refs) == set(refs), f"somebody is asked about {refs}"
    )

    desk = await sign_in(one, holder="dept:customer-care")
    await desk.page.get_by_role("link").filter(has_text=refs[0]).click()
    await desk.sees("review.merge")
    await expect(desk.page.get_by_role("cell", name=desk.say("field.given_name"), exact=True)).to_be_visible()
    await looking.at(desk.page, "staff-customer-desk-ja")
    assert "勅使河原" not in await desk.page.content(), "no name is shown"
    await desk.press("review.one")
    await desk.sees("task.done_detail")
    merged = await outside.heard(CustomersMerged, where=lambda event: set(event.refs) == set(refs))
    assert (merged.merge_id is not None, task.kind) == (True, "merge_review")


async def identified(outside: Outside, ref: str, person: PersonalData) -> None:
    """A channel says that a ref is this person's."""
    key = await sealing_key(outside.addresses.http["customer"])
    await outside.send(
        IdentifyCustomer(
            identification_id=uuid7(),
            customer_ref=ref,
            channel="ec",
            sealed=seal(person, key),
            occurred_at=now(),
        )
    )
    await outside.heard(CustomerIdentified, customer_ref=ref)
