"""Directly identifying data is in nobody's hands but this service's, and there only under its person's key."""

import json
import logging
import re
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from prometheus_client import generate_latest

from customer import keyring, vault
from customer.identifiers import digest_of_ref
from tsunagu.chassis.dead_letters import HANDLER_FAILED
from tsunagu.contracts.messages import (
    CommandAccepted,
    CommandRefused,
    CustomerErased,
    CustomerIdentified,
    CustomerProfile,
    OrderLink,
    PickupCode,
    Purchase,
)
from tsunagu.contracts.topics import CUSTOMER_COMMANDS, ORDER_EVENTS, ORDER_LINKS, PICKUP_CODES
from tsunagu.contracts.values import LinkPurpose, PostalAddress
from tsunagu.testing.harness import Harness, all_of, delete_of, only, record_of
from tsunagu.testing.mail_server import TestMailServer
from tsunagu.testing.traces import everything_stored

pytestmark = pytest.mark.component

TOKEN, DIGITS = "canarytokencanarytoken", "042917"
LINK_TOKEN = "canarylinkcanarylinkca"
CANARIES = {
    "family_name": "鶴見川",
    "given_name": "canarygiven",
    "family_name_kana": "ツルミガワ",
    "emails": ("canary.mail@example.jp",),
    "phones": ("090-8765-4321",),
    "addresses": (
        PostalAddress(
            postal_code="2300051",
            prefecture="JP-14",
            city="canarycity",
            street="カナリア通1-2-3",
            building="canarybuilding",
        ),
    ),
}
TRACES = (
    "鶴見川",
    "canarygiven",
    "ツルミガワ",
    "canary.mail",
    "090-8765-4321",
    "09087654321",
    "+819087654321",
    "9087654321",
    "2300051",
    "canarycity",
    "カナリア通",
    "canarybuilding",
)


async def _everything_stored(service: Harness) -> str:
    """Every text, json and bytea column of every table, bytes also as text."""
    columns = await everything_stored(service.connection)
    assert len(columns) > 30
    return "\n".join(value.decode("utf-8", "replace") for value in columns.values())


def _assert_no_trace(text: str) -> None:
    assert [trace for trace in TRACES if trace in text or json.dumps(trace)[1:-1] in text] == []


async def _a_life(service: Harness, a: Any) -> tuple[str, str]:
    """A customer and a recipient with personal data, purchases, and commands that fail or are refused."""
    ref, to = a.ref(), a.ref("to")
    other = a.identification(a.ref(), **CANARIES)
    messages = (
        a.identification(ref, **CANARIES),
        a.recipient(to, ref, **CANARIES),
        a.identification(a.ref(), emails=CANARIES["emails"]),
        a.consent(ref, granted=True),
        other,
        other.model_copy(update={"channel": "ec"}),  # the same id with another body: refused
        other.model_copy(update={"identification_id": "cut", "sealed": other.sealed[:-40]}),
    )
    sealed_only = json.dumps([message.model_dump(mode="json") for message in messages])
    _assert_no_trace(sealed_only)
    for message in messages:
        await service.deliver_records(CUSTOMER_COMMANDS, [record_of(message)])
    for message in (a.sale(ref), a.completed("O1", None, recipient=to)):
        await service.deliver_records(
            next(s.topic for s in service.service.subscriptions if type(message) in s.topic.messages),
            [record_of(message)],
        )
    return ref, to


async def test_personal_data__is_found_nowhere_in_clear(
    service: Harness, a: Any, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)

    await _a_life(service, a)

    stored = await _everything_stored(
        service
    )  # the outbox with what is to be sent, and dead letters, among it
    assert "CustomerIdentified" not in stored
    assert "tsunagu.customer.identified.v1" in stored
    _assert_no_trace(stored)
    _assert_no_trace(caplog.text)
    _assert_no_trace("".join(capfd.readouterr()))
    _assert_no_trace(generate_latest().decode())


@pytest.mark.parametrize(
    "answer", [None, "550 no such user <canary.mail@example.jp>", "452 canary.mail@example.jp is full"]
)
async def test_personal_data_and_codes__in_a_notice__are_in_the_mail_and_nowhere_else(
    answer: str | None,
    service: Harness,
    mail: TestMailServer,
    post: Any,
    use_settings: Any,
    a: Any,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    use_settings.use(notice_wait_seconds=0, order_link_url="https://shop.example.jp/o/{token}")
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.CRITICAL, "mail")  # aiosmtpd, the test's own server, which logs its mails
    if answer is not None:
        mail.refuses["canary.mail@example.jp"] = answer
    ref, to = await _a_life(service, a)
    code = PickupCode(order_id="O1", version=1, token=TOKEN, digits=DIGITS, valid_until=a.ago(days=-7))
    await service.deliver_records(PICKUP_CODES, [record_of(code)])
    link = OrderLink(
        order_id="O3",
        purpose=LinkPurpose.CHOICE,
        version=1,
        token=LINK_TOKEN,
        valid_until=a.ago(days=-7),
        order_version=2,
    )
    await service.deliver_records(ORDER_LINKS, [record_of(link)])
    for record in (
        record_of(a.ready("O1", ref, to)),
        record_of(a.cancelled("O2", ref)),
        record_of(a.asked("O3", ref)),
    ):
        await service.deliver_records(ORDER_EVENTS, [record])
    await service.connection.execute(
        "UPDATE notice SET due_at = made_at, wanted_at = made_at"
    )  # the reminder, too

    await post.go_round()

    if answer is None:
        assert [DIGITS in one.text for one in mail.deliveries].count(True) == 2
        assert [LINK_TOKEN in one.text for one in mail.deliveries].count(True) == 1
        assert all("鶴見川" in one.text for one in mail.deliveries)
    everything = [
        await _everything_stored(service),  # what is said on the topics among it
        caplog.text,
        "".join(capfd.readouterr()),
        generate_latest().decode(),
    ]
    assert "tsunagu.customer.notice_" in everything[0] or answer == "452 canary.mail@example.jp is full"
    for text in everything:
        _assert_no_trace(text)
        assert TOKEN not in text
        assert LINK_TOKEN not in text
        assert not re.search(rf"(?<![0-9a-f]){DIGITS}(?![0-9a-f])", text)


async def test_pickup_code__at_rest__is_encrypted_for_its_order_and_gone_when_void(
    service: Harness, mail: TestMailServer, a: Any
) -> None:
    code = PickupCode(order_id="O1", version=1, token=TOKEN, digits=DIGITS, valid_until=a.ago(days=-7))
    await service.deliver(code)

    stored = await service.connection.fetchval("SELECT ciphertext FROM pickup_code")
    master = keyring.keyring().master
    assert vault.take_code_out(master, stored, "O1") == DIGITS
    with pytest.raises(InvalidTag):
        vault.take_code_out(master, stored, "O2")
    with pytest.raises(InvalidTag):
        vault.unwrap(master, stored, "O1")
    await service.deliver_records(PICKUP_CODES, [delete_of(code)])
    assert await service.connection.fetchval("SELECT count(*) FROM pickup_code") == 0


async def test_personal_data__of_a_command_that_fails_in_our_code__is_sealed_in_the_dead_letter(
    service: Harness, a: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    command = a.identification(a.ref(), **CANARIES)

    def broken(*_: Any) -> Any:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(vault, "lock_away", broken)
    with pytest.raises(ZeroDivisionError) as failure:
        await service.deliver(command)
    _assert_no_trace("".join(map(str, failure.traceback)) + repr(failure.value))
    record = record_of(command)
    await service.connection.execute(
        "INSERT INTO dead_letter (topic, partition, log_offset, key, value, headers, reason, detail, parks_key,"
        " recorded_at) VALUES ('customer.commands', 0, 0, $1, $2, '', $3, $4, true, now())",
        record.key,
        record.value,
        HANDLER_FAILED,
        repr(failure.value),
    )

    _assert_no_trace(await _everything_stored(service))
    _assert_no_trace(caplog.text)


async def test_personal_data__is_kept_for_those_who_hold_the_key(service: Harness, a: Any) -> None:
    ref = a.ref()
    await service.deliver(a.identification(ref, **CANARIES))
    await service.deliver(a.identification(ref, given_name="花"))

    row = await service.connection.fetchrow(
        "SELECT * FROM personal_data JOIN person_key USING (digest, role)"
    )
    assert row is not None

    person = f"{row['digest']}:customer"
    data_key = vault.unwrap(keyring.keyring().master, row["wrapped_key"], person)
    personal = vault.take_out(data_key, row["ciphertext"], person)
    assert (personal.family_name, personal.given_name) == ("鶴見川", "花")
    assert personal.addresses[0].city == "canarycity"
    with pytest.raises(InvalidTag):
        vault.take_out(data_key, row["ciphertext"], "somebody else:customer")


async def test_erase__destroys_the_keys__and_leaves_amounts_without_the_link(
    service: Harness, a: Any
) -> None:
    ref, to = await _a_life(service, a)
    await service.work_due()
    backup = await service.connection.fetch("SELECT digest, role, ciphertext FROM personal_data")
    refs = {row["ref"] for row in await service.connection.fetch("SELECT ref FROM known_ref")}

    out = await service.deliver(a.erasure(ref))
    late = await service.work_due()

    erased = only(out, CustomerErased)
    assert ref in erased.refs
    assert {row["role"] for row in backup} == {"customer", "recipient"}
    for row in backup:
        keys = await service.connection.fetchval(
            "SELECT count(*) FROM person_key WHERE digest = $1 AND role = $2", row["digest"], row["role"]
        )
        assert keys == 0
    assert await service.connection.fetchval("SELECT count(*) FROM personal_data") == 0
    purchases = all_of(late, Purchase)
    assert sorted(one.amount_jpy for one in purchases) == [1000, 3000]
    assert {(one.customer_id, one.customer_ref) for one in purchases} == {(None, None)}
    # The outbox has been taken by then; the inbox keeps digests only.
    stored = await _everything_stored(service)
    assert not [one for one in refs | {to} if one in stored]


async def test_erase__a_late_statement__does_not_bring_the_person_back(service: Harness, a: Any) -> None:
    ref, mail = a.ref(), ("gone@example.jp",)
    late = a.identification(ref, emails=mail)
    late_by_mail = a.identification(a.ref(), emails=mail)
    late_consent, late_recipient = a.consent(ref, granted=True), a.recipient(a.ref("to"), ref)
    await service.deliver(a.identification(ref, emails=mail))
    await service.deliver(a.erasure(ref))

    out = await service.deliver(late, late_by_mail, late_consent, late_recipient)

    assert [one.reason for one in all_of(out, CommandRefused)] == ["erased"] * 4
    assert await service.connection.fetchval("SELECT count(*) FROM customer WHERE ended_at IS NULL") == 0
    assert await service.connection.fetchval("SELECT count(*) FROM personal_data") == 0


async def test_erase__what_the_card_still_buys__is_booked_without_the_link(service: Harness, a: Any) -> None:
    card = a.ref("card")
    await service.deliver(a.identification(card))
    await service.deliver(a.erasure(card))

    out = await service.deliver(
        a.sale(card, jpy=700), a.completed("O9", card), a.scan(card), a.placed("O8", card)
    )

    assert {(one.customer_ref, one.customer_id) for one in all_of(out, Purchase)} == {(None, None)}
    assert await service.connection.fetchval("SELECT count(*) FROM interest") == 0
    assert await service.connection.fetchval("SELECT count(*) FROM open_order") == 0


async def test_erase__whoever_comes_back_later__begins_anew(service: Harness, a: Any) -> None:
    ref = a.ref()
    before = only(await service.deliver(a.identification(ref)), CustomerIdentified)
    await service.deliver(a.sale(ref))
    await service.deliver(a.erasure(ref))

    out = await service.deliver(a.identification(ref))
    out += await service.work_due()

    after = only(out, CustomerIdentified)
    assert after.is_new
    assert after.customer_id != before.customer_id
    assert all_of(out, CustomerProfile)[-1].purchases_by_channel == ()


async def test_erase__somebody_whom_nobody_identified__takes_their_purchases_out_all_the_same(
    service: Harness, a: Any
) -> None:
    card = a.ref("card")
    late = a.identification(card)
    await service.deliver(a.sale(card))

    out = await service.deliver(a.erasure(card), late)
    republished = await service.work_due()

    assert only(out, CustomerErased).refs == (card,)
    assert only(out, CommandRefused).reason == "erased"
    assert only(republished, Purchase).customer_ref is None


async def test_erase__twice__is_accepted(service: Harness, a: Any) -> None:
    ref = a.ref()
    await service.deliver(a.identification(ref), a.erasure(ref))

    only(await service.deliver(a.erasure(ref)), CommandAccepted)


async def test_erase__who_named_another_customer_as_recipient__leaves_that_one_whole(
    service: Harness, a: Any
) -> None:
    ref, other = a.ref("card"), a.ref("card")
    await service.deliver(a.identification(ref), a.identification(other, family_name="他人"), a.sale(other))
    await service.deliver(a.recipient(other, ref, family_name="受取"))
    await service.work_due()

    out = [*await service.deliver(a.erasure(ref)), *await service.work_due()]

    assert [event.refs for event in all_of(out, CustomerErased)] == [(ref,)]
    left = await service.connection.fetch("SELECT digest, role FROM person_key")
    assert [tuple(row) for row in left] == [(digest_of_ref(other), "customer")]
    sold = only(await service.deliver(a.sale(other)), Purchase)
    assert sold.customer_ref == other
    assert sold.customer_id is not None
