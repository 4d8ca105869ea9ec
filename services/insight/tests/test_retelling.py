"""For the day on which Kafka is gone: figures and closed days are told as they were."""

from typing import Any

import pytest

from insight.handlers.figures import PUBLISH_KPIS
from insight.handlers.journal import CLOSE_DAY
from tsunagu.testing.retold import assert_state_is_retold

pytestmark = pytest.mark.component


async def test_retelling__figures_of_every_scope_and_closed_days__the_topics_are_what_they_were(
    insight: Any, mothers: Any
) -> None:
    await insight.deliver(mothers.sale("r", lines=[mothers.line("1", 1000), mothers.line("2", 500)]))
    await insight.deliver(mothers.placed("o"), mothers.completed("o"))
    assert await insight.make_due(PUBLISH_KPIS)
    assert await insight.make_due(CLOSE_DAY)

    await assert_state_is_retold(insight)
