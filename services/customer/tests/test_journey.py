"""Segments and journey stages follow what happens, and the passing of time."""

from typing import Any

import pytest

from tsunagu.contracts.messages import CustomerProfile, JourneyStageChanged, SegmentChanged
from tsunagu.contracts.values import JourneyStage, Segment
from tsunagu.testing.harness import Harness, all_of, only

pytestmark = [pytest.mark.component, pytest.mark.wide]


async def test_segment__follows_each_purchase(service: Harness, a: Any) -> None:
    card = a.ref("card")
    out = await service.deliver(a.identification(card))
    for day in range(4, 0, -1):
        out += await service.deliver(a.sale(card, at=a.ago(days=day)))

    assert [event.segment for event in all_of(out, SegmentChanged)] == [
        Segment.PROSPECT,
        Segment.FIRST_PURCHASE,
        Segment.REPEAT,
        Segment.LOYAL,
    ]
    versions = [
        event.version
        for event in out
        if isinstance(event, SegmentChanged | JourneyStageChanged | CustomerProfile)
    ]
    assert versions == sorted(set(versions))


async def test_segment__time_passes_without_a_purchase__lapses_by_timer(service: Harness, a: Any) -> None:
    card = a.ref("card")
    await service.deliver(a.identification(card))
    await service.deliver(a.sale(card, at=a.ago(days=20)))
    due_at = await service.connection.fetchval("SELECT due_at FROM due_work WHERE kind = 'review'")
    assert (due_at - a.ago(days=20)).days in (29, 30)  # the next step is the recency score
    await service.connection.execute("UPDATE purchase SET bought_at = bought_at - interval '400 days'")

    out = await service.make_due("review")

    assert only(out, SegmentChanged).segment is Segment.LAPSED
    assert only(out, CustomerProfile).recency_score == 1


async def test_segment__a_purchase_after_lapsing__wins_the_customer_back(service: Harness, a: Any) -> None:
    card = a.ref("card")
    await service.deliver(a.identification(card))
    await service.deliver(a.sale(card, at=a.ago(days=500)))

    out = await service.deliver(a.sale(card))

    assert only(out, SegmentChanged).previous is Segment.LAPSED
    assert only(out, SegmentChanged).segment is Segment.REPEAT


async def test_stage__view_scan_order_purchase_and_again__moves_on(service: Harness, a: Any) -> None:
    ref = a.ref()
    out = await service.deliver(a.identification(ref))
    for message in (
        a.view(ref),
        a.scan(ref),
        a.placed("O1", ref),
        a.completed("O1", ref),
        a.placed("O2", ref),
    ):
        out += await service.deliver(message)

    assert [event.stage for event in all_of(out, JourneyStageChanged)] == [
        JourneyStage.AWARE,
        JourneyStage.CONSIDERING,
        JourneyStage.ORDERED,
        JourneyStage.PICKED_UP,
        JourneyStage.RETURNING,
    ]


async def test_stage__an_order_that_is_cancelled__was_considered(service: Harness, a: Any) -> None:
    ref = a.ref()
    await service.deliver(a.identification(ref), a.placed("O1", ref))

    out = await service.deliver(a.cancelled("O1", ref))

    assert only(out, JourneyStageChanged).stage is JourneyStage.CONSIDERING


async def test_stage__activity_before_identification__counts_from_then_on(service: Harness, a: Any) -> None:
    ref = a.ref()
    assert not await service.deliver(a.scan(ref), a.view(None))

    out = await service.deliver(a.identification(ref))

    assert only(out, JourneyStageChanged).stage is JourneyStage.CONSIDERING


async def test_activity__that_changes_nothing__publishes_nothing(service: Harness, a: Any) -> None:
    ref = a.ref()
    await service.deliver(a.identification(ref), a.scan(ref))

    assert not await service.deliver(a.scan(ref), a.view(ref))


async def test_sale__from_a_clock_that_is_ahead__counts_from_now(service: Harness, a: Any) -> None:
    card = a.ref("card")
    await service.deliver(a.identification(card))

    out = await service.deliver(a.sale(card, at=a.ago(days=-40)))

    assert only(out, CustomerProfile).last_purchase_at <= a.ago(seconds=0)
