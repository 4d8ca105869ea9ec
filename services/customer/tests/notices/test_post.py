"""Mail servers that are away, slow, or say no; and processes that die with a mail in their hands."""

import asyncio
import os
import sys
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from prometheus_client import REGISTRY

from customer import gauges
from customer.postman import Postman
from customer.settings import Settings
from tsunagu.chassis import clock
from tsunagu.chassis.clock import TimeSource
from tsunagu.contracts.messages import CustomerIdentified, NoticeFailed, NoticeSent
from tsunagu.testing.harness import Harness, all_of, only

from .conftest import waiting

pytestmark = [pytest.mark.component, pytest.mark.wide]

PROCESS = """
import asyncio, sys
from customer.app import SERVICE
from customer.postman import Postman
from tsunagu.chassis.runtime import Runtime
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.testing.fault_points import KILL, strike_at

async def main():
    runtime = Runtime(SERVICE, ChassisSettings())
    await runtime._migrate()
    strike_at(sys.argv[1], KILL)
    await Postman().go_round(runtime)

asyncio.run(main())
"""


def recipients(mail: Any) -> list[str]:
    return [one.recipient for one in mail.deliveries]


async def test_server__is_down__holds_up_nothing_else_and_sends_all_when_it_is_back(
    service: Harness, mail: Any, post: Any, hours: Any, a: Any, new_shopper: Any, order_of: Any
) -> None:
    await mail.stop()
    ref = await new_shopper()
    for _ in range(3):
        await service.deliver(order_of(ref).confirmed())
        await post.go_round()
        hours.pass_by(minutes=10)
    only(await service.deliver(a.identification(a.ref())), CustomerIdentified)
    assert await waiting(service) == 3

    await mail.start()
    hours.pass_by(minutes=2)
    await post.go_round()

    assert len(mail.deliveries) == 3
    said = await service.sent()
    assert len(all_of(said, NoticeSent)) == 3
    assert all_of(said, NoticeFailed) == []


async def test_server__that_is_down__is_left_alone_for_longer_each_time(
    service: Harness, mail: Any, post: Any, hours: Any, new_shopper: Any, order_of: Any
) -> None:
    def times_away() -> float:
        return (
            REGISTRY.get_sample_value("tsunagu_customer_mail_server_away_total", {"reason": "not_reached"})
            or 0.0
        )

    await mail.stop()
    await service.deliver(order_of(await new_shopper()).confirmed())
    before = times_away()

    for _ in range(200):
        await post.go_round()
        hours.pass_by(seconds=1)

    # 1 + 2 + 4 + 8 + 16 + 32 seconds, then one look each minute, where asking each time would be 200.
    assert 7 <= times_away() - before <= 10


async def test_server__down_for_longer_than_the_news_is_worth__the_notice_fails(
    service: Harness, mail: Any, post: Any, hours: Any, new_shopper: Any, order_of: Any
) -> None:
    await mail.stop()

    def failed_too_late() -> float | None:
        return REGISTRY.get_sample_value("tsunagu_customer_notices_failed_total", {"reason": "too_late"})

    before = failed_too_late()
    assert (
        before is not None
    )  # the series is there before anything fails, or its first rise would be no increase
    await service.deliver(order_of(await new_shopper()).confirmed())
    await post.go_round()

    hours.pass_by(hours=49)
    await post.go_round()

    assert failed_too_late() == before + 1

    failed = only(await service.sent(), NoticeFailed)
    assert (failed.kind, failed.reason) == ("confirmed", "too_late")


async def test_server__that_is_slow_with_one_mail__lets_the_others_and_all_else_go_on(
    service: Harness, mail: Any, post: Any, new_shopper: Any, order_of: Any
) -> None:
    mail.holds["slow@example.jp"] = asyncio.Event()
    await service.deliver(order_of(await new_shopper("slow@example.jp")).confirmed())
    sending = asyncio.create_task(post.go_round())
    await mail.held.wait()

    for email in ("a@example.jp", "b@example.jp"):
        await service.deliver(order_of(await new_shopper(email)).confirmed())
        await post.go_round()

    assert recipients(mail) == ["slow@example.jp", "a@example.jp", "b@example.jp"]
    assert await waiting(service) == 1
    mail.holds["slow@example.jp"].set()
    await sending
    assert await waiting(service) == 0


async def test_server__that_never_answers__is_given_up_and_tried_again(
    service: Harness, mail: Any, post: Any, hours: Any, use_settings: Any, new_shopper: Any, order_of: Any
) -> None:
    use_settings.use(smtp_step_seconds=0.2)
    mail.holds["slow@example.jp"] = asyncio.Event()
    await service.deliver(order_of(await new_shopper("slow@example.jp")).confirmed())
    await post.go_round()
    assert await waiting(service) == 1

    del mail.holds["slow@example.jp"]
    hours.pass_by(seconds=6)
    await post.go_round()

    # It may have taken the first one over: who gets it twice can tell by its id.
    assert recipients(mail) == ["slow@example.jp"] * 2
    assert len({one.message["Message-ID"] for one in mail.deliveries}) == 1
    only(await service.sent(), NoticeSent)


@pytest.mark.parametrize(
    ("where", "answer", "reason"),
    [
        ("refuses", "550 no such user <gone@example.jp>", "address_refused"),
        ("rejects", "554 gone@example.jp: we don't want this", "mail_refused"),
    ],
)
async def test_server__that_refuses_one_for_good__that_one_fails_and_the_others_are_sent(
    where: str,
    answer: str,
    reason: str,
    service: Harness,
    mail: Any,
    post: Any,
    new_shopper: Any,
    order_of: Any,
) -> None:
    getattr(mail, where)["gone@example.jp"] = answer
    refused = order_of(await new_shopper("gone@example.jp"))
    await service.deliver(refused.confirmed())
    await service.deliver(order_of(await new_shopper("a@example.jp")).confirmed())

    await post.go_round()

    assert recipients(mail) == ["a@example.jp"]
    failed = only(await service.sent(), NoticeFailed)
    assert (failed.order_id, failed.reason) == (refused.order_id, reason)


async def test_server__that_refuses_one_for_now__is_asked_again_after_pauses_that_double(
    service: Harness, mail: Any, post: Any, hours: Any, new_shopper: Any, order_of: Any
) -> None:
    mail.refuses["full@example.jp"] = "452 mailbox full"
    await service.deliver(order_of(await new_shopper("full@example.jp")).confirmed())
    pauses = []
    for _ in range(4):
        await post.go_round()
        row = await service.connection.fetchrow("SELECT due_at, tries FROM notice")
        assert row is not None
        pauses.append(round((row["due_at"] - datetime.now(UTC) - hours.ahead).total_seconds()))
        hours.pass_by(hours=1)
    assert pauses == [5, 10, 20, 40]

    mail.refuses.clear()
    await post.go_round()

    assert recipients(mail) == ["full@example.jp"]


async def test_server__that_closes__is_away_and_the_notice_has_not_been_tried(
    service: Harness, mail: Any, post: Any, hours: Any, new_shopper: Any, order_of: Any
) -> None:
    mail.refuses["a@example.jp"] = "421 going down"
    await service.deliver(order_of(await new_shopper("a@example.jp")).confirmed())
    await post.go_round()
    assert await service.connection.fetchval("SELECT tries FROM notice") == 0

    mail.refuses.clear()
    hours.pass_by(seconds=2)
    await post.go_round()

    assert recipients(mail) == ["a@example.jp"]


async def test_post__a_notice_that_fails_in_our_code__holds_up_no_other(
    service: Harness, mail: Any, post: Any, new_shopper: Any, order_of: Any
) -> None:
    await service.deliver(order_of(await new_shopper("broken@example.jp")).confirmed())
    await service.connection.execute("UPDATE personal_data SET ciphertext = sha256(ciphertext)")
    await service.deliver(order_of(await new_shopper("a@example.jp")).confirmed())

    await post.go_round()

    assert recipients(mail) == ["a@example.jp"]
    assert await waiting(service) == 1


async def test_post__two_processes_and_many_notices__each_is_sent_once(
    service: Harness, mail: Any, post: Any, new_shopper: Any, order_of: Any
) -> None:
    ref = await new_shopper()
    await service.deliver(*(order_of(ref).confirmed() for _ in range(40)))
    other = Postman()

    await asyncio.gather(*(one.go_round(post.runtime) for one in (post.postman, other) for _ in range(3)))

    sent = Counter(one.message["Message-ID"] for one in mail.deliveries)
    assert len(sent) == 40
    assert set(sent.values()) == {1}
    assert len(all_of(await service.sent(), NoticeSent)) == 40


async def test_post__as_many_mails_a_second_as_the_setting_says(
    service: Harness,
    mail: Any,
    post: Any,
    use_settings: Any,
    new_shopper: Any,
    order_of: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use_settings.use(mails_per_second_max=2)
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr("customer.postman.asyncio.sleep", sleep)
    ref = await new_shopper()
    await service.deliver(*(order_of(ref).confirmed() for _ in range(3)))

    # No time passes between the mails, however slow the machine.
    clock.install(TimeSource(now=clock.MACHINE.now, monotonic=lambda: 1_000.0))
    try:
        await post.go_round()
    finally:
        clock.install(clock.MACHINE)

    assert waits == pytest.approx([0, 0.5, 1.0, 1.5])


async def _die(database: str, place: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PROCESS,
        place,
        env={**os.environ, "TSUNAGU_DATABASE_URL": database},
    )
    assert await asyncio.wait_for(process.wait(), 60) == -9


@pytest.mark.fault
@pytest.mark.parametrize(("place", "mails"), [("notice_written", 1), ("notice_sent", 2)])
async def test_post__killed_with_a_mail_in_hand__is_sent_by_another_under_the_same_id(
    place: str,
    mails: int,
    service: Harness,
    database: str,
    mail: Any,
    post: Any,
    hours: Any,
    new_shopper: Any,
    order_of: Any,
) -> None:
    await service.deliver(order_of(await new_shopper()).confirmed())
    await _die(database, place)
    await post.go_round()
    assert len(mail.deliveries) == mails - 1  # its lease still holds

    hours.pass_by(seconds=121)
    await post.go_round()
    await post.go_round()

    assert len(mail.deliveries) == mails
    assert len({one.message["Message-ID"] for one in mail.deliveries}) == 1
    only(await service.sent(), NoticeSent)


async def test_post__order_that_ends_while_its_mail_is_under_way__was_told_all_the_same(
    service: Harness, mail: Any, post: Any, new_shopper: Any, order_of: Any
) -> None:
    order = order_of(await new_shopper())
    mail.holds["hanako@example.jp"] = asyncio.Event()
    await service.deliver(order.code(), order.ready())
    sending = asyncio.create_task(post.go_round())
    await mail.held.wait()

    await service.deliver(order.cancelled())
    mail.holds["hanako@example.jp"].set()
    await sending

    assert {one.kind for one in all_of(await service.sent(), NoticeSent)} == {"ready", "cancelled"}
    rows = await service.connection.fetch("SELECT kind, state FROM notice")
    assert {row["kind"]: row["state"] for row in rows} == {
        "ready": "sent",
        "reminder": "void",
        "cancelled": "sent",
    }


async def test_refund__while_the_cancellation_is_under_way__is_told_by_itself(
    service: Harness, mail: Any, post: Any, new_shopper: Any, order_of: Any
) -> None:
    order = order_of(await new_shopper())
    mail.holds["hanako@example.jp"] = asyncio.Event()
    await service.deliver(order.cancelled())
    sending = asyncio.create_task(post.go_round())
    await mail.held.wait()

    await service.deliver(order.refund(6000))
    mail.holds["hanako@example.jp"].set()
    await sending

    assert ["6,000円" in one.text for one in mail.deliveries] == [False, True]


async def test_gauge__age_of_the_oldest_that_is_to_be_sent__reminders_of_later_are_none(
    service: Harness, mail: Any, post: Any, hours: Any, new_shopper: Any, order_of: Any
) -> None:
    def age() -> float | None:
        return REGISTRY.get_sample_value("tsunagu_customer_notice_oldest_age_seconds")

    order = order_of(await new_shopper())
    await service.deliver(order.code(), order.ready())
    hours.pass_by(seconds=90)
    await gauges.count(post.runtime)
    assert age() == pytest.approx(90, abs=30)

    await post.go_round()
    await gauges.count(post.runtime)

    assert await waiting(service) == 1
    assert age() == 0


# TLS and login


def test_settings__server_without_a_sender__are_refused() -> None:
    with pytest.raises(ValueError, match="needs TSUNAGU_CUSTOMER_MAIL_FROM"):
        Settings(smtp_host="mail.example.jp")


def test_settings__a_lease_that_ends_before_the_mail__are_refused() -> None:
    with pytest.raises(ValueError, match="or two send one notice"):
        Settings(smtp_mail_seconds=60, notice_lease_seconds=120)


def test_settings__password__shows_nowhere() -> None:
    assert "geheim" not in repr(Settings(smtp_password="geheim"))
