"""For the day on which Kafka is gone: figures, closed days and what the board is told are told as they were."""

from typing import Any

import pytest

from insight import telling
from insight.handlers.figures import PUBLISH_KPIS
from insight.handlers.journal import CLOSE_DAY
from tsunagu.contracts import messages as m
from tsunagu.contracts.ids import uuid7
from tsunagu.testing.retold import assert_state_is_retold

pytestmark = pytest.mark.component


async def test_retelling__of_figures_closed_days_and_what_the_board_is_told__the_topics_are_what_they_were(
    insight: Any, mothers: Any
) -> None:
    await insight.deliver(mothers.sale("r", lines=[mothers.line("1", 1000), mothers.line("2", 500)]))
    await insight.deliver(mothers.placed("o"), mothers.completed("o"))
    assert await insight.make_due(PUBLISH_KPIS)
    assert await insight.make_due(CLOSE_DAY)

    measure = m.RecordMeasure(
        occurred_at=mothers.now,
        measure_id=uuid7(),
        kpi="pick_minutes",
        scope="shibuya",
        title="Earlier",
        owner="staff:7",
        starts_on=mothers.now.date(),
    )
    await insight.deliver(measure)
    await insight.turn(telling.tell_files, at=mothers.now)
    await insight.turn(lambda tx: telling.tell_measure(tx, measure.measure_id), at=mothers.now)

    await assert_state_is_retold(insight)
