"""The rule about links by which shoppers answer: one for each open question, and none without."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from audit.rules.links import check_links

UNTIL = datetime(2026, 4, 1, 9, tzinfo=UTC)
LATER = UNTIL + timedelta(hours=1)


@pytest.mark.parametrize(
    ("until", "link_until", "asked_until", "is_ok"),
    [
        (UNTIL, UNTIL, UNTIL, True),
        (UNTIL, None, UNTIL, False),
        (UNTIL, LATER, UNTIL, False),
        (None, UNTIL, UNTIL, False),
        (UNTIL, UNTIL, LATER, False),
        (UNTIL, UNTIL, None, False),
    ],
)
async def test_links__of_a_question__are_there_as_long_as_it_is_open(
    case: Callable[..., Any],
    until: datetime | None,
    link_until: datetime | None,
    asked_until: datetime | None,
    is_ok: bool,
) -> None:
    row = {"order_id": "o", "choice_answer_by": until, "link_until": link_until}
    found = case(order={"questions": [row]})
    if asked_until is not None:
        found.scene.told.questions["o"] = asked_until
    await check_links(found.scene)
    assert [finding.subject for finding in found.report.lost] == ([] if is_ok else ["o"])
