"""Which event is told, to whom, and what is moot before it is told."""

from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from customer.postman import forget_old
from tsunagu.chassis import clock
from tsunagu.contracts.messages import NoticeFailed, NoticeSent
from tsunagu.contracts.topics import ORDER_EVENTS
from tsunagu.contracts.values import FulfilmentGroup, FulfilmentMethod
from tsunagu.testing.harness import Harness, all_of, only, record_of
from tsunagu.testing.mail_server import TestMailServer

pytestmark = pytest.mark.component


def subjects(mail: TestMailServer) -> list[str]:
    """The subjects of what was sent, without the order's number."""
    return [str(one.message["Subject"]).partition("（")[0] for one in mail.deliveries]


async def states(service: Harness) -> dict[str, str]:
    rows = await service.connection.fetch("SELECT kind, state FROM notice ORDER BY made_at, kind")
    return {row["kind"]: row["state"] for row in rows}


async def test_tell__a_whole_life__each_step_once_and_the_collection_not(
    service: Harness, mail: Any, post: Any, hours: Any, new_shopper: Any, order_of: Any
) -> None:
    order = order_of(await new_shopper())
    told: list[Any] = []
    for news in (
        order.confirmed(),
        order.code(),
        order.ready(),
        None,  # time passes, the reminder comes
        order.collected(),
    ):
        if news is None:
            hours.pass_by(days=6, hours=1)
        else:
            await service.deliver(news)
        await post.go_round()
        told += await service.sent()

    assert subjects(mail) == [
        "ご注文を承りました",
        "お受け取りの準備ができました",
        "お受け取り期限が近づいています",
    ]
    assert {one.recipient for one in mail.deliveries} == {"hanako@example.jp"}
    sent = all_of(told, NoticeSent)
    assert [one.kind for one in sent] == ["confirmed", "ready", "reminder"]
    assert {one.order_id for one in sent} == {order.order_id}
    assert [one.message["Message-ID"] for one in mail.deliveries] == [
        f"<{one.notice_id}@shop.example.jp>" for one in sent
    ]
    assert all_of(told, NoticeFailed) == []


async def test_tell__event_that_comes_twice__is_one_notice(
    service: Harness, mail: Any, post: Any, new_shopper: Any, order_of: Any
) -> None:
    record = record_of(order_of(await new_shopper()).confirmed())
    await service.deliver_records(ORDER_EVENTS, [record])
    await post.go_round()
    await service.connection.execute("DELETE FROM inbox")  # forgotten: only the notice's own id guards now

    await service.deliver_records(ORDER_EVENTS, [record])
    await post.go_round()

    assert len(mail.deliveries) == 1
    assert await states(service) == {"confirmed": "sent"}


async def test_tell__choice__asks_once_more_if_more_is_in_question_and_no_more_when_answered(
    service: Harness, mail: Any, post: Any, new_shopper: Any, order_of: Any, line_of: Any
) -> None:
    order = order_of(await new_shopper())
    await service.deliver(order.asked(), order.asked(line_of("1", 1), line_of("2", 4)))
    await post.go_round()
    assert ["5点" in one.text for one in mail.deliveries] == [True]

    await service.deliver(order.asked(), order.changed())
    await post.go_round()

    assert subjects(mail) == ["ご注文の商品についてお選びください"]


async def test_tell__choice_whose_time_is_over_before_it_is_sent__is_moot(
    service: Harness, mail: Any, post: Any, hours: Any, new_shopper: Any, order_of: Any
) -> None:
    order = order_of(await new_shopper())
    await service.deliver(order.asked())
    hours.pass_by(minutes=61)

    await post.go_round()

    assert mail.deliveries == []
    assert await states(service) == {"choice": "void"}


@pytest.mark.parametrize("one_by_one", [False, True], ids=["in_one_batch", "in_two"])
async def test_tell__cancellation_of_a_prepaid_order__says_what_is_paid_back(
    one_by_one: bool, service: Harness, mail: Any, post: Any, new_shopper: Any, order_of: Any
) -> None:
    order = order_of(await new_shopper())
    news = [order.cancelled(cancel_id="C1"), order.refund(6000, cause_id="C1")]
    for part in [[one] for one in news] if one_by_one else [news]:
        await service.deliver(*part)

    await post.go_round()

    assert subjects(mail) == ["ご注文がキャンセルされました"]
    assert "ご返金額: 6,000円" in mail.deliveries[0].text


async def test_tell__refund_that_comes_after_the_cancellation_was_sent__is_told_by_itself(
    service: Harness, mail: Any, post: Any, new_shopper: Any, order_of: Any
) -> None:
    order = order_of(await new_shopper())
    await service.deliver(order.rejected())
    await post.go_round()

    await service.deliver(order.refund(6000))
    await post.go_round()

    assert subjects(mail) == ["ご注文をお受けできませんでした", "ご返金のお知らせ"]
    assert ["返金額" in one.text for one in mail.deliveries] == [False, True]


async def test_tell__refund_of_what_a_till_has_paid_back__is_nothing_to_tell(
    service: Harness, new_shopper: Any, order_of: Any
) -> None:
    await service.deliver(order_of(await new_shopper()).refund(0))

    assert await states(service) == {}


async def test_tell__cancellation__waits_for_its_refund_as_long_as_the_setting_says(
    service: Harness, mail: Any, post: Any, use_settings: Any, hours: Any, new_shopper: Any, order_of: Any
) -> None:
    use_settings.use(refund_wait_seconds=5)
    order = order_of(await new_shopper())
    await service.deliver(order.cancelled())
    await post.go_round()
    assert mail.deliveries == []

    hours.pass_by(seconds=6)
    await post.go_round()

    assert subjects(mail) == ["ご注文がキャンセルされました"]


async def test_tell__order_that_is_cancelled_before_anything_was_sent__only_the_cancellation(
    service: Harness, mail: Any, post: Any, hours: Any, new_shopper: Any, order_of: Any
) -> None:
    order = order_of(await new_shopper())
    await service.deliver(order.confirmed(), order.code(), order.ready())
    await service.deliver(order.cancelled())

    await post.go_round()
    hours.pass_by(days=6, hours=1)
    await post.go_round()

    assert subjects(mail) == ["ご注文がキャンセルされました"]
    assert await states(service) == {
        "confirmed": "void",
        "ready": "void",
        "reminder": "void",
        "cancelled": "sent",
    }


async def test_remind__collected_or_cancelled_in_time__reminds_nobody(
    service: Harness, mail: Any, post: Any, hours: Any, new_shopper: Any, order_of: Any
) -> None:
    collected, cancelled = order_of(await new_shopper()), order_of(await new_shopper())
    for order in (collected, cancelled):
        await service.deliver(order.code(), order.ready())
    await post.go_round()
    await service.deliver(collected.collected(), cancelled.cancelled())
    await post.go_round()
    mail.deliveries.clear()

    hours.pass_by(days=6, hours=1)
    await post.go_round()

    assert mail.deliveries == []


async def test_remind__part_was_collected__reminds_of_the_rest_once(
    service: Harness, mail: Any, post: Any, hours: Any, new_shopper: Any, order_of: Any, line_of: Any
) -> None:
    order = order_of(await new_shopper())
    await service.deliver(order.code(), order.ready(line_of("1", 2), line_of("2", 3)))
    await post.go_round()
    await service.deliver(order.collected("2", 1, finished=False))
    mail.deliveries.clear()

    hours.pass_by(days=6, hours=1)
    for _ in range(3):
        await post.go_round()

    assert subjects(mail) == ["お受け取り期限が近づいています"]
    assert "点数: 4点" in mail.deliveries[0].text


async def test_remind__all_of_a_group_is_gone_while_another_waits__reminds_of_the_other_only(
    service: Harness, mail: Any, post: Any, hours: Any, new_shopper: Any, order_of: Any, line_of: Any
) -> None:
    order = order_of(await new_shopper())
    await service.deliver(
        order.code(), order.ready(line_of("1", 2)), order.ready(line_of("2", 7, "h"), group_id="h")
    )
    await service.deliver(order.cancelled(line_of("1", 2), finished=False))
    await post.go_round()
    mail.deliveries.clear()

    hours.pass_by(days=6, hours=1)
    await post.go_round()

    assert ["7点" in one.text for one in mail.deliveries] == [True]


async def test_remind__ready_anew_with_more_time__the_old_reminder_is_gone(
    service: Harness, mail: Any, post: Any, hours: Any, new_shopper: Any, order_of: Any
) -> None:
    order = order_of(await new_shopper())
    await service.deliver(order.code(), order.ready(), order.ready(pickup_by=clock.now() + timedelta(days=9)))
    await post.go_round()
    hours.pass_by(days=6, hours=1)
    await post.go_round()
    assert subjects(mail) == ["お受け取りの準備ができました"]

    hours.pass_by(days=2)
    await post.go_round()

    assert subjects(mail)[1:] == ["お受け取り期限が近づいています"]


async def test_remind__less_time_to_collect_than_that__reminds_not_at_all(
    service: Harness, mail: Any, post: Any, hours: Any, new_shopper: Any, order_of: Any
) -> None:
    order = order_of(await new_shopper())
    await service.deliver(order.code(), order.ready(pickup_by=clock.now() + timedelta(hours=23)))

    assert await states(service) == {"ready": "waiting"}


async def test_tell__pickup_and_parcel_in_one_order__names_no_single_store(
    service: Harness, mail: Any, post: Any, new_shopper: Any, order_of: Any
) -> None:
    groups = (
        FulfilmentGroup(group_id="g", method=FulfilmentMethod.PICKUP, location_id="S001"),
        FulfilmentGroup(group_id="h", method=FulfilmentMethod.SHIP, prefecture="JP-13"),
    )
    await service.deliver(order_of(await new_shopper()).confirmed(*groups))

    await post.go_round()

    assert "横浜店" not in mail.deliveries[0].text


async def test_off__without_a_mail_server__nothing_is_sent_nor_kept_under_anybody(
    service: Harness, new_shopper: Any, order_of: Any
) -> None:
    def off() -> float:
        labels = {"kind": "ready", "outcome": "off"}
        return REGISTRY.get_sample_value("tsunagu_customer_notices_total", labels) or 0.0

    before = off()
    order = order_of(await new_shopper(), "to:somebody")

    out = await service.deliver(
        order.confirmed(), order.code(), order.ready(), order.cancelled(), order.refund()
    )

    assert out == []
    rows = await service.connection.fetch("SELECT state, customer_digest, recipient_digest FROM notice")
    assert [tuple(row) for row in rows] == [("off", None, None)] * 5
    assert await service.connection.fetchval("SELECT count(*) FROM pickup_code") == 0
    assert off() == before + 1


async def test_off__mail_server_taken_away__what_waited_is_not_sent_later(
    service: Harness,
    mail: Any,
    post: Any,
    use_settings: Any,
    new_shopper: Any,
    order_of: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await service.deliver(order_of(await new_shopper()).confirmed())
    monkeypatch.delenv("TSUNAGU_CUSTOMER_SMTP_HOST")
    use_settings.use()
    await post.go_round()
    await forget_old(post.runtime)
    use_settings.use(smtp_host="127.0.0.1")

    await post.go_round()

    assert mail.deliveries == []
    assert await states(service) == {"confirmed": "off"}


async def test_upkeep__notices_that_ended_long_ago_and_codes_out_of_time__are_deleted(
    service: Harness, mail: Any, post: Any, hours: Any, new_shopper: Any, order_of: Any
) -> None:
    order, other = order_of(await new_shopper()), order_of(await new_shopper())
    await service.deliver(order.confirmed(), order.code())
    await post.go_round()
    hours.pass_by(days=34)
    await service.deliver(other.asked())
    await forget_old(post.runtime)
    assert await states(service) == {"confirmed": "sent", "choice": "waiting"}
    assert await service.connection.fetchval("SELECT count(*) FROM pickup_code") == 0

    hours.pass_by(days=2)
    await forget_old(post.runtime)

    assert await states(service) == {"choice": "waiting"}


async def test_tell__nobody_is_named__fails_at_once(
    service: Harness, mail: Any, post: Any, order_of: Any
) -> None:
    def failures() -> float:
        name = "tsunagu_customer_notices_failed_total"
        return REGISTRY.get_sample_value(name, {"reason": "nobody"}) or 0.0

    order, before = order_of(None), failures()

    out = await service.deliver(order.ready())

    failed = only(out, NoticeFailed)
    assert (failed.kind, failed.reason, failed.order_id) == ("ready", "nobody", order.order_id)
    assert failures() == before + 1
    assert await states(service) == {"ready": "failed"}


async def test_tell__shipped__names_the_carrier_and_the_number_if_there_is_one(
    service: Harness, mail: Any, post: Any, new_shopper: Any, order_of: Any
) -> None:
    order = order_of(await new_shopper())
    await service.deliver(order.shipped(), order.shipped(tracking_number=None))
    await post.go_round()

    assert subjects(mail) == ["ご注文の商品を発送しました"] * 2
    assert all("配送会社: 青葉急便" in one.text for one in mail.deliveries)
    assert sorted("お問い合わせ番号: 4001-2345-6789" in one.text for one in mail.deliveries) == [False, True]
    assert [one.kind for one in all_of(await service.sent(), NoticeSent)] == ["shipped"] * 2


async def test_tell__shipped__delivered_before_it_is_sent__is_moot(
    service: Harness, mail: Any, post: Any, new_shopper: Any, order_of: Any
) -> None:
    order = order_of(await new_shopper())
    await service.deliver(order.shipped(), order.collected())
    await post.go_round()
    assert mail.deliveries == []
    assert await states(service) == {"shipped": "void"}
