"""Traces over topics: what a message causes continues its trace, whatever happens in between."""

import asyncio
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from tsunagu.chassis import metrics
from tsunagu.chassis.http import build_app
from tsunagu.contracts.envelope import Record
from tsunagu.contracts.message import Message
from tsunagu.testing.fault_points import KILL
from tsunagu.testing.harness import record_of
from tsunagu.testing.toy.app import FAREWELL, POISON
from tsunagu.testing.toy.world import World, a_scan, eventually
from tsunagu.testing.trace_receiver import ToldSpan, TraceReceiver, trace_receiver
from tsunagu.testing.traces import found_in

pytestmark = pytest.mark.component


@dataclass(frozen=True)
class Asked:
    """A message that follows from a span of somebody else's."""

    record: Record
    trace_id: str
    span_id: str


def asked(message: Message, *, is_kept: bool = True) -> Asked:
    trace_id, span_id = secrets.token_hex(16), secrets.token_hex(8)
    traceparent = f"00-{trace_id}-{span_id}-{'01' if is_kept else '00'}"
    record = record_of(message)
    return Asked(
        Record(record.key, record.value, [*record.headers, ("traceparent", traceparent.encode())]),
        trace_id,
        span_id,
    )


@pytest.fixture
def collector(world: World) -> Iterator[TraceReceiver]:
    with trace_receiver() as receiver:
        world.overrides |= {
            "traces_endpoint": receiver.endpoint,
            "traces_export_interval_seconds": 0.05,
            "traces_export_timeout_seconds": 0.2,
            "kafka_group_instance_id": "toy-0",
        }
        yield receiver


async def said(world: World) -> dict[str, list[str | None]]:
    """The traceparents of what the toy has said, by visitor, in order, each message once."""
    found: dict[str, list[str | None]] = {}
    ids: set[bytes] = set()
    for record in await world.read():
        headers = dict(record.headers)
        if headers["ce_id"] not in ids:
            ids.add(headers["ce_id"])
            traceparent = headers.get("traceparent")
            found.setdefault(record.key.decode(), []).append(traceparent and traceparent.decode())
    return found


def context_of(span: ToldSpan) -> str:
    return f"00-{span.trace_id}-{span.span_id}-01"


async def told(collector: TraceReceiver, trace_id: str, count: int) -> list[ToldSpan]:
    """The spans of a trace, once there are so many."""
    await collector.until(lambda: len(collector.of_trace(trace_id)) >= count, f"{count} spans of {trace_id}")
    return collector.of_trace(trace_id)


async def test_message__said_in_a_handler__continues_the_trace_of_the_one_that_caused_it(
    world: World, collector: TraceReceiver
) -> None:
    scan = asked(a_scan("v1"))
    async with world.running():
        await world.send([scan.record])
        await world.until_visits(1)
        await world.until_sent()
        [span] = await told(collector, scan.trace_id, 1)
    assert (span.service, span.name, span.parent_id) == ("insight", f"process {world.source}", scan.span_id)
    assert span.attributes["messaging.message.id"] == dict(scan.record.headers)["ce_id"].decode()  # type: ignore[union-attr]
    assert span.attributes["tsunagu.records.handled"] == 1
    assert await said(world) == {"v1": [context_of(span)]}


async def test_batch__of_many_traces__is_linked_with_each_and_each_goes_on_by_itself(
    world: World, collector: TraceReceiver
) -> None:
    kept = {f"v{number}": asked(a_scan(f"v{number}")) for number in range(5)}
    dropped, untraced = asked(a_scan("dropped"), is_kept=False), record_of(a_scan("untraced"))
    # All of them are there before anybody reads: they come as one batch.
    await world.send([*(one.record for one in kept.values()), dropped.record, untraced], partition=0)
    async with world.running():
        await world.until_visits(7)
        await world.until_sent()
        for one in kept.values():
            await told(collector, one.trace_id, 1)

        def batches() -> list[ToldSpan]:
            return [span for span in collector.spans if "messaging.batch.message_count" in span.attributes]

        await collector.until(lambda: bool(batches()), "the batch's own span")
    [batch] = batches()
    assert batch.attributes["messaging.batch.message_count"] == 7
    assert batch.links == {(one.trace_id, one.span_id) for one in kept.values()}
    by_visitor = await said(world)
    for visitor, one in kept.items():
        [span] = collector.of_trace(one.trace_id)
        assert span.parent_id == one.span_id
        assert span.links == {(batch.trace_id, batch.span_id)}
        assert by_visitor[visitor] == [context_of(span)]
    assert by_visitor["dropped"] == [f"00-{dropped.trace_id}-{dropped.span_id}-00"]
    assert by_visitor["untraced"] == [None]
    assert collector.of_trace(dropped.trace_id) == []


async def test_second_step__continues_the_trace_of_what_scheduled_it(
    world: World, collector: TraceReceiver
) -> None:
    visitor = f"{FAREWELL}-1"
    scan = asked(a_scan(visitor))
    async with world.running():
        await world.send([scan.record])
        spans = {span.name: span for span in await told(collector, scan.trace_id, 2)}

        async def is_said() -> bool:
            return len((await said(world)).get(visitor, [])) == 2

        await eventually(is_said, "the farewell is said")
    step = spans["due farewell"]
    assert step.parent_id == spans[f"process {world.source}"].span_id
    assert (await said(world))[visitor][1] == context_of(step)


@pytest.mark.parametrize("place", ["handled", "committed"])
async def test_crash__before_and_after_the_commit__the_trace_goes_on(
    world: World, collector: TraceReceiver, place: str
) -> None:
    scan = asked(a_scan("v1"))
    await world.send([scan.record])
    async with world.process(f"{place}:{KILL}:1") as child:
        await asyncio.wait_for(child.wait(), 30)
    async with world.running():
        await world.until_visits(1)
        await world.until_sent()
    [traceparent] = (await said(world))["v1"]
    assert traceparent is not None
    _, trace_id, span_id, _ = traceparent.split("-")
    assert trace_id == scan.trace_id
    # What had committed was said by the process that is gone; its words are sent as they were.
    assert (span_id in {span.span_id for span in collector.of_trace(trace_id)}) == (place == "handled")
    assert span_id != scan.span_id


async def test_redrive__of_what_failed__is_told_in_the_same_trace_with_the_failure_before_it(
    world: World, collector: TraceReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = f"{POISON}-1"
    scan = asked(a_scan(visitor))
    async with world.running() as runtime:
        with capture_logs() as logs:
            await world.send([scan.record])

            async def parked() -> list[Any]:
                return await world.query("SELECT dead_letter_id FROM dead_letter")

            [row] = await eventually(parked, "the message waits")
        monkeypatch.setenv("TOY_POISON", "no")
        operator = httpx.ASGITransport(build_app(runtime))
        async with httpx.AsyncClient(transport=operator, base_url="http://operator") as client:
            await client.post(f"/operator/dead-letters/{row['dead_letter_id']}/redrive")
        await world.until_sent()
        spans = await told(collector, scan.trace_id, 3)
    failed, parking, redriven = sorted(spans, key=lambda span: (span.name, not span.failed))
    assert (failed.failed, failed.attributes["error.type"]) == (True, "ZeroDivisionError")
    assert (parking.failed, parking.attributes["tsunagu.records.parked"]) == (False, 1)
    assert (redriven.name, redriven.failed) == (f"redrive {world.source}", False)
    assert (await said(world))[visitor] == [context_of(redriven)]
    [line] = [line for line in logs if line["event"] == "a message failed in our code; its key is parked"]
    assert (line["trace_id"], line["span_id"]) == (failed.trace_id, failed.span_id)


async def test_collector__is_away__nobody_waits_and_it_is_said_once(
    world: World, collector: TraceReceiver
) -> None:
    collector.stop()
    failed = metrics.TRACES_SPANS.labels("failed")
    before = failed._value.get()
    with capture_logs() as logs:
        async with world.running():
            for number in range(3):
                await world.send([asked(a_scan("v1")).record])
                await world.until_visits(number + 1)

                async def is_counted(so_many: int = number + 1) -> bool:
                    return bool(failed._value.get() - before >= so_many)

                await eventually(is_counted, "spans are given up")
            await world.until_sent()
            collector.start()
            late = asked(a_scan("v1"))
            await world.send([late.record])
            await told(collector, late.trace_id, 1)
    lines = [line["event"] for line in logs if "collector of traces" in line["event"]]
    assert [line.split(";")[0] for line in lines] == [
        "the collector of traces does not answer",
        "the collector of traces answers again",
    ]
    assert await world.told() == {"v1": [1, 2, 3, 4]}


async def test_off__a_context_is_handed_on_as_it_came(world: World) -> None:
    scan = asked(a_scan("v1"))
    async with world.running():
        await world.send([scan.record])
        await world.until_visits(1)
        await world.until_sent()
    assert await said(world) == {"v1": [f"00-{scan.trace_id}-{scan.span_id}-01"]}


async def test_personal_data__in_keys_ids_bodies_and_errors__is_in_nothing_that_is_told(
    world: World, collector: TraceReceiver
) -> None:
    phone, mail, name = "+81-90-1234-5678", "hanako.yamada@example.jp", "山田花子"
    good = asked(a_scan(phone, activity_id=mail))
    poisoned = asked(a_scan(f"{POISON}-{phone}-{name}"))
    named = record_of(a_scan(name), message_id=mail, source=phone)
    bad = Record(named.key, named.value, [*named.headers, poisoned.record.headers[-1]])
    async with world.running():
        await world.send([good.record, poisoned.record, bad])
        await world.until_visits(2)
        await told(collector, good.trace_id, 1)
        await told(collector, poisoned.trace_id, 3)
    assert found_in(b"\n".join(collector.bodies), {phone, mail, name, phone[4:]}) == set()
    assert found_in(b"\n".join(collector.bodies), {"insight"})
