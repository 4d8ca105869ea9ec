"""News of long ago: its figures are published in longer windows, and what is old is forgotten beside the batches."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from insight.app import SERVICE
from insight.handlers import sightings
from insight.handlers.figures import LATE, PUBLISH_KPIS
from insight.settings import Settings
from tsunagu.chassis import Runtime, pooled
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.contracts import messages as m
from tsunagu.contracts.envelope import Envelope, Record, encode
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.topics import PICKUP_EVENTS

pytestmark = [pytest.mark.component, pytest.mark.wide]


def told_at(message: Any, time: datetime) -> Record:
    return encode(Envelope.for_message(message, id=uuid7(), source="test", time=time), message)


async def publications(insight: Any) -> list[tuple[str, datetime]]:
    rows = await insight.connection.fetch(
        "SELECT key, due_at FROM due_work WHERE kind = $1 ORDER BY 1", PUBLISH_KPIS
    )
    return [(row["key"], row["due_at"]) for row in rows]


async def test_figures__of_a_replay__wait_for_a_longer_window(insight: Any, mothers: Any) -> None:
    now = datetime.now(UTC)
    await insight.deliver_records(PICKUP_EVENTS, [told_at(mothers.pick("old", 1), now - timedelta(days=3))])
    ((key, due_at),) = await publications(insight)
    seconds = Settings().kpi_publish_late_seconds
    assert key.startswith(LATE)
    assert due_at.timestamp() % seconds == 0 and now < due_at <= now + timedelta(seconds=seconds + 1)

    await insight.deliver_records(PICKUP_EVENTS, [told_at(mothers.pick("new", 2), now)])
    (news, _) = sorted(key for key, _ in await publications(insight))
    assert not news.startswith(LATE)


async def test_figures__of_a_replay__are_published_once_in_their_window(insight: Any, mothers: Any) -> None:
    old = datetime.now(UTC) - timedelta(days=3)
    await insight.deliver_records(PICKUP_EVENTS, [told_at(mothers.pick("a", 1), old)])
    said = [one for one in await insight.make_due(PUBLISH_KPIS) if isinstance(one, m.KpiValue)]
    assert ("units_picked", "all", 1) in {(one.name, one.scope, one.value) for one in said}

    await insight.deliver_records(PICKUP_EVENTS, [told_at(mothers.pick("b", 2), old)])
    said = [one for one in await insight.make_due(PUBLISH_KPIS) if isinstance(one, m.KpiValue)]
    assert ("units_picked", "all", 3) in {(one.name, one.scope, one.value) for one in said}
    assert await publications(insight) == []


async def test_sightings__that_count_for_nothing_any_more__are_forgotten_now_and_then(
    insight: Any, mothers: Any, database: str
) -> None:
    await insight.deliver(mothers.scanned("new", "app:1"))
    await insight.connection.execute(
        "INSERT INTO sighting SELECT 'old', ref_hash, kind, location_id, sku, at - interval '61 days' FROM sighting"
    )
    runtime = Runtime(SERVICE, ChassisSettings(database_url=database))
    await runtime._migrate()
    await sightings.forget_old(runtime)
    await pooled(runtime).close()

    assert await insight.connection.fetchval("SELECT string_agg(activity_id, ',') FROM sighting") == "new"
