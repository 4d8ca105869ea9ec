"""A message that could not be handled, and one after it that could."""

import asyncio
from contextlib import suppress
from uuid import uuid4

import httpx
import pytest
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from tsunagu.chassis.http import build_app
from tsunagu.testing.harness import record_of
from tsunagu.testing.toy.app import POISON
from tsunagu.testing.toy.world import PATIENCE_SECONDS, World, a_scan

pytestmark = pytest.mark.component
BAD = f"{POISON}-1"


async def naive_run(world: World, group: str, until: str) -> list[str]:
    """Read as a group that acknowledges what it has handled, until a key was handled; returns the handled keys."""
    handled: list[str] = []
    done = asyncio.Event()
    broker = KafkaBroker(world.kafka, logger=None)

    @broker.subscriber(
        world.source, group_id=group, auto_offset_reset="earliest", ack_policy=AckPolicy.MANUAL
    )
    async def handle(_: object, message: KafkaMessage) -> None:
        assert not isinstance(message.raw_message, tuple)
        key = message.raw_message.key.decode()
        if key == BAD:
            raise ZeroDivisionError("the message is not acknowledged, so that it comes again")
        handled.append(key)
        await message.ack()
        if key == until:
            done.set()

    await broker.start()
    try:
        await asyncio.wait_for(done.wait(), PATIENCE_SECONDS)
    finally:
        with suppress(asyncio.CancelledError):
            await broker.stop()
    return handled


async def test_a_message_fails__a_later_one_is_acknowledged__the_failed_one_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """faststream 2618: not acknowledging a message leaves no trace once a later offset is committed."""
    group = f"naive-{uuid4().hex}"
    await world.send([record_of(a_scan(BAD)), record_of(a_scan("good"))], partition=0)
    first = await naive_run(world, group, "good")

    async with world.running():
        await world.until_visits(1)

    await world.send([record_of(a_scan("after"))], partition=0)
    again = await naive_run(world, group, "after")
    assert (first, again) == (["good"], ["after"]), "the contender has lost the message that failed"

    async with world.running() as runtime:
        await world.until_visits(2)
        monkeypatch.setenv("TOY_POISON", "no")
        transport = httpx.ASGITransport(build_app(runtime))
        async with httpx.AsyncClient(transport=transport, base_url="http://operator") as client:
            (kept,) = (await client.get("/operator/dead-letters")).json()
            assert (kept["key"], kept["reason"]) == (BAD, "handler_failed")
            await client.post(f"/operator/dead-letters/{kept['dead_letter_id']}/redrive")
        await world.until_visits(3)
        await world.until_sent()
    assert await world.told() == {"good": [1], "after": [1], BAD: [1]}
