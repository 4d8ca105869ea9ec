"""What a channel publishes is checked before it is sent, and counts once however often it is tried."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tsunagu.channel import (
    Channel,
    InvalidMessage,
    MissingRight,
    OutcomeUnknown,
    Published,
    Settings,
    Unreachable,
    message_of,
)
from tsunagu.channel.publishing import message_id_of
from tsunagu.contracts.envelope import decode
from tsunagu.contracts.messages import CancelOrder, CommandRefused, OrderConfirmed, PlaceOrder, SaleRecorded
from tsunagu.contracts.topics import ORDER_COMMANDS
from tsunagu.testing.embedded import embedded_kafka

from .backbone import NOW, PATIENCE_SECONDS, Backbone, backbone_at

NOBODY_THERE = Settings(
    kafka_bootstrap_servers="127.0.0.1:1", kafka_timeout_seconds=1, publish_timeout_seconds=1
)


def an_order(**changes: Any) -> dict[str, Any]:
    return {
        "order_id": "kiosk-1",
        "channel": "kiosk",
        "occurred_at": NOW,
        "payment": "prepaid",
        "groups": [{"group_id": "g", "method": "pickup", "location_id": "S001"}],
        "lines": [
            {
                "line_id": "1",
                "group_id": "g",
                "sku": "SKU-1",
                "quantity": 1,
                "unit_price_jpy": 1980,
                "tax_percent": 10,
            }
        ],
    } | changes


def a_cancel(**changes: Any) -> CancelOrder:
    values = {"cancel_id": "c-1", "order_id": "kiosk-1", "channel": "kiosk", "occurred_at": NOW}
    return CancelOrder.model_validate(values | changes)


def test_message_of__wrong_fields__are_named_with_what_to_do() -> None:
    line = {
        "line_id": "1",
        "group_id": "g",
        "sku": "SKU-1",
        "quantity": 0,
        "unit_price_jpy": 1,
        "tax_percent": 10,
    }
    wrong = an_order(lines=[line], customer_reff="somebody", channel=None)
    del wrong["payment"]
    with pytest.raises(InvalidMessage) as refused:
        message_of(PlaceOrder, wrong)
    assert dict(refused.value.problems) == {
        "lines.0.quantity": "input should be greater than or equal to 1",
        "payment": "is missing; give it",
        "channel": "input should be a valid string",
        "customer_reff": "there is no such field; did you mean customer_ref?",
    }
    assert "somebody" not in str(refused.value)
    assert message_of(PlaceOrder, an_order()).lines[0].sku == "SKU-1"


@pytest.mark.component
async def test_publish__a_message_that_no_reader_would_take__is_refused_before_it_is_sent(
    backbone: Backbone,
) -> None:
    around_the_checks = a_cancel().model_copy(update={"reason": "No Word"})
    others = a_cancel(channel="ec")
    async with Channel("kiosk", backbone.settings) as channel:
        with pytest.raises(InvalidMessage, match="reason: string should match"):
            await channel.publish(around_the_checks, topic=backbone.commands)
        with pytest.raises(InvalidMessage, match="channel: must be kiosk"):
            await channel.publish(others, topic=backbone.commands)
        with pytest.raises(InvalidMessage, match="id: "):
            await channel.publish(a_cancel(), topic=backbone.commands, id="two\nlines")
    assert not await backbone.written(backbone.commands)


@pytest.mark.component
async def test_publish__the_same_message_again__is_in_the_topic_once(backbone: Backbone) -> None:
    async with Channel("kiosk", backbone.settings) as channel:
        once = await asyncio.gather(*(channel.publish(a_cancel(), topic=backbone.commands) for _ in range(5)))
        again = await channel.publish(a_cancel(), topic=backbone.commands)
        with pytest.raises(InvalidMessage, match="other contents"):
            await channel.publish(a_cancel(reason="changed_mind"), topic=backbone.commands)
    assert set(once) == {again}
    (record,) = await backbone.written(backbone.commands)
    decoded = decode(ORDER_COMMANDS, record.key, record.value, record.headers)
    assert decoded.message == a_cancel()
    assert (decoded.envelope.id, decoded.envelope.source) == (again.id, "kiosk")
    assert (record.partition, record.offset) == (again.partition, again.offset)


@pytest.mark.component
async def test_publish__the_same_message_by_another_process__has_the_same_id(backbone: Backbone) -> None:
    published = []
    for _ in range(2):
        async with Channel("kiosk", backbone.settings) as channel:
            published.append((await channel.publish(a_cancel(), topic=backbone.commands)).id)
            published.append((await channel.publish(a_cancel(cancel_id="c-2"), topic=backbone.commands)).id)
    assert published[:2] == published[2:] and published[0] != published[1]
    ids = [dict(record.headers)["ce_id"].decode() for record in await backbone.written(backbone.commands)]
    assert sorted(ids) == sorted(published)


@pytest.mark.component
async def test_publish__more_than_is_remembered__goes_on(backbone: Backbone) -> None:
    settings = backbone.settings.model_copy(update={"published_remembered_max": 3})
    async with Channel("kiosk", settings) as channel:
        for number in range(10):
            await channel.publish(a_cancel(cancel_id=f"c-{number}"), topic=backbone.commands)
        assert len(channel._publisher._known) == 3
    assert len(await backbone.written(backbone.commands)) == 10


@pytest.mark.fault
async def test_publish__kafka_freezes__the_outcome_is_unknown_and_a_retry_doubles_nothing() -> None:
    async with asyncio.timeout(PATIENCE_SECONDS), embedded_kafka() as server:
        admin = AIOKafkaAdminClient(bootstrap_servers=server.address)
        await admin.start()
        await admin.create_topics([NewTopic("availability", 1, 1), NewTopic("commands", 3, 1)])
        await admin.close()
        async with backbone_at(server.address, "availability", "commands") as backbone:
            settings = backbone.settings.model_copy(update={"publish_timeout_seconds": 0.5})
            async with Channel("kiosk", settings) as channel:
                await publish_until_known(channel, a_cancel(cancel_id="first"), backbone)
                server.freeze()
                for _ in range(3):
                    with pytest.raises(OutcomeUnknown, match="Publish the same message again") as unknown:
                        await channel.publish(a_cancel(), topic=backbone.commands)
                server.thaw()
                published = await publish_until_known(channel, a_cancel(), backbone)
            assert published.id == unknown.value.message_id == message_id_of("kiosk", a_cancel())
            records = await backbone.written(backbone.commands)
            ids = [dict(record.headers)["ce_id"].decode() for record in records]
            assert ids.count(published.id) == 1 and len(ids) == 2


async def publish_until_known(channel: Channel, message: CancelOrder, backbone: Backbone) -> Published:
    """What an application does: the same message again, until the outcome is known."""
    while True:
        with suppress(OutcomeUnknown):
            return await channel.publish(message, topic=backbone.commands)


def unchecked(message_type: Any) -> Any:
    """An empty message: rights are looked at before contents."""
    return message_type.model_construct()


async def test_publish__what_the_contracts_do_not_give__is_refused_with_the_right_that_is_missing() -> None:
    sale, confirmed, refused = (
        unchecked(message_type) for message_type in (SaleRecorded, OrderConfirmed, CommandRefused)
    )
    async with Channel("kiosk", NOBODY_THERE) as channel:
        with pytest.raises(
            MissingRight, match=r"kiosk may not write pos\.sales: the right WRITE .* 'channels'"
        ):
            await channel.publish(sale)
        with pytest.raises(MissingRight, match=r"order\.events.* may write .*order\.commands"):
            await channel.publish(confirmed)
        with pytest.raises(ValueError, match="several topics"):
            await channel.publish(refused)


async def test_publish__kafka_is_not_there__is_said() -> None:
    async with asyncio.timeout(PATIENCE_SECONDS), Channel("kiosk", NOBODY_THERE) as channel:
        with pytest.raises((OutcomeUnknown, Unreachable)):
            await channel.publish(a_cancel())


def test_channel__a_name_or_role_that_is_none__is_refused() -> None:
    for name in ("Kiosk 1", "kiosk.east"):
        with pytest.raises(ValueError, match="no name of a channel"):
            Channel(name, NOBODY_THERE)
    with pytest.raises(ValueError, match=r"no role 'inventory'; there are .*channels"):
        Channel("kiosk", NOBODY_THERE, role="inventory")


def test_settings__come_from_the_environment() -> None:
    with pytest.raises(ValueError, match="TSUNAGU_CHANNEL_KAFKA_BOOTSTRAP_SERVERS"):
        Settings.from_environment({})
    settings = Settings.from_environment(
        {
            "TSUNAGU_CHANNEL_KAFKA_BOOTSTRAP_SERVERS": "kafka:9092",
            "TSUNAGU_CHANNEL_KAFKA_USERNAME": "kiosk",
            "TSUNAGU_CHANNEL_KAFKA_PASSWORD": "hidden",
            "TSUNAGU_CHANNEL_KAFKA_TLS": "true",
            "TSUNAGU_CHANNEL_BATCH_RECORDS_MAX": "7",
        }
    )
    assert settings.batch_records_max == 7
    assert settings.client_options()["security_protocol"] == "SASL_SSL"
    assert "hidden" not in repr(settings)
