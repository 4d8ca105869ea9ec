"""A read model follows its topics, whatever is in them, and goes on where it was."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from tsunagu.channel import Channel, ReadModel, Refused, SchemaChanged, on
from tsunagu.contracts.envelope import Record
from tsunagu.contracts.messages import CancelOrder, OrderConfirmed
from tsunagu.contracts.topics import INVENTORY_AVAILABILITY, ORDER_EVENTS

from .backbone import PATIENCE_SECONDS, Backbone, Kind, a_delete, a_record, an_availability
from .counting import SCHEMA, SPOILT, counted, forget, model, rows

pytestmark = [pytest.mark.component, pytest.mark.wide]


def the_model(kind: Kind, backbone: Backbone, **options: Any) -> ReadModel[Any]:
    return model(kind.name, kind.location, backbone.availability, **options)


async def catch_up(backbone: Backbone, read_model: ReadModel[Any]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS), Channel("kiosk", backbone.settings) as channel:
        await channel.catch_up(read_model)


@pytest.mark.parametrize("batch", [False, True])
async def test_model__messages_and_deletes__are_what_it_holds(
    backbone: Backbone, kind: Kind, batch: bool
) -> None:
    gone = an_availability("gone")
    await backbone.say(
        [an_availability("a"), an_availability("b"), gone, a_delete(gone), an_availability("a", 2)]
    )
    await catch_up(backbone, the_model(kind, backbone, batch=batch))
    assert await counted(kind.name, kind.location) == {"S001:a": 2, "S001:b": 1}


async def test_model__started_again__goes_on_where_it_was(backbone: Backbone, kind: Kind) -> None:
    await backbone.say([an_availability("a")])
    await catch_up(backbone, the_model(kind, backbone))
    await backbone.say([an_availability("a", 2), an_availability("b")])
    await catch_up(backbone, the_model(kind, backbone))
    assert await counted(kind.name, kind.location) == {"S001:a": 2, "S001:b": 1}


async def test_model__a_message_that_comes_again__counts_once(backbone: Backbone, kind: Kind) -> None:
    doubled = a_record(an_availability("a"), id="one")
    await backbone.say([doubled, doubled])
    await catch_up(backbone, the_model(kind, backbone))
    await backbone.say([doubled, an_availability("a", 2)])
    await catch_up(backbone, the_model(kind, backbone))
    assert await counted(kind.name, kind.location) == {"S001:a": 2}


@pytest.mark.parametrize("batch", [False, True])
async def test_model__bad_records__are_refused_with_the_reason_and_stop_nothing(
    backbone: Backbone, kind: Kind, batch: bool
) -> None:
    good = [an_availability(f"sku-{number}") for number in range(20)]
    spoilt = an_availability("spoilt", available=SPOILT)
    garbage = a_record(an_availability("garbage"))._replace(value=b"{")
    nothing = Record(b"k", b"{}", [("ce_type", b"tsunagu.availability.v1")])
    told: list[Refused] = []
    await backbone.say([*good[:10], spoilt, garbage, nothing, *good[10:]])
    await catch_up(backbone, the_model(kind, backbone, batch=batch, refused=told.append))
    assert await counted(kind.name, kind.location) == {message.stock_id: 1 for message in good}
    reasons = {(one.key, one.reason) for one in told}
    assert reasons == {
        (b"S001:spoilt", "failed"),
        (b"S001:garbage", "json"),
        (b"k", "header_missing"),
    }
    kept = await rows(kind.name, kind.location, "SELECT key, reason, value FROM channel_refused")
    assert {(bytes(key), reason) for key, reason, _ in kept} == reasons
    assert b"{" in [bytes(value) for *_, value in kept]
    assert not [
        one for one in told if "spoilt" in one.detail
    ]  # the text of an error may repeat what was in it


async def test_model__types_that_no_handler_takes_or_nobody_knows__are_passed_over(
    backbone: Backbone, kind: Kind
) -> None:
    unknown = a_record(an_availability("a"))
    new_type = unknown._replace(
        headers=[(name, b"tsunagu.new.v1" if name == "ce_type" else value) for name, value in unknown.headers]
    )
    told: list[Refused] = []
    await backbone.say([new_type, an_availability("b")])
    await catch_up(backbone, the_model(kind, backbone, refused=told.append))
    assert not told and await counted(kind.name, kind.location) == {"S001:b": 1}


async def test_model__refused_records__are_kept_up_to_the_limit(backbone: Backbone, kind: Kind) -> None:
    await backbone.say([an_availability(f"spoilt-{number}", available=SPOILT) for number in range(10)])
    settings = backbone.settings.model_copy(update={"refused_kept_max": 4, "batch_records_max": 3})
    async with asyncio.timeout(PATIENCE_SECONDS), Channel("kiosk", settings) as channel:
        await channel.catch_up(the_model(kind, backbone))
    assert await rows(kind.name, kind.location, "SELECT count(*) FROM channel_refused") == [(4,)]


async def test_model__with_another_schema__says_what_to_do(backbone: Backbone, kind: Kind) -> None:
    await catch_up(backbone, the_model(kind, backbone))
    other = the_model(kind, backbone, schema=SCHEMA.replace("available integer", "available bigint"))
    with pytest.raises(SchemaChanged, match="replay"):
        await catch_up(backbone, other)
    await backbone.say([an_availability("a")])
    async with Channel("kiosk", backbone.settings) as channel:
        await channel.replay(other)
    await catch_up(backbone, other)
    assert await counted(kind.name, kind.location) == {"S001:a": 1}


async def test_replay__from_the_beginning__builds_it_anew_while_it_is_followed(
    backbone: Backbone, kind: Kind
) -> None:
    await backbone.say([an_availability(f"sku-{number % 7}", number) for number in range(1, 71)])
    followed = the_model(kind, backbone)
    async with asyncio.timeout(PATIENCE_SECONDS), Channel("kiosk", backbone.settings) as channel:
        following = asyncio.create_task(channel.follow(followed))
        await channel.catch_up(the_model(kind, backbone))
        expected = await counted(kind.name, kind.location)
        await channel.replay(the_model(kind, backbone))
        await backbone.say([an_availability("sku-0", 100)])
        await channel.catch_up(the_model(kind, backbone))
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    assert await counted(kind.name, kind.location) == expected | {"S001:sku-0": expected["S001:sku-0"] + 1}


def a_moment_ago() -> datetime:
    """A whole second of today: the broker deletes what is older than a week, whenever it looks for that."""
    return datetime.now(UTC).replace(microsecond=0)


async def test_replay__from_a_time__reads_what_was_written_since(backbone: Backbone, kind: Kind) -> None:
    noon = a_moment_ago()
    noon_ms = round(noon.timestamp() * 1000)
    await backbone.say([an_availability("before")], at_ms=noon_ms - 1)
    await backbone.say([an_availability("at")], at_ms=noon_ms)
    await backbone.say([an_availability("after")], at_ms=noon_ms + 1)
    async with asyncio.timeout(PATIENCE_SECONDS), Channel("kiosk", backbone.settings) as channel:
        following = asyncio.create_task(channel.follow(the_model(kind, backbone)))
        await channel.catch_up(the_model(kind, backbone))
        assert len(await counted(kind.name, kind.location)) == 3
        await channel.replay(the_model(kind, backbone), since=noon)
        await channel.catch_up(the_model(kind, backbone))
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    assert await counted(kind.name, kind.location) == {"S001:at": 1, "S001:after": 1}


async def test_fresh_model__since_a_time__begins_there(backbone: Backbone, kind: Kind) -> None:
    noon = a_moment_ago()
    noon_ms = round(noon.timestamp() * 1000)
    await backbone.say([an_availability("a")], at_ms=noon_ms - 1)
    await backbone.say([an_availability("a", 2)], at_ms=noon_ms + 1)
    await catch_up(backbone, the_model(kind, backbone, since=noon))
    assert await counted(kind.name, kind.location) == {"S001:a": 1}


def test_handlers__that_make_no_sense__are_refused_when_they_are_written() -> None:
    def nothing(db: Any, received: Any) -> None: ...

    with pytest.raises(ValueError, match="say what a delete does"):
        on(INVENTORY_AVAILABILITY.messages[0], nothing)
    with pytest.raises(ValueError, match="has no deletes"):
        on(OrderConfirmed, nothing, deleted=nothing)
    with pytest.raises(ValueError, match=r"order\.events does not carry CancelOrder"):
        on(CancelOrder, nothing, topic=ORDER_EVENTS)
    handler = on(INVENTORY_AVAILABILITY.messages[0], nothing, deleted=forget)
    with pytest.raises(ValueError, match="two handlers"):
        ReadModel("stock", Any, "", handler, handler)  # type: ignore[arg-type]
