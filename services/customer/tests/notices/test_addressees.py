"""Who gets a notice: of goods the recipient, else the customer; of money the customer; and nobody who was erased."""

import asyncio
from typing import Any

import pytest

from tsunagu.contracts.messages import NoticeFailed, NoticeSent
from tsunagu.testing.harness import Harness, all_of, delete_of, only

pytestmark = [pytest.mark.component, pytest.mark.wide]


def recipients(mail: Any) -> list[str]:
    return [one.recipient for one in mail.deliveries]


async def test_address__recipient_with_an_email__gets_it_by_their_own_name(
    service: Harness, mail: Any, post: Any, a: Any, new_shopper: Any, order_of: Any
) -> None:
    ref, to = await new_shopper("buyer@example.jp"), a.ref("to")
    await service.deliver(a.recipient(to, ref, family_name="受取", emails=("to@example.jp",)))
    await service.deliver(order_of(ref, to).shipped())

    await post.go_round()

    assert recipients(mail) == ["to@example.jp"]
    assert mail.deliveries[0].text.startswith("受取 様")


async def test_address__of_what_the_buyer_pays_and_decides__is_the_customers_although_a_recipient_has_one(
    service: Harness, mail: Any, post: Any, a: Any, new_shopper: Any, order_of: Any
) -> None:
    ref, to = await new_shopper("buyer@example.jp"), a.ref("to")
    await service.deliver(a.recipient(to, ref, family_name="受取", emails=("to@example.jp",)))
    gift = order_of(ref, to)
    await service.deliver(gift.confirmed(), gift.asked(), gift.cancelled(), gift.refund())

    await post.go_round()

    assert set(recipients(mail)) == {"buyer@example.jp"}


async def test_address__no_customer_is_named__the_recipient_gets_all(
    service: Harness, mail: Any, post: Any, a: Any, new_shopper: Any, order_of: Any
) -> None:
    ref, to = await new_shopper(), a.ref("to")
    await service.deliver(a.recipient(to, ref, emails=("to@example.jp",)))
    await service.deliver(order_of(None, to).confirmed())

    await post.go_round()

    assert recipients(mail) == ["to@example.jp"]


async def test_address__recipient_without_an_email__the_customer_gets_it(
    service: Harness, mail: Any, post: Any, a: Any, new_shopper: Any, order_of: Any
) -> None:
    ref, to = await new_shopper("buyer@example.jp"), a.ref("to")
    await service.deliver(a.recipient(to, ref, family_name="受取", phones=("090-8765-4321",)))
    await service.deliver(order_of(ref, to).shipped())

    await post.go_round()

    assert recipients(mail) == ["buyer@example.jp"]


async def test_address__email_given_under_another_ref_of_the_customer__is_theirs(
    service: Harness, mail: Any, post: Any, a: Any, new_shopper: Any, order_of: Any
) -> None:
    account = await new_shopper("account@example.jp")
    card = a.ref("card")
    await service.deliver(a.identification(card, others=[account]))
    await service.deliver(order_of(card).confirmed())

    await post.go_round()

    assert recipients(mail) == ["account@example.jp"]


async def test_address__of_several_refs__the_one_that_ordered_counts(
    service: Harness, mail: Any, post: Any, a: Any, new_shopper: Any, order_of: Any
) -> None:
    mine = await new_shopper("mine@example.jp")
    await service.deliver(a.identification(a.ref(), others=[mine], emails=("newer@example.jp",)))
    await service.deliver(order_of(mine).confirmed())

    await post.go_round()

    assert recipients(mail) == ["mine@example.jp"]


async def test_address__one_that_can_not_exist__is_passed_over_and_letters_stay_as_given(
    service: Harness, mail: Any, post: Any, a: Any, order_of: Any
) -> None:
    ref = a.ref()
    await service.deliver(a.identification(ref, emails=("root@localhost", "Hanako@example.jp")))
    await service.deliver(order_of(ref).asked())

    await post.go_round()

    assert recipients(mail) == ["Hanako@example.jp"]


async def test_recipient__changed__what_waits_and_the_reminder_go_to_the_new_one(
    service: Harness, mail: Any, post: Any, hours: Any, a: Any, new_shopper: Any, order_of: Any
) -> None:
    ref, first, second = await new_shopper("buyer@example.jp"), a.ref("first"), a.ref("second")
    await service.deliver(
        a.recipient(first, ref, emails=("first@example.jp",)),
        a.recipient(second, ref, emails=("second@example.jp",)),
    )
    order = order_of(ref, first)
    await service.deliver(order.shipped())
    await post.go_round()
    await service.deliver(order.code(), order.ready())

    changed = order.recipient_changed(second)
    await service.deliver(changed, order.code(version=2, recipient_version=changed.version))
    await post.go_round()
    hours.pass_by(days=6, hours=1)
    await post.go_round()

    assert recipients(mail) == ["first@example.jp", "second@example.jp", "second@example.jp"]


async def test_recipient__changed_after_the_ready_notice_was_sent__the_new_one_is_told_what_waits(
    service: Harness, mail: Any, post: Any, hours: Any, a: Any, new_shopper: Any, order_of: Any
) -> None:
    ref, first, second = await new_shopper("buyer@example.jp"), a.ref("first"), a.ref("second")
    await service.deliver(
        a.recipient(first, ref, emails=("first@example.jp",)),
        a.recipient(second, ref, emails=("second@example.jp",)),
    )
    order = order_of(ref, first)
    await service.deliver(order.code("042917"), order.ready())
    await post.go_round()

    changed = order.recipient_changed(second)
    await service.deliver(changed, order.code("314159", 2, changed.version))
    await service.deliver(changed)
    await post.go_round()
    assert recipients(mail) == ["first@example.jp", "second@example.jp"]
    assert "042917" in mail.deliveries[0].text
    assert "314159" in mail.deliveries[1].text

    # The last pieces are fetched: the next one is told nothing, since nothing waits.
    await service.deliver(order.collected(), order.recipient_changed(first))
    await post.go_round()
    assert len(mail.deliveries) == 2


@pytest.mark.parametrize("code_first", [True, False])
async def test_recipient__changed__the_new_one_is_never_told_the_code_that_the_one_before_knew(
    service: Harness,
    mail: Any,
    post: Any,
    hours: Any,
    a: Any,
    new_shopper: Any,
    order_of: Any,
    code_first: bool,
) -> None:
    ref, first, second = await new_shopper("buyer@example.jp"), a.ref("first"), a.ref("second")
    await service.deliver(
        a.recipient(first, ref, emails=("first@example.jp",)),
        a.recipient(second, ref, emails=("second@example.jp",)),
    )
    order = order_of(ref, first)
    await service.deliver(order.code("042917"), order.ready())
    await post.go_round()
    changed = order.recipient_changed(second)
    new = order.code("314159", 2, changed.version)
    # They come on two topics.
    for message in (new, changed) if code_first else (changed, new):
        await service.deliver(message)
        await post.go_round()
    hours.pass_by(minutes=2)
    await post.go_round()

    assert recipients(mail) == ["first@example.jp", "second@example.jp"]
    assert "314159" in mail.deliveries[1].text


async def test_recipient__named_where_nobody_was__is_told_the_code_that_goes_on(
    service: Harness, mail: Any, post: Any, a: Any, new_shopper: Any, order_of: Any
) -> None:
    ref, to = await new_shopper("buyer@example.jp"), a.ref("to")
    await service.deliver(a.recipient(to, ref, emails=("to@example.jp",)))
    order = order_of(ref)
    await service.deliver(order.code("042917"), order.ready())
    await post.go_round()
    await service.deliver(order.recipient_changed(to))
    await post.go_round()

    assert recipients(mail) == ["buyer@example.jp", "to@example.jp"]
    assert "042917" in mail.deliveries[1].text


async def test_recipient__changed_with_the_way__what_waits_goes_to_the_new_one(
    service: Harness, mail: Any, post: Any, a: Any, new_shopper: Any, order_of: Any
) -> None:
    ref, first, second = await new_shopper("buyer@example.jp"), a.ref("first"), a.ref("second")
    await service.deliver(
        a.recipient(first, ref, emails=("first@example.jp",)),
        a.recipient(second, ref, emails=("second@example.jp",)),
    )
    order = order_of(ref, first)
    await service.deliver(order.code("042917"), order.ready())
    order.recipient = second
    changed = order.changed()
    await service.deliver(changed, order.code("314159", 2, changed.version))
    await post.go_round()

    assert recipients(mail) == ["second@example.jp"]
    assert "314159" in mail.deliveries[0].text


async def test_recipient__taken_back__the_customer_gets_what_waits(
    service: Harness, mail: Any, post: Any, a: Any, new_shopper: Any, order_of: Any
) -> None:
    ref, to = await new_shopper("buyer@example.jp"), a.ref("to")
    await service.deliver(a.recipient(to, ref, emails=("to@example.jp",)))
    order = order_of(ref, to)
    await service.deliver(order.code(), order.ready())
    changed = order.recipient_changed(None)
    await service.deliver(changed, order.code("314159", 2, changed.version))

    await post.go_round()

    assert recipients(mail) == ["buyer@example.jp"]
    assert "314159" in mail.deliveries[0].text


async def test_recipient__taken_back_and_no_customer_is_named__what_waits_fails(
    service: Harness, mail: Any, post: Any, a: Any, new_shopper: Any, order_of: Any
) -> None:
    ref, to = await new_shopper(), a.ref("to")
    await service.deliver(a.recipient(to, ref, emails=("to@example.jp",)))
    order = order_of(None, to)
    await service.deliver(order.asked())

    out = await service.deliver(order.recipient_changed(None))
    await post.go_round()

    failed = only(out, NoticeFailed)
    assert (failed.kind, failed.reason, failed.order_id) == ("choice", "nobody", order.order_id)
    assert mail.deliveries == []
    left = await service.connection.fetchval("SELECT count(*) FROM notice WHERE recipient_digest IS NOT NULL")
    assert left == 0


async def test_recipient__changed_to_one_who_was_erased__the_customer_gets_what_waits(
    service: Harness, mail: Any, post: Any, a: Any, new_shopper: Any, order_of: Any
) -> None:
    ref, other, to = await new_shopper("buyer@example.jp"), await new_shopper("other@example.jp"), a.ref("to")
    await service.deliver(a.recipient(to, other, emails=("to@example.jp",)))
    await service.deliver(a.erasure(other))
    await service.work_due()
    order = order_of(ref)
    await service.deliver(order.code(), order.ready(), order.recipient_changed(to))

    await post.go_round()

    assert recipients(mail) == ["buyer@example.jp"]
    assert (
        await service.connection.fetchval("SELECT count(*) FROM notice WHERE recipient_digest IS NOT NULL")
        == 0
    )


async def test_recipient__erased_with_whoever_recorded_them__the_customer_still_gets_what_waits(
    service: Harness, mail: Any, post: Any, a: Any, new_shopper: Any, order_of: Any
) -> None:
    ref, other, to = await new_shopper("buyer@example.jp"), await new_shopper("other@example.jp"), a.ref("to")
    await service.deliver(a.recipient(to, other, emails=("to@example.jp",)))
    order = order_of(ref, to)
    await service.deliver(order.confirmed(), order.code(), order.ready())

    await service.deliver(a.erasure(other))
    await service.work_due()
    await post.go_round()

    assert recipients(mail) == ["buyer@example.jp", "buyer@example.jp"]
    left = await service.connection.fetchval("SELECT count(*) FROM notice WHERE recipient_digest IS NOT NULL")
    assert left == 0


@pytest.mark.parametrize("known", [True, False], ids=["no_email", "unknown"])
async def test_address__none_is_known__fails_when_the_wait_for_one_is_over(
    known: bool, service: Harness, mail: Any, post: Any, hours: Any, a: Any, new_shopper: Any, order_of: Any
) -> None:
    order = order_of(await new_shopper(None) if known else a.ref())
    await service.deliver(order.confirmed())
    await post.go_round()
    assert all_of(await service.sent(), NoticeFailed) == []

    hours.pass_by(seconds=61)
    await post.go_round()

    failed = only(await service.sent(), NoticeFailed)
    assert (failed.order_id, failed.kind, failed.reason) == (order.order_id, "confirmed", "no_address")
    assert mail.deliveries == []


async def test_address__known_a_moment_after_the_order__gets_it(
    service: Harness, mail: Any, post: Any, hours: Any, a: Any, order_of: Any
) -> None:
    ref = a.ref()
    await service.deliver(order_of(ref).asked())
    await post.go_round()

    await service.deliver(a.identification(ref, emails=("late@example.jp",)))
    hours.pass_by(seconds=6)
    await post.go_round()

    assert recipients(mail) == ["late@example.jp"]


async def test_language__of_the_person__else_that_of_the_settings(
    service: Harness, mail: Any, post: Any, use_settings: Any, new_shopper: Any, order_of: Any
) -> None:
    use_settings.use(language="en")
    for email, language in (("ja@example.jp", "ja"), ("fr@example.jp", "fr"), ("none@example.jp", None)):
        await service.deliver(order_of(await new_shopper(email, language=language)).asked())

    await post.go_round()

    languages = {one.recipient: one.message["Content-Language"] for one in mail.deliveries}
    assert languages == {"ja@example.jp": "ja", "fr@example.jp": "en", "none@example.jp": "en"}


async def test_code__that_comes_after_the_event__is_waited_for(
    service: Harness, mail: Any, post: Any, hours: Any, new_shopper: Any, order_of: Any
) -> None:
    order = order_of(await new_shopper())
    await service.deliver(order.ready())
    await post.go_round()
    assert mail.deliveries == []

    await service.deliver(order.code("314159", version=2), order.code("271828", version=1))
    hours.pass_by(seconds=6)
    await post.go_round()

    assert "受け取りコード: 314159" in mail.deliveries[0].text


async def test_code_and_store__that_never_come__are_left_out_when_the_wait_is_over(
    service: Harness, mail: Any, post: Any, hours: Any, new_shopper: Any, order_of: Any, the_store: Any
) -> None:
    order = order_of(await new_shopper())
    await service.deliver(order.code(), order.ready())
    await service.deliver_records(
        next(one.topic for one in service.service.subscriptions if one.topic.name == "pickup.codes"),
        [delete_of(order.code())],
    )
    await service.deliver_records(
        next(one.topic for one in service.service.subscriptions if one.topic.name == "network.locations"),
        [delete_of(the_store)],
    )
    await post.go_round()
    assert mail.deliveries == []

    hours.pass_by(seconds=61)
    await post.go_round()

    text = mail.deliveries[0].text
    assert "受け取りコード:" not in text
    assert "お受け取り店舗: S001\n" in text
    assert "住所" not in text


async def test_erase__what_waits_is_never_sent_and_nothing_is_left(
    service: Harness, mail: Any, post: Any, hours: Any, a: Any, new_shopper: Any, order_of: Any
) -> None:
    ref, to = await new_shopper(), a.ref("to")
    await service.deliver(a.recipient(to, ref, emails=("to@example.jp",)))
    order, of_recipient = order_of(ref), order_of(None, to)
    for one in (order, of_recipient):
        await service.deliver(one.code(), one.ready())
    await post.go_round()
    assert len(mail.deliveries) == 2

    await service.deliver(a.erasure(ref))
    await service.work_due()
    hours.pass_by(days=6, hours=1)
    await post.go_round()

    assert len(mail.deliveries) == 2
    assert await service.connection.fetchval("SELECT count(*) FROM notice") == 0
    assert await service.connection.fetchval("SELECT count(*) FROM pickup_code") == 0


async def test_erase__what_comes_later_of_an_order__is_told_nobody_and_says_so(
    service: Harness, mail: Any, post: Any, a: Any, new_shopper: Any, order_of: Any
) -> None:
    ref = await new_shopper()
    await service.deliver(a.erasure(ref))

    out = await service.deliver(order_of(ref).ready())

    assert only(out, NoticeFailed).reason == "erased"
    digests = await service.connection.fetchval(
        "SELECT count(*) FROM notice WHERE customer_digest IS NOT NULL OR recipient_digest IS NOT NULL"
    )
    assert digests == 0


async def test_erase__while_the_mail_is_under_way__says_nothing_of_it(
    service: Harness, mail: Any, post: Any, a: Any, new_shopper: Any, order_of: Any
) -> None:
    ref = await new_shopper()
    mail.holds["hanako@example.jp"] = asyncio.Event()
    await service.deliver(order_of(ref).asked())
    sending = asyncio.create_task(post.go_round())
    await mail.held.wait()

    await service.deliver(a.erasure(ref))
    mail.holds["hanako@example.jp"].set()
    await sending

    assert all_of(await service.sent(), NoticeSent) == []
    assert await service.connection.fetchval("SELECT count(*) FROM notice") == 0
