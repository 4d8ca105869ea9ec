"""A replay gives the same values: all topics told anew to an empty insight."""

import random
from collections import defaultdict
from typing import Any

import pytest

from insight.app import SERVICE
from insight.handlers.figures import PUBLISH_KPIS
from tsunagu.contracts import topics
from tsunagu.contracts.messages import KpiValue
from tsunagu.testing.harness import Harness, harness, record_of
from tsunagu.testing.plugin import NewDatabase

from .test_kpis import a_life, topic_for

pytestmark = pytest.mark.component

Values = dict[tuple[str, str, str], float | None]
STORES = ("shibuya", "umeda")


def lives(mothers: Any, numbers: random.Random) -> list[Any]:
    """A few lives of everything, and sales, voids and returns of tills, shuffled into each other."""
    told = a_life(mothers)
    for number in range(12):
        store = numbers.choice(STORES)
        line = mothers.line(amount_jpy=numbers.randrange(1, 5000), quantity=numbers.randrange(1, 4))
        sale = mothers.sale(f"r{number}", location_id=store, lines=[line], customer_ref="app:1")
        told += [sale, mothers.pick(f"pick{number}", numbers.randrange(1, 9), location_id=store)]
        if numbers.random() < 0.3:
            told.append(mothers.void(f"r{number}", location_id=store, lines=[line]))
        told += [mothers.placed(f"more{number}"), mothers.confirmed(f"more{number}")]
        if numbers.random() < 0.5:
            told += [mothers.ready(f"more{number}"), mothers.completed(f"more{number}")]
        task = mothers.task(f"t{number}", order_id=f"more{number}", minutes=numbers.random() * 9)
        told += [task, mothers.scanned(f"more-scan{number}", "app:1", store)]
    return told


async def values(insight: Harness) -> Values:
    """What is known of every figure and KPI, once all has been published and told anew."""
    await insight.connection.execute("UPDATE kpi SET published_window = 0")
    await insight.make_due(PUBLISH_KPIS)
    assert await insight.connection.fetchval("SELECT count(*) FROM kpi_change") == 0
    await insight.retell()
    compacted = insight.compacted[topics.INSIGHT_KPIS.name].values()
    said = [KpiValue.model_validate_json(record.value) for record in compacted if record.value]
    return {(one.name, one.scope, one.period): one.value for one in said}


@pytest.mark.parametrize("seed", range(3))
async def test_replay__of_all_topics_into_an_empty_database__gives_every_value_again(
    insight: Harness, mothers: Any, new_database: NewDatabase, seed: int
) -> None:
    numbers = random.Random(seed)
    records = [(topic_for(message), record_of(message)) for message in lives(mothers, numbers)]
    # Each topic as it was written; between topics, batches come as they come.
    waiting: dict[Any, list[Any]] = defaultdict(list)
    for topic, record in records:
        waiting[topic].append(record)
    left = {topic: list(of_topic) for topic, of_topic in waiting.items()}
    while left:
        topic = numbers.choice(sorted(left, key=lambda one: one.name))
        size = numbers.randrange(1, 5)
        batch, left[topic] = left[topic][:size], left[topic][size:]
        await insight.deliver_records(topic, batch)
        if not left[topic]:
            del left[topic]
        if numbers.random() < 0.2:
            await insight.make_due(PUBLISH_KPIS)
    lived = await values(insight)

    async with harness(SERVICE, await new_database(SERVICE.migrations)) as empty:
        await empty.deliver(
            mothers.location("shibuya"), mothers.location("umeda"), mothers.location("depot", "warehouse")
        )
        for topic in sorted(waiting, key=lambda one: one.name, reverse=True):
            await empty.deliver_records(topic, waiting[topic])
        replayed = await values(empty)

    assert len(lived) > 300
    assert {key: value for key, value in lived.items() if value} == {
        key: value for key, value in replayed.items() if value
    }
    assert {key for key, value in lived.items() if value is None and key in replayed} == {
        key for key, value in replayed.items() if value is None and key in lived
    }
